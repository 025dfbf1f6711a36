//! The row that a manifest makes, as the text that cargo will read.

use crate::with;
use crossdock_core::checksum::Checksum;
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use crossdock_wire::index_line::{decode, encode};
use std::convert::Infallible;

fn row(rest: &str) -> Release {
    let manifest = with(rest).unwrap();
    let target = |_: &_| Ok::<_, Infallible>(Target::CratesIo);
    manifest.into_row(Checksum::of(b""), target).unwrap()
}

fn text(rest: &str) -> String {
    encode(&row(rest), &mut |_| None)
}

#[test]
fn the_row_is_written_as_crates_io_writes_it() {
    let written = text(
        "links = 'z'\nrust-version = '1.85'\n\
         [dependencies]\nshort = { version = '1', package = 'long-name', optional = true }\n\
         [target.'cfg(unix)'.build-dependencies]\ncc = '=1.0.0'\n\
         [features]\ndefault = ['short']\n",
    );
    let expected = concat!(
        r#"{"name":"n","vers":"1.2.3","deps":["#,
        r#"{"name":"short","req":"^1","features":[],"optional":true,"default_features":true,"#,
        r#""target":null,"kind":"normal","package":"long-name"},"#,
        r#"{"name":"cc","req":"=1.0.0","features":[],"optional":false,"default_features":true,"#,
        r#""target":"cfg(unix)","kind":"build"}],"features":{"default":["short"]},"#,
        r#""cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","#,
        r#""yanked":false,"links":"z","rust_version":"1.85"}"#,
    );
    assert_eq!(written, expected);
    let read = decode(&written, &|_| Ok(Target::CratesIo)).unwrap();
    assert_eq!(read.version, Version::parse("1.2.3").unwrap());
}

#[test]
fn newer_features_are_kept_from_older_cargos() {
    let release = row(
        "[dependencies]\nserde = { version = '1', optional = true }\n\
         [features]\nplain = []\nstrong = ['serde/std']\n\
         named = ['dep:serde']\nweak = ['serde?/std', 'plain']\n\
         above = ['named']\ntop = ['plain', 'above']\nown-top = ['own-top', 'plain']\n",
    );
    let names = |features: &crossdock_core::release::Features| -> Vec<String> {
        features.keys().cloned().collect()
    };
    assert_eq!(names(&release.features), ["own-top", "plain", "strong"]);
    let features2 = release.features2.unwrap();
    assert_eq!(names(&features2), ["above", "named", "top", "weak"]);
    assert_eq!(features2["weak"], ["serde?/std", "plain"]);
    assert_eq!(release.v, Some(2));
}

#[test]
fn without_newer_features_the_row_has_no_schema() {
    let release = row("[features]\na = ['b']\nb = []");
    assert_eq!((release.v, release.features2), (None, None));
}

/// A cycle must end, and a chain as long as a manifest can hold must not take long.
#[test]
fn cycles_and_chains_of_features_end() {
    let cycle = row("[features]\na = ['b']\nb = ['a']\nc = ['c', 'dep:x']");
    assert_eq!(cycle.features.len(), 2);
    let links: String = (0..40_000)
        .map(|at| format!("f{at}=['f{}']\n", at + 1))
        .collect();
    let chain = row(&format!("[features]\n{links}f40000 = ['dep:x']"));
    assert_eq!(chain.features.len(), 0);
    assert_eq!(chain.features2.unwrap().len(), 40_001);
}

#[test]
fn targets_are_asked_for_one_by_one() {
    let manifest = with("[dependencies]\na = '1'\nb = '1'").unwrap();
    let mut asked = Vec::new();
    let release = manifest.into_row(Checksum::of(b""), |dependency| {
        asked.push(dependency.name.clone());
        Ok::<_, Infallible>(Target::Own)
    });
    let targets: Vec<Target> = release
        .unwrap()
        .dependencies
        .into_iter()
        .map(|d| d.target.clone())
        .collect();
    assert_eq!(asked, ["a", "b"]);
    assert_eq!(targets, [Target::Own, Target::Own]);
    let refusing = with("[dependencies]\na = '1'").unwrap();
    let refused = refusing.into_row(Checksum::of(b""), |_| Err("no such registry"));
    assert_eq!(refused.unwrap_err(), "no such registry");
}
