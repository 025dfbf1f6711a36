//! What was measured of cargo, held against the view: identities, configurations,
//! status codes.
//!
//! Where the Cargo Book and these differ, these decide.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::{Identity, public_source};
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On};

for_both_identities!(
    replacing_several_sources_by_one_view_gives_one_copy,
    the_lock_keeps_the_identity_and_works_without_the_view,
    a_locked_build_with_a_warm_cache_asks_nothing,
    offline_survives_what_upstream_takes_away,
    the_row_is_believed_and_passed_on,
    a_bare_publish_finds_its_registry,
    private_crates_fail_closed_without_the_configuration,
    unknown_fields_of_a_row_are_passed_on,
);

#[test]
fn the_view_by_replacement_and_by_name_gives_one_copy_of_everything() {
    let installation = Installation::new(Identity::Split);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("leaf", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    ]);
    installation.has_private(
        &Krate::new("seed", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub struct Seed(pub stem::Stem);"),
    );
    installation.has_private(
        &Krate::new("garden", "1.0.0")
            .needs(installation.private("seed", "1"))
            .needs(Dependency::on("leaf", "1"))
            .lib("pub fn seed() -> seed::Seed { seed::Seed(leaf::stem()) }"),
    );
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("garden", "1"))
        .needs(installation.private("seed", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn stem() -> stem::Stem { let seed::Seed(stem) = garden::seed(); stem }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    assert_eq!(app.lock().one("seed"), installation.server.index("main"));
    assert_eq!(app.lock().one("stem"), public_source());
}

fn replacing_several_sources_by_one_view_gives_one_copy(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    installation.has_private(
        &Krate::new("garden", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn plant(_: stem::Stem) {}"),
    );
    // A manifest from before the view, which names the in-house registry.
    let local = installation.server.index("local");
    installation
        .configuration()
        .instead_of(&local, "main")
        .write(&installation.bench);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("garden", "1").from("local", &local))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn plant() { garden::plant(stem::Stem) }");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    app.lock().one_of_each();
    assert_eq!(
        app.lock().one("garden"),
        local,
        "the lock keeps the original"
    );
}

fn the_lock_keeps_the_identity_and_works_without_the_view(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has_all(&[
        Krate::new("stem", "1.0.0"),
        Krate::new("leaf", "1.0.0").needs(Dependency::on("stem", "1")),
    ]);
    let app = installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("leaf", "1")));
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    Configuration::default()
        .registry("plain", &installation.public.index())
        .instead_of_crates_io("plain")
        .write(&installation.bench);
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    assert_eq!(app.lock(), lock);
}

fn a_locked_build_with_a_warm_cache_asks_nothing(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    installation.has_private(&Krate::new("garden", "1.0.0").needs(Dependency::on("stem", "1")));
    let app = Krate::new("app", "0.1.0").needs(installation.private("garden", "1"));
    let folder = installation.project(&app).folder().to_owned();
    installation.bench.cargo(&folder, &["check"]).succeeds();
    installation.server.stop();
    installation
        .bench
        .cargo(&folder, &["check", "--locked"])
        .succeeds();
}

fn offline_survives_what_upstream_takes_away(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    let app = installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1")));
    app.cargo(&["check"]).succeeds();
    installation
        .public
        .fails(On::index("stem"), Fault::Status(404));
    app.cargo(&["update"]).succeeds();
    app.remove("Cargo.lock");
    app.cargo(&["check", "--offline"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.0.0"]);
}

fn the_row_is_believed_and_passed_on(identity: Identity) {
    let installation = Installation::new(identity);
    let said = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub use stem::Stem;");
    let packed = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("worm", "1"))
        .lib("pub use stem::Stem;");
    let mut row = said.row();
    row["cksum"] = checksum(&packed.archive()).into();
    installation
        .public
        .has_row("petal", "1.0.0", row, packed.archive());
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("petal", "1"))
        .lib("pub use petal::Stem;");
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    assert_eq!(installation.public.asked_for("worm").len(), 0);
}

fn a_bare_publish_finds_its_registry(identity: Identity) {
    let installation = Installation::new(identity);
    let token = [("CARGO_REGISTRIES_LOCAL_TOKEN", installation.server.token())];
    // Replacing crates.io makes cargo refuse to guess …
    let vague = installation.project(&Krate::new("vague", "1.0.0"));
    vague
        .cargo_with(&["publish", "--no-verify"], &token)
        .fails()
        .says("--registry main");
    // … but a crate may say itself where it belongs.
    let sure = Krate::new("sure", "1.0.0").package("publish = [\"local\"]");
    installation
        .project(&sure)
        .cargo_with(&["publish", "--no-verify"], &token)
        .succeeds();
    assert_eq!(
        installation.server.entry("local", "sure").versions(),
        ["1.0.0"]
    );
    installation.server.entry("local", "vague").expects(404);
}

fn private_crates_fail_closed_without_the_configuration(identity: Identity) {
    let installation = Installation::unconfigured(identity, "");
    installation.has_private(&Krate::new("garden", "1.0.0"));
    let app = installation
        .project(&Krate::new("app", "0.1.0").needs(installation.private("garden", "1")));
    let outcome = app.cargo(&["generate-lockfile"]).fails();
    if identity == Identity::Split {
        // Nobody is asked: cargo does not know where `main` is.
        drop(outcome.says("registry index was not found").says("main"));
    }
}

fn unknown_fields_of_a_row_are_passed_on(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("leaf", "1.0.0"));
    let stem = Krate::new("stem", "1.0.0").needs(Dependency::on("leaf", "1"));
    installation.public.has(&stem);
    installation.public.change_row("stem", "1.0.0", |row| {
        row["fragrance"] = serde_json::json!({ "notes": ["moss", 7] });
        row["rust_version"] = "1.60".into();
        row["deps"][0]["public"] = true.into();
        row["deps"][0]["weather"] = "rain".into();
    });
    let row = installation.server.entry("main", "stem").rows().remove(0);
    assert_eq!(row["fragrance"]["notes"][1], 7);
    assert_eq!(row["rust_version"], "1.60");
    assert_eq!(row["deps"][0]["public"], true);
    assert_eq!(row["deps"][0]["weather"], "rain");
    assert_eq!(row["deps"][0]["registry"], CRATES_IO_IDENTITY);
}
