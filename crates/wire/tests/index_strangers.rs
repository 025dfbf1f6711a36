//! What strangers send is read without harm: random bytes, mutated rows of the corpus,
//! rows with fields that nobody knows.
//!
//! Absent: rows whose fate is known (`index_refusals`).

#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

use crossdock_core::address::{Address, AddressError};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::release::{Dependency, DependencyKind, Release, Target, Unknown};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::{index_file, index_line};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::BTreeMap;
use std::path::Path;

/// Features before they are those of a release.
type Map = BTreeMap<String, Vec<String>>;

const ELSEWHERE: &str = "sparse+https://crates.acme.example/acme/index/";

fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    match registry.map(Address::parse).transpose()? {
        None => Ok(Target::Own),
        Some(Address::CratesIo) => Ok(Target::CratesIo),
        Some(address) => Ok(Target::Elsewhere(address)),
    }
}

fn encode(release: &Release) -> String {
    let crates_io = Address::CratesIo.to_string();
    let elsewhere: Vec<(Target, String)> = release
        .dependencies
        .iter()
        .filter_map(|dependency| match &dependency.target {
            Target::Elsewhere(address) => Some((dependency.target.clone(), address.to_string())),
            _ => None,
        })
        .collect();
    index_line::encode(release, &mut |dependency| match &dependency.target {
        Target::CratesIo => Some(&crates_io),
        target => elsewhere
            .iter()
            .find(|(other, _)| other == target)
            .map(|(_, address)| address.as_str()),
    })
}

/// Reads bytes as a file of `name`; whatever is taken can be written and read again.
fn survives(bytes: &[u8], name: &str) -> Result<(), TestCaseError> {
    let name = IndexName::parse(name).unwrap();
    let file = index_file::decode(bytes, &name, &target_of);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    prop_assert!(file.rows.len() + file.quarantined.len() <= lines);
    let mut versions = Vec::new();
    for (text, release) in &file.rows {
        prop_assert!(
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        );
        prop_assert_eq!(release.name.index_name(), name.clone());
        let written = encode(release);
        prop_assert!(!written.contains('\n'));
        let again = index_line::decode(&written, &target_of);
        prop_assert_eq!(&again.unwrap(), release);
        versions.push(release.version.clone());
    }
    versions.sort();
    prop_assert!(
        versions.windows(2).all(|pair| pair[0] != pair[1]),
        "one row per version"
    );
    for quarantined in &file.quarantined {
        prop_assert!((1..=lines).contains(&quarantined.line));
        prop_assert!(!quarantined.reason.to_string().contains('\n'));
    }
    Ok(())
}

fn corpus_file(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/corpus")
            .join(name),
    )
    .unwrap()
}

/// What is done to a file at a place in it.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(u8),
    Insert(Vec<u8>),
    Remove(usize),
    Repeat(usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    // Pieces that mean something to a reader of JSON hurt more than random bytes.
    let pieces = select(vec![
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\n",
        "\0",
        "null",
        "1e999",
        "-",
        "\\ud800",
        "\"\":",
        "{}",
        "\u{feff}",
        "\"v\":3,",
        "\"vers\":\"1.0.0\",",
        "\"name\":\"\",",
        "\"registry\":\"file:///etc\",",
        "cfg(not(",
    ]);
    prop_oneof![
        any::<u8>().prop_map(Mutation::Flip),
        pieces.prop_map(|piece| Mutation::Insert(piece.as_bytes().to_vec())),
        (1..80_usize).prop_map(Mutation::Remove),
        (1..200_usize).prop_map(Mutation::Repeat),
    ]
}

fn mutate(bytes: &mut Vec<u8>, at: Index, mutation: Mutation) {
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    match mutation {
        Mutation::Flip(mask) => bytes[at] ^= mask,
        Mutation::Insert(piece) => drop(bytes.splice(at..at, piece)),
        Mutation::Remove(length) => drop(bytes.drain(at..bytes.len().min(at + length))),
        Mutation::Repeat(length) => {
            let again = bytes[at..bytes.len().min(at + length)].to_vec();
            drop(bytes.splice(at..at, again));
        }
    }
}

fn trials(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: cases.max(ProptestConfig::default().cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(trials(2_000))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        survives(&bytes, "foo")?;
    }

    #[test]
    fn random_json_like_text(text in r#"(\{("(name|vers|deps|cksum|features|v|yanked|x)":("foo"|"1\.0\.0"|\[\{?|\]|\{|\}|null|true|3),?){0,9}\}?\n?){0,4}"#) {
        survives(text.as_bytes(), "foo")?;
    }

    #[test]
    fn mutated_rows(
        name in select(vec!["made-up", "fnv", "adler2", "jni-sys", "hex", "cfg-if"]),
        mutations in prop::collection::vec((any::<Index>(), mutation()), 1..6),
    ) {
        let mut bytes = corpus_file(name);
        for (at, mutation) in mutations {
            mutate(&mut bytes, at, mutation);
        }
        survives(&bytes, name)?;
    }

    #[test]
    fn whatever_a_release_is_it_is_read_as_it_was_written(release in release()) {
        let written = encode(&release);
        prop_assert_eq!(index_line::decode(&written, &target_of).unwrap(), release);
    }

    /// Fields that nobody knows survive, wherever they stand in the row.
    #[test]
    fn unknown_fields_survive(release in release(), place in 0..3_usize) {
        let known = Release { unknown: Unknown::new(), ..release.clone() };
        let fields = release.unknown.iter().map(|(key, json)| {
            format!("{}:{json},", serde_json::to_string(key).unwrap())
        });
        let before = [r#""name":"#, r#""vers":"#, r#""cksum":"#][place];
        let moved = encode(&known).replacen(before, &format!("{}{before}", fields.collect::<String>()), 1);
        let again = index_line::decode(&moved, &target_of).unwrap();
        prop_assert_eq!(again, release);
    }
}

fn release() -> impl Strategy<Value = Release> {
    let text = || {
        select(vec![
            "",
            "std",
            "dep:x",
            "x?/y",
            "ö \"quoted\" \\ \u{1}",
            "a/b",
        ])
        .prop_map(ToString::to_string)
    };
    let features =
        || prop::collection::btree_map(text(), prop::collection::vec(text(), 0..3), 0..3);
    let identity = (
        select(vec!["foo", "Foo_Bar", "a"]).prop_map(|name| CrateName::parse(name).unwrap()),
        select(vec!["1.0.0", "0.1.0-rc.1", "1.0.3+7"])
            .prop_map(|version| Version::parse(version).unwrap()),
        any::<[u8; 32]>().prop_map(Checksum::from_digest),
    );
    let extras = (
        any::<bool>(),
        prop::option::of(text()),
        prop::option::of(select(vec!["1", "1.85", "1.85.1"]).prop_map(ToString::to_string)),
        prop::option::of(
            (0..4_000_000_000_i64)
                .prop_map(|seconds| Timestamp::from_unix_seconds(seconds).unwrap()),
        ),
        prop::option::of(1..=2_u32),
    );
    let bodies = (
        prop::collection::vec(dependency(), 0..3),
        features(),
        prop::option::of(features()),
        unknown(),
    );
    (identity, extras, bodies).prop_map(|(identity, extras, bodies)| {
        let (name, version, checksum) = identity;
        let (yanked, links, rust_version, pubtime, v) = extras;
        let (dependencies, features, features2, unknown): (_, Map, Option<Map>, Unknown) = bodies;
        Release {
            name,
            version,
            dependencies: Vec::into(dependencies),
            features: features.into(),
            features2: features2.map(Into::into),
            checksum,
            yanked,
            links,
            rust_version,
            pubtime,
            v,
            unknown,
        }
    })
}

fn dependency() -> impl Strategy<Value = Dependency> {
    let package = prop::option::of(
        select(vec!["real", "Real_Name"]).prop_map(|name| CrateName::parse(name).unwrap()),
    );
    let target = prop_oneof![
        Just(Target::Own),
        Just(Target::CratesIo),
        Just(Target::Elsewhere(Address::parse(ELSEWHERE).unwrap())),
    ];
    let what = (
        select(vec!["bar", "bar_2"]),
        select(vec!["^1", "*", ">=1, <2", "~0.3.1-rc.1"]),
        prop::option::of(select(vec![
            "",
            "x86_64-pc-windows-msvc",
            "cfg(all(unix, not(feature = \"x\")))",
        ])),
        select(vec![
            DependencyKind::Normal,
            DependencyKind::Dev,
            DependencyKind::Build,
        ]),
    );
    let features = prop::collection::vec(
        select(vec!["", "std", "ö"]).prop_map(ToString::to_string),
        0..3,
    );
    (
        what,
        features,
        any::<(bool, bool)>(),
        target,
        package,
        unknown(),
    )
        .prop_map(
            |(
                (name, req, platform, kind),
                features,
                (optional, default_features),
                target,
                package,
                unknown,
            )| Dependency {
                name: name.to_owned(),
                req: req.to_owned(),
                features,
                optional,
                default_features,
                platform: platform.map(ToString::to_string),
                kind,
                target,
                package,
                unknown,
            },
        )
}

/// Fields of tomorrow, each once.
fn unknown() -> impl Strategy<Value = Unknown> {
    let keys =
        select(vec!["origin", "public", "", "a \"b\"", "\u{2028}"]).prop_map(ToString::to_string);
    let values = select(vec![
        "null",
        "1.50",
        "-0",
        "1e999",
        "[ 1 ,2]",
        "{\"a\":{\"b\":[]}}",
        "\"\\ud800\"",
        "\"\"",
    ]);
    prop::collection::btree_map(keys, values, 0..3).prop_map(|fields| {
        let fields = fields.into_iter().map(|(key, json)| (key, Box::from(json)));
        fields.collect()
    })
}
