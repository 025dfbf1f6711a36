//! An upstream that takes back or changes what it said, or says it badly.
//!
//! History never shrinks or changes: what was served stays, with the same row. Of bad
//! rows among good ones the good ones are served.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use serde_json::Value;

for_both_identities!(
    what_vanishes_stays,
    a_changed_checksum_is_refused,
    other_changes_to_a_row_are_refused,
    bad_rows_among_good_ones,
);

fn what_vanishes_stays(identity: Identity) {
    let installation = Installation::new(identity);
    installation
        .public
        .has_all(&[Krate::new("stem", "1.0.0"), Krate::new("stem", "1.1.0")]);
    let app = installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1")));
    app.cargo(&["check"]).succeeds();
    let cksum = installation.server.entry("main", "stem").rows()[1]["cksum"].clone();
    installation.public.withdraw("stem", "1.1.0");
    for _ in 0..2 {
        let rows = installation.server.entry("main", "stem").rows();
        assert_eq!(rows.len(), 2, "a row that was served stays, at most yanked");
        assert_eq!(rows[1]["cksum"], cksum);
    }
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    // New ones are taken all the same.
    installation.public.has(&Krate::new("stem", "1.2.0"));
    assert_eq!(
        installation.server.entry("main", "stem").versions(),
        ["1.0.0", "1.1.0", "1.2.0"]
    );
}

fn a_changed_checksum_is_refused(identity: Identity) {
    let installation = Installation::new(identity);
    let first = Krate::new("stem", "1.0.0").lib("pub struct First;");
    installation.public.has(&first);
    let before = installation.server.entry("main", "stem").body;
    // Rebuilt upstream, under the same version.
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Second;"));
    assert_eq!(
        installation.server.entry("main", "stem").body,
        before,
        "the first stays"
    );
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("stem", "1"))
        .lib("pub use stem::First;");
    let app = installation.project(&app);
    // The first bytes were never fetched, and upstream has others: better none than those.
    app.cargo(&["check"])
        .fails()
        .says("503")
        .never_says("Second");
    installation.public.has(&first);
    app.cargo(&["check"]).succeeds();
}

fn other_changes_to_a_row_are_refused(identity: Identity) {
    let installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.0.0")
        .needs(Dependency::on("leaf", "1"))
        .links("z");
    installation.public.has_all([
        &stem,
        &Krate::new("leaf", "1.0.0"),
        &Krate::new("worm", "1.0.0"),
    ]);
    let before = installation.server.entry("main", "stem").rows().remove(0);
    for (field, value) in [
        (
            "deps",
            stem.clone().needs(Dependency::on("worm", "1")).row()["deps"].clone(),
        ),
        ("features", serde_json::json!({"default": ["leaf/worms"]})),
        ("links", "other".into()),
        ("deps", serde_json::json!([])),
    ] {
        installation
            .public
            .change_row("stem", "1.0.0", |row| row[field] = value);
        let after = installation.server.entry("main", "stem").rows().remove(0);
        assert_eq!(after, before, "{field} was changed under a served version");
        installation.public.has(&stem);
    }
    // What was absent may be added: crates.io backfills it.
    installation.public.change_row("stem", "1.0.0", |row| {
        row["pubtime"] = "2020-01-02T03:04:05Z".into()
    });
    let after = installation.server.entry("main", "stem").rows().remove(0);
    assert_eq!(after["pubtime"], "2020-01-02T03:04:05Z");
}

fn bad_rows_among_good_ones(identity: Identity) {
    let installation = Installation::new(identity);
    let row = |version: &str| Krate::new("stem", version).row();
    let with = |version: &str, field: &str, value: Value| {
        let mut row = row(version);
        row[field] = value;
        row.to_string()
    };
    let good = row("1.0.0").to_string();
    let sum = row("1.1.0")["cksum"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let upper = sum.to_uppercase();
    let lines = [
        good.clone(),
        "\u{0}\u{1}\u{2}".to_owned(),
        "{\"name\":\"stem\"".to_owned(),
        with("1.1.0", "cksum", upper.into()),
        with("1.1.1", "cksum", sum[1..].into()),
        with("1.1.2", "cksum", Value::Null),
        with("1.1.3", "v", 3.into()),
        with("1.1.4", "name", "other".into()),
        with("1.1.5", "vers", "1.1".into()),
        good.replace(
            &row("1.0.0")["cksum"].to_string(),
            &row("1.9.0")["cksum"].to_string(),
        ),
        row("1.2.0").to_string(),
    ];
    installation
        .public
        .writes_index("stem", &(lines.join("\n") + "\n"));
    let answer = installation.server.entry("main", "stem");
    assert_eq!(answer.versions(), ["1.0.0", "1.2.0"]);
    assert_eq!(
        answer.rows()[0]["cksum"],
        row("1.0.0")["cksum"],
        "of two, the first"
    );
    let app = installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1")));
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().versions("stem"), ["1.2.0"]);
}
