//! `crossdock import` from a live registry, a local registry and a folder, and builds
//! of what was imported.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::program;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Upstream, index_path};
use serde_json::Value;

for_both_identities!(
    releases_of_a_live_registry_are_imported_and_built,
    a_folder_of_archives_and_workspaces_is_imported,
);

const TOKEN: &str = "partner-secret";

#[track_caller]
fn import(house: &Installation, arguments: &[&str]) -> Outcome {
    let mut command = house.bench.command(&program());
    command
        .arg("import")
        .args(arguments)
        .env("CROSSDOCK_URL", house.server.url())
        .env("CROSSDOCK_TOKEN", house.server.token())
        .env("PARTNER_TOKEN", TOKEN);
    house.bench.run(command)
}

fn petal(version: &str) -> Krate {
    Krate::new("petal", version)
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn petals() -> u32 { stem::length() + 4 }")
}

fn stem() -> Krate {
    Krate::new("stem", "1.0.0").lib("pub fn length() -> u32 { 1 }")
}

fn app(house: &Installation, name: &str) -> Krate {
    Krate::new("app", "0.1.0")
        .needs(house.private(name, "1"))
        .main("fn main() { assert_eq!(petal::petals(), 5) }")
}

fn releases_of_a_live_registry_are_imported_and_built(identity: Identity) {
    let (house, partner) = (Installation::new(identity), Upstream::start());
    partner.requires_token(TOKEN);
    partner.has_all(&[petal("1.0.0"), petal("1.1.0").yanked(), stem()]);
    let from = partner.index();
    let all = [
        &from,
        "petal",
        "stem@^1",
        "--from-token-env",
        "PARTNER_TOKEN",
    ];
    import(&house, &[&all[..], &["--dry-run"]].concat())
        .exits(0)
        .prints("[1/3] would copy stem 1.0.0");
    house.server.entry("local", "stem").expects(404);
    import(&house, &all)
        .exits(0)
        .prints("[1/3] copied stem 1.0.0")
        .prints("copied petal 1.1.0");
    let rows = house.server.entry("local", "petal").rows();
    for (row, krate) in rows.iter().zip([petal("1.0.0"), petal("1.1.0").yanked()]) {
        assert_eq!(row["cksum"], krate.row()["cksum"]);
        assert_eq!(row["yanked"], krate.row()["yanked"]);
    }
    house
        .project(&app(&house, "petal"))
        .cargo(&["run"])
        .succeeds();

    // Again nothing is fetched and nothing changes.
    partner.forget_requests();
    let again = import(&house, &[&all[..], &["--json"]].concat()).exits(0);
    let told: Value = serde_json::from_str(&again.stdout).expect("--json is JSON");
    let crates = told["crates"].as_array().cloned().unwrap_or_default();
    assert!(
        crates.iter().all(|it| it["outcome"] == "already-there"),
        "{told:#}"
    );
    assert!(partner.downloads().is_empty(), "{:#?}", partner.downloads());
    assert_eq!(house.server.entry("local", "petal").rows(), rows);
    import(&house, &[&from, "petal"]).exits(2).says("401");
}

/// Nothing is sent that is not what the index promises; a broken run is finished by
/// the next one.
#[test]
fn what_cannot_be_imported_is_listed_and_the_next_run_goes_on() {
    let (house, partner) = (Installation::new(Identity::Split), Upstream::start());
    partner.has_all(&[petal("1.0.0"), stem(), Krate::new("leaf", "1.0.0")]);
    let other = checksum(b"other");
    partner.change_row("leaf", "1.0.0", |row| row["cksum"] = Value::from(other));
    partner.fails(On::Download("petal".to_owned()), Fault::Half);
    house
        .bench
        .write("list", "petal # the flower\n\nstem\nleaf\nnone\n");
    let from = partner.index();
    let run = || import(&house, &[&from, "--names", "list", "--to", "local"]);
    run()
        .exits(1)
        .prints("copied stem 1.0.0")
        .prints("petal 1.0.0 was not copied")
        .prints("leaf 1.0.0 was not copied: http")
        .prints("gives an archive with checksum")
        .prints("none was not copied: there is no such crate");
    for name in ["petal", "leaf"] {
        house.server.entry("local", name).expects(404);
    }
    partner.mends();
    run()
        .exits(1)
        .prints("stem 1.0.0 is in local already")
        .prints("copied petal 1.0.0");
    house.server.entry("local", "petal").expects(200);

    // What the server refuses does not hold up the rest.
    partner.has(&Krate::new("stem", "1.1.0"));
    house.has_private(&Krate::new("stem", "1.1.0").lib("pub fn other() {}"));
    partner.has(&Krate::new("root", "1.0.0"));
    import(&house, &[&from, "stem", "root"])
        .exits(1)
        .prints("stem 1.1.0 was not copied")
        .prints("copied root 1.0.0");
    import(&house, &[&from]).exits(2).says("--names");
    import(&house, &["sparse+ftp://h/", "petal"]).exits(2);
}

/// Its rows say crates.io of what is private there, and its archives name no registry.
#[test]
fn a_view_of_another_crossdock_is_not_imported_from() {
    let (house, partner) = (
        Installation::new(Identity::CratesIo),
        Installation::new(Identity::CratesIo),
    );
    partner.has_private(&stem());
    partner.has_private(&petal("1.0.0"));
    for (surface, told) in [
        ("main", "is a view of a"),
        ("main/from/local", "is a face of a"),
    ] {
        import(&house, &[&partner.server.index(surface), "petal"])
            .exits(2)
            .says(told)
            .says("/REGISTRY/index/");
        house.server.entry("local", "petal").expects(404);
    }
    let from = partner.server.index("local");
    import(&house, &[&from, "petal", "stem"]).exits(0);
    house
        .project(&app(&house, "petal"))
        .cargo(&["run"])
        .succeeds();
}

#[test]
fn a_local_registry_is_imported_under_another_name() {
    let house = Installation::new(Identity::CratesIo);
    let put = |krate: &Krate, has_bytes: bool| {
        let index = format!("lr/index/{}", index_path(&krate.name));
        let before = std::fs::read_to_string(house.bench.path(&index)).unwrap_or_default();
        house
            .bench
            .write(&index, format!("{before}{}\n", krate.row()));
        if has_bytes {
            let archive = format!("lr/{}-{}.crate", krate.name, krate.version);
            house.bench.write(&archive, krate.archive());
        }
    };
    put(&petal("1.0.0"), true);
    // Listed for cargo's sake, as an export with the full index does.
    put(&petal("1.1.0").yanked(), false);
    put(&stem(), true);
    put(&Krate::new("gone", "1.0.0"), false);
    put(&Krate::new("torn", "1.0.0"), true);
    house.bench.write("lr/torn-1.0.0.crate", b"torn");

    import(&house, &["./lr", "gone@2", "stem", "--to", "local"])
        .exits(1)
        .prints("gone was not copied: the folder has nothing of it that is meant");
    import(&house, &["./lr", "stem", "--to", "local"]).exits(0);
    import(&house, &["./lr", "petal", "--as", "our-petal"]).exits(0);
    assert_eq!(
        house.server.entry("local", "our-petal").versions(),
        ["1.0.0"]
    );
    house
        .project(&app(&house, "our-petal"))
        .cargo(&["run"])
        .succeeds();
    // Again it is the same crate; another one does not slip in under its name.
    import(&house, &["./lr", "petal", "--as", "our-petal"]).exits(0);
    let slip = ["./lr", "stem", "--as", "our-petal"];
    import(&house, &slip)
        .exits(2)
        .says("`local` has a `our-petal` of its own")
        .says("--into-existing");
    import(&house, &[&slip[..], &["--into-existing"]].concat())
        .exits(1)
        .prints("our-petal 1.0.0 was not copied");
    import(&house, &["./lr", "--as", "one"])
        .exits(2)
        .says("several crates");
    import(&house, &["./lr"])
        .exits(1)
        .prints("gone 1.0.0 was not copied: there is no archive of it")
        .prints("torn 1.0.0 was not copied: its archive has checksum")
        .prints("copied petal 1.0.0");
    import(&house, &["./nowhere"]).exits(2).says("is no folder");
}

fn a_folder_of_archives_and_workspaces_is_imported(identity: Identity) {
    let house = Installation::new(identity);
    house.bench.write("built/stem.crate", stem().archive());
    house.bench.write("built/torn.crate", b"torn");
    Project::create_at(&house.bench, "built/petal", &petal("1.0.0"));
    import(&house, &["./built"])
        .exits(1)
        .prints("[1/2] copied stem 1.0.0 from ./built to local")
        .prints("[2/2] copied petal 1.0.0")
        .prints("torn.crate was not copied");
    house
        .project(&app(&house, "petal"))
        .cargo(&["run"])
        .succeeds();
    std::fs::remove_file(house.bench.path("built/torn.crate")).expect("it was written");
    import(&house, &["./built"])
        .exits(0)
        .prints("[1/2] stem 1.0.0 is in local already");
}

/// What there is twice is not imported by the order of the alphabet, and the rest is.
#[test]
fn of_two_archives_of_one_release_none_is_imported() {
    let house = Installation::new(Identity::Split);
    house.bench.write("both/a.crate", stem().archive());
    house
        .bench
        .write("both/b.crate", stem().lib("// other\n").archive());
    let leaf = Krate::new("leaf", "1.0.0");
    house.bench.write("both/leaf.crate", leaf.archive());
    import(&house, &["./both", "--to", "local"])
        .exits(1)
        .prints("copied leaf 1.0.0")
        .prints("it is stem 1.0.0, and so is")
        .prints("name one of them");
    house.server.entry("local", "stem").expects(404);
    import(&house, &["./both", "--to", "nope"])
        .exits(2)
        .says("`nope` is no registry or view that crates are published to")
        .says("local, main");
    std::fs::create_dir_all(house.bench.path("none")).expect("the folder is writable");
    import(&house, &["./none"])
        .exits(1)
        .says("there is nothing to import");
    // The way to a folder may climb.
    import(&house, &["./none/../both", "leaf"])
        .exits(1)
        .prints("leaf 1.0.0 is in local already");
}
