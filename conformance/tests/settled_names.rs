//! What becomes of names that were settled, and of a moment whose members are dead, as
//! cargo sees it: what is built keeps the crates that it was written for.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{mirror, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::market::{self, Market};
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(
    who_lost_a_name_keeps_its_own_crate_in_new_rows,
    a_moment_is_built_though_an_inside_mirror_is_dead,
);

/// petal 1.0.0 is agreed; 1.1.0 is another crate at each.
fn who_lost_a_name_keeps_its_own_crate_in_new_rows(identity: Identity) {
    let market = Market::open(identity, "");
    let petal = |version: &str, holds: &str| {
        Krate::new("petal", version).lib(&format!("pub struct {holds};"))
    };
    for (upstream, holds) in [(&market.public, "Public"), (&market.florist, "Thorn")] {
        upstream.has_all(&[petal("1.0.0", "Petal"), petal("1.1.0", holds)]);
    }
    let bud = |version: &str, holds: &str| {
        let lib = format!("pub fn part() -> petal::{holds} {{ petal::{holds} }}");
        let needs = Dependency::on("petal", &version.replace(".0.0", ".0"));
        Krate::new("bud", version).needs(needs).lib(&lib)
    };
    market.florist.has(&bud("1.0.0", "Petal"));
    let old = market.app(
        &["bud", "petal"],
        "pub fn part() -> petal::Petal { bud::part() }",
    );
    old.cargo(&["check"]).succeeds();
    assert_eq!(old.lock().versions("petal"), ["1.0.0"], "what is agreed");
    let (folder, lock) = (old.folder().to_owned(), old.read("Cargo.lock"));

    // Settled on the running server, by the next who reads the name.
    let members = "\"florist\", \"crates-io\"";
    let claims = "claims = { petal = \"crates-io\" }";
    let claimed = market::settings(identity, &market.public, &market.florist, members, claims);
    market.server.write_settings(&claimed);
    let file = market.server.settings();
    let apply = ["apply", "--config", &file.to_string_lossy()];
    market.server.command(&market.bench, &apply).succeeds();
    let petals = market.server.entry("main", "petal");
    assert_eq!(petals.versions(), ["1.0.0", "1.1.0"], "the public ones");

    // A new release of who lost means its own petal, and gets it.
    market.florist.has(&bud("1.1.0", "Thorn"));
    market.bench.forget_cargo_home();
    let needs = [("bud", "=1.1.0"), ("petal", "1.1")];
    let app = needs
        .iter()
        .fold(Krate::new("new-app", "0.1.0"), |app, (name, req)| {
            app.needs(Dependency::on(name, req))
        });
    let app = app.lib(
        "pub fn both() { let _theirs = bud::part(); let _public: petal::Public = petal::Public; }",
    );
    let new = Project::create(&market.bench, &app);
    new.cargo(&["check"]).succeeds();
    let of_petal = new.lock();
    let mut sources: Vec<_> = of_petal
        .of("petal")
        .iter()
        .map(|package| package.source.clone().unwrap_or_default())
        .collect();
    sources.sort();
    let face = market.server.index("main/from/florist");
    assert_eq!(sources.len(), 2, "two crates: {sources:?}");
    assert!(sources.contains(&face), "{sources:?}");

    // What was locked before builds as before.
    market.bench.forget_cargo_home();
    market
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
    assert_eq!(old.read("Cargo.lock"), lock);
}

fn a_moment_is_built_though_an_inside_mirror_is_dead(identity: Identity) {
    let (bench, mut partner, public) = (Workbench::new(), Upstream::start(), Upstream::start());
    let text = settings(identity, &public, "").replace(
        "[\"local\",",
        "[\"local\", { name = \"partner\", side = \"inside\" },",
    );
    let mut server = Server::start(&bench, &format!("{}{text}", mirror("partner", &partner)));
    Configuration::default().write(&bench);
    let petal = |version: &str, holds: &str| {
        Krate::new("petal", version)
            .needs(Dependency::on("stem", "1"))
            .lib(&format!("pub struct {holds};"))
    };
    // Theirs is theirs, and they have both.
    partner.has_all(&[petal("1.0.0", "Then"), Krate::new("stem", "1.0.0")]);
    let needs = identity.private(Dependency::on("petal", "1"), &server.index("main"));
    let app = Krate::new("app", "0.1.0").needs(needs);
    let app = Project::create(&bench, &app.lib("pub use petal::Then;"));
    let folder = app.folder().display().to_string();
    let set_up = |server: &Server, more: &[&str]| {
        let command = ["setup", "--view", "main", "--project", &folder];
        let command = [&command[..], more].concat();
        server.command(&bench, &command).succeeds();
    };
    set_up(&server, &[]);
    app.cargo(&["check"]).succeeds();
    let then = app.read("Cargo.lock");
    let snapshot = ["snapshot", "then", "--view", "main"];
    server.command(&bench, &snapshot).succeeds();
    partner.has_all(&[petal("1.1.0", "Later"), Krate::new("stem", "1.1.0")]);
    assert_eq!(server.entry("main", "petal").versions().len(), 2);
    assert_eq!(server.entry("main", "stem").versions().len(), 2);

    partner.goes_down();
    server.stop();
    server.start_again(&bench, None);
    for at in ["then", "live"] {
        bench.forget_cargo_home();
        app.remove("Cargo.lock");
        match at {
            "live" => set_up(&server, &[]),
            at => set_up(&server, &["--at", at]),
        }
        app.cargo(&["generate-lockfile"]).succeeds();
        assert_eq!(app.read("Cargo.lock") == then, at == "then", "{at}");
        if at == "then" {
            app.cargo(&["check", "--locked"]).succeeds();
        }
    }
    // A name of which nothing is held may be theirs, at any moment.
    for path in ["/main/index/ne/ve/never", "/main/at/then/index/ne/ve/never"] {
        assert_ne!(server.get(path).status, 200, "{path}");
    }
    public.never_heard_of(&["petal", "never"]);
}
