//! Broken files, a folder that is gone, names that must stay in, and very many files.

use super::Lab;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use std::fs;
use std::time::{Duration, Instant};

for_both_identities!(
    what_lies_in_a_folder_is_never_asked_for_outside,
    a_folder_that_is_gone_is_not_empty,
);

/// Each broken thing is told once, with its place; the good ones are there.
#[test]
fn broken_files_are_told_and_hide_nothing() {
    let archive =
        |name: &str, version: &str, text: &str| Krate::new(name, version).lib(text).archive();
    // Before the first look: what was shown once stays, if only yanked.
    let files = [
        ("torn.crate", b"torn".to_vec()),
        (
            "broken/Cargo.toml",
            b"[package]\nname = \"broken\"\n".to_vec(),
        ),
        ("one.crate", archive("bud", "1.0.0", "//! One.")),
        ("two.crate", archive("bud", "1.0.0", "//! Two.")),
        ("twin-1.crate", archive("leaf", "1.0.0", "")),
        ("twin-2.crate", archive("leaf", "1.0.0", "")),
        ("spelled-1.crate", archive("two-words", "1.0.0", "")),
        ("spelled-2.crate", archive("two_words", "2.0.0", "")),
    ];
    let lab = Lab::with(Identity::CratesIo, &files);
    lab.sources(&Krate::new("petal", "1.0.0"));
    for path in ["one.crate", "two.crate"] {
        // More than one look, and each thing is told once.
        lab.server.entry("main", "petal").expects(200);
        lab.server.entry("main", "leaf").expects(200);
        lab.server.entry("lab", "bud").expects(404);
        lab.server.entry("lab", "two-words").expects(404);
        assert!(lab.alarms().iter().any(|(name, _)| name == path));
    }
    let alarms = lab.alarms();
    let names: Vec<&str> = alarms.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "broken/Cargo.toml",
        "one.crate",
        "spelled-1.crate",
        "spelled-2.crate",
        "torn.crate",
        "two.crate",
    ];
    assert_eq!(names, expected, "{alarms:#?}");
    assert!(
        alarms[1].1.contains("two.crate, with other bytes"),
        "{alarms:#?}"
    );
    let log = lab.server.log();
    assert_eq!(log.matches("torn.crate is not shown").count(), 1, "{log}");
    lab.server
        .command(&lab.bench, &["check", "--deny", "alarms"])
        .exits(1)
        .prints("torn.crate");
    // Mended, each by taking one away.
    for path in [
        "two.crate",
        "torn.crate",
        "spelled-2.crate",
        "broken/Cargo.toml",
    ] {
        fs::remove_file(lab.bench.path("built").join(path)).unwrap();
    }
    lab.server.entry("lab", "bud").expects(200);
    lab.server.entry("lab", "two-words").expects(200);
    assert_eq!(lab.alarms(), []);
    // Broken while served: it stays as it was, and is told.
    lab.file("petal/Cargo.toml", "[package");
    lab.server.entry("main", "petal").expects(200);
    assert_eq!(lab.rows("main", "petal")[0]["yanked"], false);
    assert_eq!(lab.alarms().len(), 1, "{:?}", lab.alarms());
}

fn what_lies_in_a_folder_is_never_asked_for_outside(identity: Identity) {
    let lab = Lab::new(identity);
    for name in ["secret-petal", "secret_stem"] {
        lab.public.has(&Krate::new(name, "9.0.0"));
    }
    lab.sources(&Krate::new("secret-petal", "1.0.0").needs(lab.private("secret_stem")));
    lab.file("stem.crate", Krate::new("secret_stem", "1.0.0").archive());
    for name in ["secret-petal", "secret_petal", "secret-stem", "secret_stem"] {
        lab.server.entry("main", name);
        lab.server.get(&format!("/main/api/v1/crates/{name}"));
        lab.server.get(&format!("/main/api/v1/crates?q={name}"));
        lab.server.entry("crates-io", name);
        lab.server.entry("main/from/crates-io", name);
    }
    let app = Krate::new("app", "0.1.0").needs(lab.private("secret-petal"));
    let app = Project::create(&lab.bench, &app);
    app.cargo(&["build"]).succeeds();
    assert_eq!(app.lock().versions("secret-petal"), ["1.0.0"]);
    // One that is put there a moment before it is asked for.
    lab.public.has(&Krate::new("secret-late", "9.0.0"));
    lab.file("late.crate", Krate::new("secret-late", "1.0.0").archive());
    lab.server.entry("main", "secret-late").expects(200);
    lab.public.never_heard_of(&["secret"]);
}

/// What is known is served on; of the rest nobody knows whether it is there.
fn a_folder_that_is_gone_is_not_empty(identity: Identity) {
    let mut lab = Lab::new(identity);
    lab.public.has(&Krate::new("soil", "1.0.0"));
    lab.sources(&Krate::new("petal", "1.0.0"));
    lab.server.entry("main", "petal").expects(200);
    let (there, away) = (lab.bench.path("built"), lab.bench.path("away"));
    fs::rename(&there, &away).unwrap();
    for _ in 0..2 {
        lab.server.entry("main", "petal").expects(200);
        assert_eq!(lab.rows("main", "petal")[0]["yanked"], false);
        lab.server.entry("main", "soil").expects(503);
        assert_eq!(lab.alarms().len(), 1, "{:?}", lab.alarms());
        lab.server.start_again(&lab.bench, None);
    }
    lab.public.never_heard_of(&["soil"]);
    fs::rename(&away, &there).unwrap();
    lab.server.entry("main", "soil").expects(200);
    assert_eq!(lab.alarms(), []);
}

/// Told with `--nocapture`; the bound is far above what was measured.
#[test]
fn two_thousand_files_are_no_burden() {
    let lab = Lab::new(Identity::CratesIo);
    lab.server.entry("lab", "nobody").expects(404);
    for number in 0..2000 {
        let krate = Krate::new(&format!("petal-{number}"), "1.0.0");
        lab.file(&format!("{}/{number}.crate", number % 7), krate.archive());
    }
    let took = |name: &str| {
        let began = Instant::now();
        while lab.server.entry("main", name).status == 503 {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "still being read"
            );
        }
        lab.server.entry("main", name).expects(200);
        began.elapsed()
    };
    let first = took("petal-1999");
    let again = took("petal-1998");
    lab.file("late.crate", Krate::new("bud", "1.0.0").archive());
    let late = took("bud");
    println!("2,000 files: first look {first:?}, again {again:?}, with a new one {late:?}");
    assert!(again < Duration::from_secs(5) && late < Duration::from_secs(5));
}
