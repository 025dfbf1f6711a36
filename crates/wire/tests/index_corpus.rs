//! Real index files are read and written without loss, and cover what there is.
//!
//! `tests/corpus` tells where they are from. Absent: rows that are bad
//! (`index_refusals`) and rows that nobody wrote (`index_strangers.rs`).

#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use crossdock_core::address::{Address, AddressError};
use crossdock_core::name::IndexName;
use crossdock_core::release::{DependencyKind, Release, Target};
use crossdock_wire::{index_file, index_line};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The corpus: file name, which is the index name, to its text.
fn corpus() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = std::fs::read_dir(folder).unwrap().map(|file| {
        let file = file.unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        (file.file_name().into_string().unwrap(), text)
    });
    files.filter(|(name, _)| name != "README.md").collect()
}

/// What `registry` means, and back; null is the registry that has the row.
fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    Ok(match registry.map(Address::parse).transpose()? {
        None => Target::Own,
        Some(Address::CratesIo) => Target::CratesIo,
        Some(address) => Target::Elsewhere(address),
    })
}

fn encode(release: &Release) -> String {
    let mut addresses = BTreeMap::new();
    for dependency in &release.dependencies {
        let address = match &dependency.target {
            Target::Own => continue,
            Target::CratesIo => Address::CratesIo.to_string(),
            Target::Registry(name) => name.to_string(),
            Target::Elsewhere(address) => address.to_string(),
        };
        addresses.insert(dependency.target.clone(), address);
    }
    index_line::encode(release, &mut |dependency| {
        addresses.get(&dependency.target).map(String::as_str)
    })
}

#[test]
fn every_row_is_read_and_none_is_set_aside() {
    for (name, text) in corpus() {
        let file = index_file::decode(
            text.as_bytes(),
            &IndexName::parse(&name).unwrap(),
            &target_of,
        );
        assert!(
            file.quarantined.is_empty(),
            "{name}: {:?}",
            file.quarantined
        );
        let lines: Vec<&str> = text.lines().collect();
        let texts: Vec<&str> = file.rows.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, lines, "{name}: rows are kept as they came");
    }
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for (name, text) in corpus() {
        for line in text.lines() {
            let release = index_line::decode(line, &target_of).unwrap();
            let written = encode(&release);
            let again = index_line::decode(&written, &target_of).unwrap();
            assert_eq!(release, again, "{name}: {line}");
            assert_eq!(
                written,
                encode(&again),
                "{name}: one release has one writing"
            );
        }
    }
}

#[test]
fn what_is_written_says_what_the_source_says() {
    for (name, text) in corpus() {
        for line in text.lines() {
            let release = index_line::decode(line, &target_of).unwrap();
            let source: Value = serde_json::from_str(line).unwrap();
            let written: Value = serde_json::from_str(&encode(&release)).unwrap();
            assert_eq!(plain(written), plain(source), "{name}: {line}");
        }
    }
}

/// A row without what may be left out: fields of cargo that are null or have their
/// default. Fields that cargo does not know stay, null or not.
fn plain(row: Value) -> Value {
    let defaults = [
        ("features", json!({})),
        ("features2", Value::Null),
        ("yanked", Value::Null),
        ("yanked", json!(false)),
        ("links", Value::Null),
        ("rust_version", Value::Null),
        ("pubtime", Value::Null),
        ("v", Value::Null),
    ];
    let mut row = without(row, &defaults);
    if let Some(Value::Array(dependencies)) = row.get_mut("deps") {
        for dependency in dependencies {
            let defaults = [
                ("features", json!([])),
                ("optional", json!(false)),
                ("default_features", json!(true)),
                ("target", Value::Null),
                ("kind", Value::Null),
                // Whatever cargo does not know as a kind it takes for a normal one.
                ("kind", json!("normal")),
                ("kind", json!("weird")),
                ("registry", Value::Null),
                ("package", Value::Null),
            ];
            *dependency = Value::Object(without(dependency.take(), &defaults));
        }
    }
    Value::Object(row)
}

fn without(value: Value, defaults: &[(&str, Value)]) -> Map<String, Value> {
    let Value::Object(mut fields) = value else {
        return Map::new();
    };
    fields.retain(|key, value| {
        !defaults
            .iter()
            .any(|(field, default)| key == field && value == default)
    });
    fields
}

#[test]
fn known_fields_are_written_in_cargos_order() {
    let row = corpus()["made-up"].lines().nth(2).unwrap().to_owned();
    let release = index_line::decode(&row, &target_of).unwrap();
    assert_eq!(
        encode(&release),
        r#"{"name":"Made-Up","vers":"0.2.0-rc.1+build.7","deps":[],"features":{"alloc":[],"std":["alloc"]},"cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","yanked":true,"v":1}"#
    );
}

#[test]
fn unknown_fields_are_written_as_they_came() {
    let row = corpus()["made-up"].lines().last().unwrap().to_owned();
    let written = encode(&index_line::decode(&row, &target_of).unwrap());
    for part in [
        r#""of_tomorrow":{"nested":[1,2.50,-0,1e40,"\ud83d\ude00",{"a":null}]}"#,
        r#""reviews":[ 1 , 2 ]"#,
        r#""nothing":null"#,
        r#""":"empty key""#,
        r#""escaped \"key\"":true"#,
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
}

/// What the corpus is for: each of these has to occur in it.
#[test]
fn the_corpus_covers_what_there_is() {
    let releases: Vec<Release> = corpus()
        .values()
        .flat_map(|text| {
            text.lines()
                .map(|line| index_line::decode(line, &target_of).unwrap())
                .collect::<Vec<_>>()
        })
        .collect();
    let dependencies: Vec<_> = releases
        .iter()
        .flat_map(|release| &release.dependencies)
        .collect();
    let released = |year: &str| {
        releases
            .iter()
            .filter(|release| {
                release
                    .pubtime
                    .is_some_and(|time| time.to_string().starts_with(year))
            })
            .count()
    };
    let unknown = |field: &str| {
        dependencies
            .iter()
            .filter(|dependency| dependency.unknown.iter().any(|(key, _)| key == field))
            .count()
    };
    let of_kind = |kind| {
        dependencies
            .iter()
            .filter(|dependency| dependency.kind == kind)
            .count()
    };
    for (what, times) in [
        ("rows of 2015", released("2015")),
        ("rows of 2025", released("2025")),
        (
            "yanked releases",
            releases.iter().filter(|release| release.yanked).count(),
        ),
        (
            "pre-releases",
            releases
                .iter()
                .filter(|release| release.version.is_prerelease())
                .count(),
        ),
        (
            "features2",
            releases
                .iter()
                .filter(|release| release.features2.is_some())
                .count(),
        ),
        (
            "schema version 2",
            releases
                .iter()
                .filter(|release| release.v == Some(2))
                .count(),
        ),
        (
            "links",
            releases
                .iter()
                .filter(|release| release.links.is_some())
                .count(),
        ),
        (
            "rust_version",
            releases
                .iter()
                .filter(|release| release.rust_version.is_some())
                .count(),
        ),
        (
            "`*` requirements",
            dependencies
                .iter()
                .filter(|dependency| dependency.req == "*")
                .count(),
        ),
        (
            "renamed packages",
            dependencies
                .iter()
                .filter(|dependency| dependency.package.is_some())
                .count(),
        ),
        (
            "platforms",
            dependencies
                .iter()
                .filter(|dependency| dependency.platform.is_some())
                .count(),
        ),
        (
            "optional",
            dependencies
                .iter()
                .filter(|dependency| dependency.optional)
                .count(),
        ),
        ("development", of_kind(DependencyKind::Dev)),
        ("build", of_kind(DependencyKind::Build)),
        (
            "crates.io by its identity",
            dependencies
                .iter()
                .filter(|d| d.target == Target::CratesIo)
                .count(),
        ),
        ("`public`", unknown("public")),
        ("`artifact`", unknown("artifact")),
        ("`bindep_target`", unknown("bindep_target")),
        ("`lib`", unknown("lib")),
    ] {
        assert!(times > 0, "no {what} in the corpus");
    }
    assert!(releases.len() > 150);
}

/// What rows of a file repeat is one value in memory: without that, a cold resolution
/// reads the same dependency six times.
#[test]
fn what_rows_repeat_is_read_once() {
    let dependency = r#"{"name":"bar","req":"^1","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}"#;
    let row = |version: &str, features: &str| {
        format!(
            r#"{{"name":"foo","vers":"{version}","deps":[{dependency}],"cksum":"{}","features":{features},"yanked":false}}"#,
            "0".repeat(64)
        )
    };
    let text = [
        row("1.0.0", r#"{"a":[]}"#),
        row("1.0.1", r#"{"a":[]}"#),
        row("1.0.2", r#"{"b":[]}"#),
    ]
    .join("\n");
    let name = IndexName::parse("foo").unwrap();
    let file = index_file::decode(text.as_bytes(), &name, &target_of);
    let releases: Vec<_> = file.rows.iter().map(|(_, release)| release).collect();
    let address = |index: usize| std::ptr::from_ref(&releases[index].dependencies[0]);
    assert_eq!([address(0); 2], [address(1), address(2)]);
    let map = |index: usize| std::ptr::from_ref(&*releases[index].features);
    assert_eq!(map(0), map(1));
    assert_ne!(map(0), map(2));
    // Written one after the other they are what they are alone, in every row.
    let mut together = index_line::Writer::default();
    let mut asked = 0;
    for release in &releases {
        together.row(release, &mut |_| {
            asked += 1;
            Some("sparse+https://x.example/")
        });
    }
    let alone = releases.iter().map(|release| {
        let text = index_line::encode(release, &mut |_| Some("sparse+https://x.example/"));
        text + "\n"
    });
    assert_eq!(together.finish(), alone.collect::<String>());
    assert_eq!(asked, 1);
    // Whoever changes one of them changes no other.
    let mut changed = releases[1].clone();
    changed.dependencies[0].optional = true;
    assert!(!releases[0].dependencies[0].optional);
}
