//! Imports with real cargo: a renamed copy is used directly, beside the alias that
//! serves everybody else.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;

for_both_identities!(
    a_renamed_copy_is_used_as_a_direct_dependency,
    a_copy_keeps_what_it_depends_on,
    what_no_publish_would_take_is_not_imported,
);

fn a_renamed_copy_is_used_as_a_direct_dependency(identity: Identity) {
    let house = Installation::with(identity, "aliases = { old_hc = \"hc128\" }");
    let hc128 = |version: &str| {
        Krate::new("hc128", version)
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }")
    };
    house.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        hc128("1.0.0"),
        hc128("1.1.0"),
        hc128("2.0.0").yanked(),
        Krate::new("old_hc", "1.0.0").lib(""),
        Krate::new("rand", "1.0.0")
            .needs(Dependency::on("old_hc", "1"))
            .lib("pub fn stem() -> stem::Stem { old_hc::stem() }")
            .needs(Dependency::on("stem", "1")),
    ]);
    let import = [
        "import",
        "crates-io/hc128",
        "--as",
        "inhouse-hc",
        "--to",
        "local",
    ];
    let run = |more: &[&str]| {
        let arguments = [&import[..], more].concat();
        house.server.command(&house.bench, &arguments)
    };
    run(&["--dry-run"])
        .exits(0)
        .prints("[2/2] would copy inhouse-hc 1.1.0");
    house.server.entry("local", "inhouse-hc").expects(404);
    run(&[])
        .exits(0)
        .prints("[1/2] copied inhouse-hc 1.0.0 from crates-io to local");
    assert_eq!(
        house.server.entry("local", "inhouse-hc").versions(),
        ["1.0.0", "1.1.0"]
    );
    let rows = house.server.entry("local", "inhouse-hc").text();
    // Again it changes nothing.
    run(&["--json"]).exits(0).prints("already-there");
    assert_eq!(house.server.entry("local", "inhouse-hc").text(), rows);

    let app = Krate::new("app", "0.1.0")
        .needs(house.private("inhouse-hc", "1"))
        .needs(Dependency::on("rand", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn stems() -> [stem::Stem; 2] { [hc128::stem(), rand::stem()] }");
    let app = house.project(&app);
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    lock.one_of_each();
    assert_eq!(lock.versions("inhouse-hc"), ["1.1.0"]);
    assert!(lock.of("old_hc").is_empty(), "{}", lock.text);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    house.public.never_heard_of(&["inhouse"]);
}

/// A dependency that the manifest takes from nowhere in particular is one on the
/// original's registry, though an in-house crate has the name.
fn a_copy_keeps_what_it_depends_on(identity: Identity) {
    let house = Installation::new(identity);
    house.public.has_all(&[
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
        Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    ]);
    house.has_private(&Krate::new("stem", "1.0.0").lib("pub struct Other;"));
    house
        .server
        .command(
            &house.bench,
            &[
                "import",
                "crates-io/petal@1.0.0",
                "--as",
                "inhouse-petal",
                "--to",
                "local",
            ],
        )
        .exits(0);
    let row = house
        .server
        .entry("local", "inhouse-petal")
        .rows()
        .remove(0);
    let public = crossdock_conformance::dependency::CRATES_IO_IDENTITY;
    assert_eq!(row["deps"][0]["registry"], public);
    let row = house.server.entry("main", "inhouse-petal").rows().remove(0);
    let registry = row["deps"][0]["registry"].as_str().unwrap_or_default();
    assert!(registry.contains("/main/from/crates-io/"), "{row}");
}

fn what_no_publish_would_take_is_not_imported(identity: Identity) {
    let house = Installation::new(identity);
    house.public.has(&Krate::new("petal", "1.0.0"));
    house.server.entry("main", "petal").expects(200);
    let import = |arguments: &[&str]| {
        let arguments = [&["import"], arguments].concat();
        house.server.command(&house.bench, &arguments).exits(2)
    };
    import(&["crates-io/petal", "--to", "local"]).says("shows `petal` from `crates-io`");
    import(&["crates-io/petal", "--as", "petal2", "--to", "crates-io"]).says("mirror");
    import(&["crates-io/petal@^9", "--as", "petal2", "--to", "local"]).says("has no release");
    import(&["nowhere/petal", "--to", "local"]).says("no view or registry `nowhere`");
    house.server.entry("local", "petal").expects(404);
}
