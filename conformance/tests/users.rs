//! Users, teams and their tokens, as cargo meets them on a server that is read with a token.

#![expect(
    clippy::unwrap_used,
    reason = "an issued token without its fields fails the test"
)]

use crossdock_conformance::command::Outcome;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;

/// Lets cargo use the tokens it has (Cargo Book, "Registry Authentication").
const PROVIDER: &str = "[registry]\nglobal-credential-providers = [\"cargo:token\"]";

/// A registry `local` in a view `main`, and a registry `vault` that no view has.
struct House {
    server: Server,
    _public: Upstream,
    bench: Workbench,
}

impl House {
    fn new() -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        public.has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
        let settings = format!(
            "[registries.local]\nresolve-in = \"main\"\nread = \"token\"\n\
             [registries.vault]\nread = \"token\"\n{}\
             [views.main]\nmembers = [\"local\", \"crates-io\"]\nread = \"token\"\n",
            crates_io(&public),
        );
        let server = Server::start(&bench, &settings);
        Configuration::default()
            .registry("main", &server.index("main"))
            .registry("local", &server.index("local"))
            .registry("vault", &server.index("vault"))
            .instead_of_crates_io("main")
            .lines(PROVIDER)
            .write(&bench);
        Self {
            server,
            _public: public,
            bench,
        }
    }

    #[track_caller]
    fn command(&self, arguments: &[&str]) -> Outcome {
        self.server.command(&self.bench, arguments).exits(0)
    }

    /// Issues a token; returns its short name and its text.
    #[track_caller]
    fn token(&self, arguments: &[&str]) -> (String, String) {
        let issued = self.command(&[&["token", "create", "--json"], arguments].concat());
        let issued: Value = serde_json::from_str(&issued.stdout).unwrap();
        let text = |key: &str| issued[key].as_str().unwrap().to_owned();
        (text("id"), text("token"))
    }
}

#[track_caller]
fn cargo(project: &Project<'_>, arguments: &[&str], token: &str) -> Outcome {
    let names = ["MAIN", "LOCAL", "VAULT"].map(|name| format!("CARGO_REGISTRIES_{name}_TOKEN"));
    let tokens = names.each_ref().map(|name| (name.as_str(), token));
    project.cargo_with(arguments, &tokens)
}

#[test]
fn who_published_first_owns_until_a_team_is_let_in() {
    let house = House::new();
    for user in ["ann", "ben"] {
        house.command(&["user", "add", user]);
    }
    let (_, ann) = house.token(&["ann"]);
    let (_, ben) = house.token(&["ben"]);
    let garden = Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1"));
    let publish = ["publish", "--registry", "local", "--no-verify"];
    cargo(&Project::create(&house.bench, &garden), &publish, &ann).succeeds();

    let newer = Krate::new("garden", "1.1.0").needs(Dependency::on("stem", "1"));
    let newer = Project::create_at(&house.bench, "newer", &newer);
    cargo(&newer, &publish, &ben)
        .fails()
        .says("403")
        .says("garden");
    let owners = |more: &[&'static str]| [&["owner", "--registry", "local"], more].concat();
    let let_in = owners(&["--add", "team:core"]);
    house.command(&["team", "add", "core"]);
    house.command(&["team", "join", "core", "ben"]);
    cargo(&newer, &let_in, &ben).fails();
    cargo(&newer, &let_in, &ann).succeeds();
    cargo(&newer, &owners(&["--list"]), &ann)
        .succeeds()
        .prints("ann")
        .prints("team:core");
    cargo(&newer, &publish, &ben).succeeds();
    let yank = ["yank", "--registry", "local", "garden@1.0.0"];
    cargo(&newer, &yank, &ben).succeeds();
    // A team's member is no owner by name.
    cargo(&newer, &owners(&["--remove", "ann"]), &ben).fails();
    house.command(&["team", "leave", "core", "ben"]);
    cargo(&newer, &[&yank[..], &["--undo"]].concat(), &ben)
        .fails()
        .says("403");
}

#[test]
fn a_token_does_what_is_written_on_it_as_long_as_it_counts() {
    let house = House::new();
    house.command(&["user", "add", "robot"]);
    let (id, token) = house.token(&[
        "robot",
        "--grant",
        "read on main",
        "--grant",
        "publish-new on local crates rose-*",
    ]);
    let publish = ["publish", "--registry", "local", "--no-verify"];
    let rose = Project::create(&house.bench, &Krate::new("rose-bed", "1.0.0"));
    cargo(&rose, &publish, &token).succeeds();
    let weed = Project::create(&house.bench, &Krate::new("weed", "1.0.0"));
    cargo(&weed, &publish, &token).fails().says("403");

    // It reads the view and what it may publish to; of another registry it hears nothing.
    house.server.has("vault", &Krate::new("secret", "1.0.0"));
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("rose-bed", "1"));
    let app = Project::create(&house.bench, &app);
    cargo(&app, &["check"], &token).succeeds();
    for name in ["secret", "nothing"] {
        let looked = cargo(&app, &["info", name, "--registry", "vault"], &token).fails();
        assert!(!looked.report().contains("1.0.0"), "{name}");
    }

    house.command(&["token", "revoke", &id]);
    house.bench.forget_cargo_home();
    let locked = ["check", "--locked"];
    cargo(&app, &locked, &token).fails();
    let (_, short) = house.token(&["robot", "--expires", "2999-01-01T00:00:00Z"]);
    cargo(&app, &locked, &short).succeeds();
    house.command(&["user", "remove", "robot"]);
    house.bench.forget_cargo_home();
    cargo(&app, &locked, &short).fails();
    // What was published stays, and the admin token does everything.
    cargo(&app, &locked, house.server.token()).succeeds();
}
