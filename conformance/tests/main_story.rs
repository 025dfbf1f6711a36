//! The main story: in-house crates and public ones in one build, one copy of each.
//!
//! Everything a person does is done: `crossdock setup`, `cargo publish`, an
//! application, the lock, no network, another machine.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::{Identity, public_source};
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::workbench::Workbench;

for_both_identities!(from_setup_to_offline, another_machine_builds_the_same_lock);

/// What the application of these cases does: a type of a public crate crosses an
/// in-house one, and an in-house type another in-house one.
const CROSSING: &str = "pub fn main() {
    let stem: stem::Stem = leaf::stem();
    let garden: garden::Garden = garden::plant(stem);
    bed::rake(garden);
}";

fn public_crates(installation: &Installation) {
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("stem", "1.0.1").lib("pub struct Stem;"),
        Krate::new("leaf", "0.3.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    ]);
}

fn garden() -> Krate {
    Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub struct Garden; pub fn plant(_: stem::Stem) -> Garden { Garden }")
}

fn bed(installation: &Installation) -> Krate {
    Krate::new("bed", "2.1.0")
        .needs(installation.private("garden", "1"))
        .lib("pub fn rake(_: garden::Garden) {}")
}

fn app(installation: &Installation) -> Krate {
    Krate::new("app", "0.1.0")
        .needs(Dependency::on("leaf", "0.3"))
        .needs(Dependency::on("stem", "1"))
        .needs(installation.private("garden", "1"))
        .needs(installation.private("bed", "2"))
        .main(CROSSING)
}

fn from_setup_to_offline(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    let (server, bench) = (&installation.server, &installation.bench);
    public_crates(&installation);
    let top = bench.path("");
    server
        .command(bench, &["setup", "--project", &top.to_string_lossy()])
        .succeeds();

    for krate in [garden(), bed(&installation)] {
        let project = installation.project(&krate);
        // With cargo's own check build: what is published compiles against the view.
        let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", server.token())];
        project
            .cargo_with(&["publish", "--registry", "local"], &token)
            .succeeds()
            .says(&format!("Published {} v{}", krate.name, krate.version));
    }
    let app = installation.project(&app(&installation));
    app.cargo(&["build"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert_eq!(lock.one("stem"), public_source());
    assert_eq!(lock.one("leaf"), public_source());
    assert_eq!(lock.one("garden"), installation.private_source());
    assert_eq!(lock.one("bed"), installation.private_source());
    assert_eq!(lock.versions("stem"), ["1.0.1"]);

    app.cargo(&["build", "--locked"]).succeeds();
    app.cargo(&["build", "--locked", "--offline"]).succeeds();
    app.cargo(&["generate-lockfile", "--offline"]).succeeds();
    assert_eq!(app.lock(), lock);
    app.cargo(&["run", "--locked", "--offline"]).succeeds();
    installation.public.never_heard_of(&["garden", "bed"]);
}

fn another_machine_builds_the_same_lock(identity: Identity) {
    let mut installation = Installation::new(identity);
    public_crates(&installation);
    installation.has_private(&garden());
    installation.has_private(&bed(&installation));
    let app = Project::create(&installation.bench, &app(&installation));
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();

    // Everything it needs is held by now: the outside may be gone.
    installation.public.goes_down();
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    installation.bench.forget_cargo_home();
    app.remove("Cargo.lock");
    app.cargo(&["fetch"]).succeeds();
    assert_eq!(app.lock(), lock);
}

#[test]
fn a_newcomer_has_no_settings_file() {
    let bench = Workbench::new();
    let server = Server::start_without_settings(&bench);
    let top = bench.path("");
    server
        .command(&bench, &["setup", "--project", &top.to_string_lossy()])
        .succeeds();
    let garden = Krate::new("garden", "1.0.0").lib("pub struct Garden;");
    Project::create(&bench, &garden)
        .publish("local", server.token())
        .succeeds();
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("garden", "1"))
        .lib("pub use garden::Garden;");
    let app = Project::create(&bench, &app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().one("garden"), public_source());
}

#[test]
fn the_token_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Workbench::new();
    let server = Server::start_without_settings(&bench);
    let file = std::fs::metadata(server.data().join("admin-token")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert!(server.token().len() >= 16, "long enough not to be guessed");
    assert!(!server.log().contains(server.token()));
}
