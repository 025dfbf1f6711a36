//! One token for all of a server: `crossdock credential` as cargo's credential provider.
//!
//! The view is read with a token, and it has a face that rows lead to and epochs, whose
//! addresses no configuration names. cargo has no token for those by itself.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

for_both_identities!(
    one_login_opens_the_view_its_faces_and_its_past,
    plain_gives_each_address_a_name,
);

/// A closed view of `local` and a public registry, in which `foo` is two crates: ours,
/// and the one that the public `widget` means, through the face of crates.io.
struct Closed {
    server: Server,
    _public: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl Closed {
    fn new(identity: Identity) -> Self {
        let (bench, public) = (Workbench::new(), Upstream::start());
        public.has_all(&[
            Krate::new("foo", "1.5.0").lib("pub struct Theirs;"),
            Krate::new("widget", "1.0.0")
                .needs(Dependency::on("foo", "1"))
                .lib("pub use foo::Theirs;"),
        ]);
        let settings = format!(
            "[registries.local]\nresolve-in = \"main\"\nread = \"token\"\n{}[views.main]\n\
             members = [\"local\", \"crates-io\"]\nidentity = \"{}\"\nread = \"token\"\n\
             claims = {{ foo = \"local\", \"acme-*\" = \"local\" }}\n",
            crates_io(&public),
            identity.word()
        );
        let server = Server::start(&bench, &settings);
        server.has("local", &Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
        Self {
            server,
            _public: public,
            bench,
            identity,
        }
    }

    fn private(&self, name: &str) -> Dependency {
        self.identity
            .private(Dependency::on(name, "1"), &self.server.index("main"))
    }

    /// A project that needs our `foo`, and the public one behind `widget`.
    fn app(&self) -> Project<'_> {
        let app = Krate::new("acme-app", "1.0.0")
            .needs(self.private("foo"))
            .needs(Dependency::on("widget", "1"))
            .lib("pub fn both() -> (foo::Ours, widget::Theirs) { (foo::Ours, widget::Theirs) }");
        Project::create(&self.bench, &app)
    }

    #[track_caller]
    fn set_up(&self, project: &Project<'_>, more: &[&str]) {
        let folder = project.folder().display().to_string();
        let setup = [&["setup", "--project", &folder][..], more].concat();
        self.server.command(&self.bench, &setup).succeeds();
        let written = project.read(".cargo/config.toml");
        assert!(!written.contains(self.server.token()), "{written}");
    }

    /// Runs `cargo login` as a person does who pipes a token into it.
    #[track_caller]
    fn log_in(&self, project: &Project<'_>, registry: &str) {
        self.bench
            .cargo_told(
                project.folder(),
                &["login", "--registry", registry],
                self.server.token(),
            )
            .succeeds();
    }

    fn kept(&self) -> Vec<PathBuf> {
        let folder = self.bench.cargo_home().join("crossdock-tokens");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.path()).collect()
    }
}

fn one_login_opens_the_view_its_faces_and_its_past(identity: Identity) {
    let closed = Closed::new(identity);
    let app = closed.app();
    closed.set_up(&app, &[]);
    app.cargo(&["check"])
        .fails()
        .says("cargo login --registry main");
    closed.log_in(&app, "main");
    let kept = closed.kept();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let mode = kept[0]
        .metadata()
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    app.cargo(&["check"]).succeeds();
    let face = closed.server.index("main/from/crates-io");
    let lock = app.read("Cargo.lock");
    assert!(lock.contains(&face), "{lock}");

    // The past, by addresses that have a name, and by faces in it.
    closed.set_up(&app, &["--at", &today(&closed)]);
    app.remove("Cargo.lock");
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.read("Cargo.lock"), lock);
    closed.set_up(&app, &[]);

    // Writing, to a registry for which nobody logged in.
    app.cargo(&["publish", "--registry", "local"]).succeeds();
    app.cargo(&["yank", "--registry", "local", "acme-app@1.0.0"])
        .succeeds();
    app.cargo(&["yank", "--undo", "--registry", "local", "acme-app@1.0.0"])
        .succeeds();
    app.cargo(&["owner", "--list", "--registry", "local", "acme-app"])
        .succeeds();
    let tool = Krate::new("acme-tool", "1.0.0")
        .needs(closed.private("acme-app"))
        .file(
            "src/main.rs",
            "fn main() { let _ = acme_app::both(); println!(\"sown\"); }",
        );
    let tool = Project::create(&closed.bench, &tool);
    closed.set_up(&tool, &[]);
    tool.cargo(&["publish", "--no-verify", "--registry", "local"])
        .succeeds();
    // `cargo install` reads the user's configuration, not a project's.
    closed
        .server
        .command(&closed.bench, &["setup", "--user"])
        .succeeds();
    let root = closed.bench.path("installed").display().to_string();
    for registry in ["main", "local"] {
        let install = [
            "install",
            "--force",
            "--root",
            &root,
            "--registry",
            registry,
        ];
        tool.cargo(&[&install[..], &["acme-tool"]].concat())
            .succeeds();
    }

    app.cargo(&["logout", "--registry", "main"]).succeeds();
    assert!(closed.kept().is_empty());
    closed.bench.forget_cargo_home();
    app.cargo(&["check"]).fails();
    // CI: nothing is kept, the environment has it.
    let token = [("CROSSDOCK_TOKEN", closed.server.token())];
    app.cargo_with(&["check"], &token).succeeds();
}

/// The epoch of now, as a number.
#[track_caller]
fn today(closed: &Closed) -> String {
    let told = closed
        .server
        .command(&closed.bench, &["snapshot", "now", "--json"])
        .succeeds()
        .stdout;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
    told["epoch"].to_string()
}

fn plain_gives_each_address_a_name(identity: Identity) {
    let closed = Closed::new(identity);
    let app = closed.app();
    closed.set_up(&app, &["--plain"]);
    let token = closed.server.token();
    let without_face = [("CARGO_REGISTRIES_MAIN_TOKEN", token)];
    app.cargo_with(&["check"], &without_face)
        .fails()
        .says("main-from-crates-io");
    let tokens = [
        ("CARGO_REGISTRIES_MAIN_TOKEN", token),
        ("CARGO_REGISTRIES_MAIN_FROM_CRATES_IO_TOKEN", token),
    ];
    app.cargo_with(&["check"], &tokens).succeeds();
    assert!(closed.kept().is_empty());
}

/// Tokens of other registries are nobody's business: cargo goes on to its own provider.
#[test]
fn other_registries_keep_their_tokens() {
    let closed = Closed::new(Identity::CratesIo);
    let partner = Upstream::start();
    partner.requires_token("partners-own");
    partner.has(&Krate::new("petal", "1.0.0"));
    let provider = format!("crossdock credential {}", closed.server.url());
    Configuration::default()
        .registry("main", &closed.server.index("main"))
        .registry("partner", &partner.index())
        .instead_of_crates_io("main")
        .lines(&format!(
            "[registry]\nglobal-credential-providers = [\"cargo:token\", {provider:?}]"
        ))
        .write(&closed.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1").from("partner", &partner.index()))
        .needs(Dependency::on("foo", "1"));
    let app = Project::create(&closed.bench, &app);
    closed.log_in(&app, "main");
    // Logging in elsewhere passes it by, too.
    closed
        .bench
        .cargo_told(
            app.folder(),
            &["login", "--registry", "partner"],
            "partners-own",
        )
        .succeeds();
    assert_eq!(closed.kept().len(), 1);
    app.cargo(&["check"]).succeeds();
    for request in partner.requests() {
        assert!(
            !format!("{request:?}").contains(closed.server.token()),
            "{request:#?}"
        );
    }
    assert!(!closed.server.log().contains("partners-own"));
}

/// The form for one registry alone, and what is kept by the command for people.
#[test]
fn a_registry_may_name_it_for_itself() {
    let closed = Closed::new(Identity::CratesIo);
    let provider = format!(
        "credential-provider = [\"crossdock\", \"credential\", {:?}]",
        closed.server.url()
    );
    let text = Configuration::default()
        .registry("local", &closed.server.index("local"))
        .text();
    let text = text.replace("\n\n", &format!("\n{provider}\n\n"));
    closed.bench.write(".cargo/config.toml", text);
    let garden = Project::create(&closed.bench, &Krate::new("acme-garden", "1.0.0"));
    let url = ["--url", closed.server.url()];
    garden
        .crossdock(&[&["credential", "show"], &url[..]].concat())
        .exits(1)
        .prints("no token");
    closed
        .bench
        .crossdock_told(
            &[&["credential", "login"], &url[..]].concat(),
            closed.server.token(),
        )
        .succeeds();
    garden
        .crossdock(&[&["credential", "show"], &url[..]].concat())
        .succeeds()
        .prints("crossdock-tokens");
    // Our own commands use it as well.
    garden
        .crossdock(&[&["explain", "foo"], &url[..]].concat())
        .succeeds();
    garden.cargo(&["publish", "--registry", "local"]).succeeds();
    garden
        .crossdock(&[&["credential", "logout"], &url[..]].concat())
        .succeeds();
    garden
        .crossdock(&[&["credential", "logout"], &url[..]].concat())
        .exits(1);
}

/// A token that others can read is not used, and cargo says which file it is.
#[test]
fn a_token_that_others_can_read_is_refused() {
    let closed = Closed::new(Identity::CratesIo);
    let app = closed.app();
    closed.set_up(&app, &[]);
    closed.log_in(&app, "main");
    let file = closed.kept().remove(0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644))
        .expect("it is our file");
    app.cargo(&["check"])
        .fails()
        .says("can be read by others (mode 644)")
        .never_says(closed.server.token());
}
