//! What is found and what is not, without cargo; that cures cure is shown by conformance.

use super::asked::Conflict;
use super::*;
use crate::needs::NeedSource;
use crossdock_core::address::{Address, CRATES_IO_IDENTITY};
use crossdock_wire::lockfile;

const VIEW: &str = "[registries.main]\nindex = \"sparse+http://h/main/index/\"\n\
    [registries.local]\nindex = \"sparse+http://h/local/index/\"\n\
    [source.crates-io]\nreplace-with = \"main\"\n";

/// Two packages of one name: each `NAME VERSION SOURCE`.
fn lock(packages: &[(&str, &str, &str)]) -> String {
    let package = |(name, version, source): &(&str, &str, &str)| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"{source}\"\n\n"
        )
    };
    let packages: String = packages.iter().map(package).collect();
    format!("version = 4\n\n{packages}")
}

fn need(krate: &str, address: &str, line: usize) -> Need {
    Need {
        krate: krate.to_owned(),
        requirement: "^1".to_owned(),
        source: NeedSource::Registry(Address::parse(address).unwrap()),
        place: Place {
            file: "Cargo.toml".into(),
            line,
        },
    }
}

/// Examines a project with this configuration, these needs and this lock.
fn found(configuration: &str, needs: &[Need], lock: &str, asked: &Asked) -> Vec<Finding> {
    let project = tempfile::tempdir().unwrap();
    let file = project.path().join(".cargo/config.toml");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, configuration).unwrap();
    let decoded = lockfile::decode(lock).unwrap();
    examine(&Patient {
        sources: &CargoSources::load(project.path(), None).unwrap(),
        configuration: Path::new(".cargo/config.toml"),
        cargo_home: None,
        needs,
        lock: (!lock.is_empty()).then_some(Lock {
            path: Path::new("Cargo.lock"),
            text: lock,
            lock: &decoded,
        }),
        asked,
    })
}

fn kinds(findings: &[Finding]) -> Vec<(&str, usize)> {
    let shown = findings.iter().map(|one| (one.kind.word(), one.place.line));
    shown.collect()
}

#[test]
fn a_project_as_setup_leaves_it_has_nothing() {
    let lock = lock(&[
        ("seed", "1.0.0", &format!("registry+{CRATES_IO_IDENTITY}")),
        // Another crate on purpose, and versions that cargo keeps apart anyway.
        (
            "seed",
            "1.5.0",
            "sparse+http://h/main/from/crates-io/index/",
        ),
        ("stem", "1.0.0", &format!("registry+{CRATES_IO_IDENTITY}")),
        ("stem", "2.0.0", "sparse+http://h/local/index/"),
        ("leaf", "0.1.0", &format!("registry+{CRATES_IO_IDENTITY}")),
        ("leaf", "0.2.0", "git+https://g/leaf#aa"),
    ]);
    assert_eq!(found(VIEW, &[], &lock, &Asked::default()), []);
}

#[test]
fn two_identities_are_told_at_the_manifest_else_in_the_lock() {
    let lock = lock(&[
        ("seed", "1.0.0", "sparse+http://h/local/index/"),
        ("seed", "1.2.0", &format!("registry+{CRATES_IO_IDENTITY}")),
    ]);
    let needs = [need("seed", "sparse+http://h/local/index/", 7)];
    let findings = found(VIEW, &needs, &lock, &Asked::default());
    assert_eq!(kinds(&findings), [("identities", 7)]);
    assert_eq!(
        findings[0].cure,
        Cure::Add {
            file: ".cargo/config.toml".into(),
            table: "patch.local".to_owned(),
            lines: vec!["seed = { version = \"^1\", registry = \"crates-io\" }".to_owned()],
            then: Some("cargo update sparse+http://h/local/index/#seed@1.0.0".to_owned()),
        }
    );
    // Nobody in this project names it: the lock's line, and no patch to offer.
    let findings = found(VIEW, &[], &lock, &Asked::default());
    assert_eq!(kinds(&findings), [("identities", 6)]);
    assert!(matches!(findings[0].cure, Cure::Told(_)));
}

#[test]
fn an_alias_is_fine_behind_a_provider_that_refuses() {
    let alias = format!("registries.inhouse.index = \"{CRATES_IO_IDENTITY}\"\n");
    for (guard, expected) in [
        ("", 1),
        ("\"cargo:token\"", 1),
        ("[\"crossdock\", \"credential\", \"https://h\"]", 1),
        ("[\"crossdock\", \"credential\", \"refuse\"]", 0),
        ("\"crossdock credential refuse\"", 0),
        ("\"false\"", 0),
    ] {
        let guarded = match guard {
            "" => alias.clone(),
            guard => format!("{alias}registry.credential-provider = {guard}\n"),
        };
        let findings = found(&guarded, &[], "", &Asked::default());
        assert_eq!(findings.len(), expected, "{guard}");
    }
}

#[test]
fn closed_addresses_want_a_provider_that_knows_them() {
    let address = |text: &str| Address::parse(text).unwrap();
    let mut asked = Asked::default();
    let server = Some("http://h".to_owned());
    for closed in [
        "sparse+http://h/main/index/",
        "sparse+http://h/main/from/partner/index/",
    ] {
        asked.closed.insert(address(closed), server.clone());
    }
    let lock = lock(&[("foo", "1.0.0", "sparse+http://h/main/from/partner/index/")]);
    let with = |list: &str| format!("{VIEW}[registry]\nglobal-credential-providers = {list}\n");
    for (configuration, expected) in [
        // One list cures both, so it is told once.
        (VIEW.to_owned(), 1),
        // cargo's own has no token for an address without a name.
        (with("[\"cargo:token\"]"), 1),
        (
            with("[\"cargo:token\", \"crossdock credential http://h\"]"),
            0,
        ),
    ] {
        let findings = found(&configuration, &[], &lock, &asked);
        assert_eq!(findings.len(), expected, "{configuration}: {findings:?}");
    }
}

#[test]
fn conflicts_concern_who_has_the_name_or_no_lock_yet() {
    let conflict: Conflict =
        serde_json::from_str(r#"{"name":"Seed_s","text":"two have it","cure":"claim it"}"#)
            .unwrap();
    let asked = Asked {
        conflicts: vec![conflict],
        ..Asked::default()
    };
    let crates_io = format!("registry+{CRATES_IO_IDENTITY}");
    let with = lock(&[("seed-s", "1.0.0", &crates_io)]);
    let without = lock(&[("stem", "1.0.0", &crates_io)]);
    assert_eq!(kinds(&found(VIEW, &[], &with, &asked)), [("ambiguous", 6)]);
    assert_eq!(kinds(&found(VIEW, &[], &without, &asked)), []);
    assert_eq!(kinds(&found(VIEW, &[], "", &asked)), [("ambiguous", 6)]);
    let needs = [need("seed-s", CRATES_IO_IDENTITY, 3)];
    assert_eq!(
        kinds(&found(VIEW, &needs, &with, &asked)),
        [("ambiguous", 3)]
    );
}

#[test]
fn a_finding_reads_as_something_to_do() {
    let findings = found(
        &format!("{VIEW}[registry]\ndefault = \"main\"\n"),
        &[],
        "",
        &Asked::default(),
    );
    let told = text(&findings[0]);
    assert!(told.contains("config.toml:8: `registry.default`"), "{told}");
    assert!(
        told.ends_with("[default]\n  cure: take that line out"),
        "{told}"
    );
    assert_eq!(json(&findings[0])["cure"]["do"], "remove");
}
