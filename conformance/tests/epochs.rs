//! Building as of a moment: real cargo sees what was there, and no lock says when.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::ask;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::Value;
use std::path::Path;

for_both_identities!(
    a_lock_of_an_epoch_is_made_again_later,
    a_past_day_of_crates_io_builds,
    a_frozen_view_stands_still,
    a_pin_keeps_the_lock_of_who_names_a_registry,
    a_pin_keeps_the_lock_that_was_made_by_faces,
);

fn lock_text(project: &Project<'_>) -> String {
    project.read("Cargo.lock")
}

/// In-house `foo` and `petal`; public `stem`, and `widget` that needs the public `foo`.
fn garden(installation: &Installation) {
    installation.has_private(&Krate::new("foo", "1.0.0").lib("pub struct Ours;"));
    installation.has_private(
        &Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    );
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("foo", "1.5.0").lib("pub struct Theirs;"),
        Krate::new("widget", "1.0.0")
            .needs(Dependency::on("foo", "1"))
            .lib("pub use foo::Theirs;"),
    ]);
}

fn app(installation: &Installation) -> Krate {
    Krate::new("app", "0.1.0")
        .needs(installation.private("petal", "1"))
        .needs(installation.private("foo", "1"))
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("widget", "1"))
        .lib("pub fn all() -> (stem::Stem, foo::Ours, widget::Theirs) { (petal::stem(), foo::Ours, widget::Theirs) }")
}

fn a_lock_of_an_epoch_is_made_again_later(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    garden(&installation);
    let app = installation.project(&app(&installation));
    installation.set_up(&app, &[]);
    app.cargo(&["check"]).succeeds();
    let monday = lock_text(&app);
    server
        .command(bench, &["snapshot", "monday", "--view", "main"])
        .succeeds()
        .prints("monday: epoch");
    server
        .command(bench, &["snapshot", "monday", "--view", "main"])
        .exits(2);
    // The week goes on.
    for name in ["stem", "foo", "widget"] {
        let newer = Krate::new(name, "1.9.0").lib("pub struct Newer;");
        installation.public.has(&newer);
    }
    installation.has_private(&Krate::new("petal", "1.9.0").lib("pub struct Newer;"));
    installation.has_private(&Krate::new("foo", "1.2.0").lib("pub struct Newer;"));
    let unlocked = || {
        app.remove("Cargo.lock");
        bench.forget_cargo_home();
    };
    unlocked();
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_ne!(lock_text(&app), monday, "live it is another week");
    unlocked();
    installation.set_up(&app, &["--at", "monday"]);
    app.cargo(&["check"]).succeeds();
    assert_eq!(lock_text(&app), monday, "the same to the byte");
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    // It works live as well, and by another pin.
    bench.forget_cargo_home();
    installation.set_up(&app, &[]);
    let let_go = app.read(".cargo/config.toml");
    assert!(!let_go.contains("main-at"), "{let_go}");
    app.cargo(&["check", "--locked"]).succeeds();
    let told = server.get("/main/api/v1/at/monday").expects(200);
    let told: Value = serde_json::from_slice(&told.body).expect("JSON");
    let epoch = told["epoch"].to_string();
    installation.set_up(&app, &["--at", &epoch]);
    bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    assert_eq!(lock_text(&app), monday);
    let answer = server.get(&format!("/main/at/{epoch}/index/st/em/stem"));
    let cached = answer
        .expects(200)
        .header("cache-control")
        .map(str::to_owned);
    assert!(cached.is_some_and(|cached| cached.contains("immutable")));
}

fn a_past_day_of_crates_io_builds(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0")
            .published("2020-01-01T00:00:00Z")
            .lib("pub struct Stem;"),
        Krate::new("stem", "1.1.0")
            .published("2022-01-01T00:00:00Z")
            .lib("pub struct Newer;"),
        Krate::new("widget", "1.0.0")
            .published("2020-06-01T00:00:00Z")
            .needs(Dependency::on("stem", "1"))
            .lib("pub use stem::Stem;"),
    ]);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("widget", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn stem() -> stem::Stem { widget::Stem }");
    let app = installation.project(&app);
    installation.set_up(&app, &["--at", "2021-01-01T00:00:00Z"]);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.0.0"]);
    let lock = lock_text(&app);
    assert!(!lock.contains("2021") && !lock.contains("/at/"), "{lock}");
    installation.set_up(&app, &[]);
    bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.cargo(&["update"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.1.0"]);
    let folder = app.folder().display().to_string();
    let ahead = [
        "setup",
        "--project",
        &folder,
        "--at",
        "2999-01-01T00:00:00Z",
    ];
    server
        .command(bench, &ahead)
        .exits(2)
        .says("has not passed yet");
    let config = server.get("/main/at/2999-01-01T00:00:00Z/index/config.json");
    config.expects(404);
    assert!(Path::new(&folder).join("Cargo.lock").exists());
}

fn a_frozen_view_stands_still(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    garden(&installation);
    let app = installation.project(&app(&installation));
    installation.set_up(&app, &[]);
    app.cargo(&["check"]).succeeds();
    let freeze = ["freeze", "main", "--except", "foo"];
    server
        .command(bench, &freeze)
        .succeeds()
        .prints("stands still");
    installation
        .public
        .has(&Krate::new("stem", "1.9.0").lib("pub struct Stem;"));
    let petal = Krate::new("petal", "1.9.0")
        .description("Of later.")
        .lib("");
    let petal = Project::create_at(bench, "petal", &petal);
    installation.set_up(&petal, &[]);
    petal
        .publish("local", server.token())
        .says("is frozen at epoch");
    installation.has_private(&Krate::new("foo", "1.2.0").lib("pub struct Ours;"));
    app.cargo(&["update"]).succeeds();
    let lock = app.lock();
    for name in ["stem", "petal"] {
        assert_eq!(lock.versions(name), ["1.0.0"], "{name}");
    }
    assert!(lock.versions("foo").contains(&"1.2.0"));
    server.command(bench, &["thaw", "main"]).succeeds();
    server.command(bench, &["thaw", "main"]).exits(1);
    app.cargo(&["update"]).succeeds();
    let lock = app.lock();
    for name in ["stem", "petal"] {
        assert_eq!(lock.versions(name), ["1.9.0"], "{name}");
    }
}

/// `stalk` from the view, and `bloom`, which needs it, from `local` itself.
fn by_both_addresses(installation: &Installation) -> Krate {
    let local = installation.server.index("local");
    installation.has_private(&Krate::new("stalk", "1.0.0").lib("pub struct Stalk;"));
    installation.has_private(
        &Krate::new("bloom", "1.0.0")
            .needs(Dependency::on("stalk", "1").from("local", &local))
            .lib("pub fn stalk() -> stalk::Stalk { stalk::Stalk }"),
    );
    Krate::new("app", "0.1.0")
        .needs(installation.private("stalk", "1"))
        .needs(Dependency::on("bloom", "1").from("local", &local))
        .lib("pub fn both() -> stalk::Stalk { let _ = bloom::stalk(); stalk::Stalk }")
}

/// Pins a project to now, and sees that its lock is the one that it would get.
fn keeps_its_lock(installation: &Installation, app: &Project<'_>) {
    let (server, bench) = (&installation.server, &installation.bench);
    app.cargo(&["check"]).succeeds();
    let live = lock_text(app);
    let config = app.read(".cargo/config.toml");
    let monday = ["snapshot", "monday", "--view", "main"];
    server.command(bench, &monday).succeeds();
    let newer = |name: &str| Krate::new(name, "1.9.0").lib("pub struct Newer;");
    installation.has_private(&newer("stalk"));
    installation.has_private(&newer("bloom"));
    installation.set_up(app, &["--at", "monday"]);
    bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.remove("Cargo.lock");
    app.cargo(&["check"]).succeeds();
    assert_eq!(lock_text(app), live, "pinned it is made again to the byte");
    installation.set_up(app, &["--at", "monday"]);
    let pinned = app.read(".cargo/config.toml");
    assert!(pinned.contains("/main/at/monday/from/local/index/"));
    installation.set_up(app, &[]);
    assert_eq!(app.read(".cargo/config.toml"), config);
}

fn a_pin_keeps_the_lock_of_who_names_a_registry(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let app = installation.project(&by_both_addresses(&installation));
    installation.set_up(&app, &[]);
    keeps_its_lock(&installation, &app);
    let lock = app.lock();
    assert_eq!(lock.of("bloom").len(), 1);
    // A registry alone, as it was: rows as it writes them, archives from there.
    let server = &installation.server;
    let told = server.get("/main/api/v1/at/monday").expects(200);
    let epoch = told.json()["epoch"].to_string();
    let past = server.get(&format!("/local/at/{epoch}/index/bl/oo/bloom"));
    let past = past.expects(200);
    let cached = past.header("cache-control").map(str::to_owned);
    assert!(cached.is_some_and(|cached| cached.contains("immutable")));
    let live = server.get("/local/index/bl/oo/bloom").expects(200);
    let first = live.body.split_inclusive(|byte| *byte == b'\n').next();
    assert_eq!(first, Some(&past.body[..]));
}

fn a_pin_keeps_the_lock_that_was_made_by_faces(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let app = installation.project(&by_both_addresses(&installation));
    installation.set_up(&app, &["--faces"]);
    keeps_its_lock(&installation, &app);
    // In its rows the view is meant, so both have the same one.
    assert_eq!(app.lock().of("stalk").len(), 1);
}

#[test]
fn what_is_held_is_brought_up_to_date() {
    let settings = |public: &Upstream| {
        format!(
            "[registries.crates-io]\nmirror = \"crates-io\"\nvia = \"{}\"\nrevalidate-after = \"1h\"\n\
             [views.main]\nmembers = [\"crates-io\"]\n",
            public.index()
        )
    };
    let (bench, public) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &settings(&public));
    public.has(&Krate::new("stem", "1.0.0"));
    let stem = || server.entry("main", "stem").expects(200).versions();
    assert_eq!(stem(), ["1.0.0"]);
    public.has(&Krate::new("stem", "1.1.0"));
    assert_eq!(stem(), ["1.0.0"], "it is believed for an hour");
    server
        .command(&bench, &["sync", "crates-io"])
        .succeeds()
        .prints("stem: new 1.1.0");
    assert_eq!(stem(), ["1.0.0", "1.1.0"]);
    public.has(&Krate::new("stem", "1.2.0"));
    let told = server
        .send("POST", "/crates-io/api/v1/sync", b"")
        .expects(200);
    assert_eq!(told.json()["changed"][0]["added"][0], "1.2.0");
    assert_eq!(stem(), ["1.0.0", "1.1.0", "1.2.0"]);
    let refused = ask(
        "POST",
        &format!("{}/crates-io/api/v1/sync", server.url()),
        &[],
        b"",
    );
    refused.expects(403);
}
