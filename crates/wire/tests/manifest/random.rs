//! Laws over random and mutated manifests.

use crate::with;
use crossdock_core::checksum::Checksum;
use crossdock_core::release::Target;
use crossdock_wire::index_line::{decode, encode};
use crossdock_wire::manifest::admission::admit;
use crossdock_wire::manifest::parse;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::convert::Infallible;

/// Everything a manifest can have, so that few mutations meet much code.
const RICH: &str = r#"rust-version = "1.85"
keywords = ["a"]
homepage = "https://a.example/"
[dependencies]
a = "1"
b = { version = "1.2", package = "c", optional = true, features = ["x"] }
[target."cfg(all(unix, not(any())))".dev-dependencies.d]
version = ">=1, <2"
registry-index = "sparse+https://a.example/"
public = true
[features]
default = ["e"]
e = ["dep:b", "b?/x"]
"#;

/// What the row says is what cargo reads back, whatever the manifest was.
fn hold(text: &str) {
    let Ok(manifest) = parse(text) else {
        return;
    };
    let admitted = admit(&manifest);
    let target = |_: &_| Ok::<_, Infallible>(Target::Own);
    let release = manifest.into_row(Checksum::of(b""), target).unwrap();
    let row = encode(&release, &mut |_| None);
    assert!(!row.contains('\n'));
    let read = decode(&row, &|_| Ok(Target::Own)).unwrap();
    assert_eq!(read, release);
    if admitted.is_ok() {
        assert!(release.dependencies.len() <= 500 && release.features.len() <= 300);
    }
}

#[test]
fn the_rich_manifest_is_admitted() {
    admit(&with(RICH).unwrap()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn random_text_never_panics(text in ".{0,300}") {
        hold(&text);
        hold(&format!("{}{text}", crate::PACKAGE));
    }

    #[test]
    fn a_mutated_manifest_makes_a_row_that_is_read_back(
        edits in vec((any::<Index>(), select(&b"\n\"'=[]{}.,:/?#*^<>()\\ abcd015_-+\x1b"[..])), 1..5),
    ) {
        let mut text = format!("{}{RICH}", crate::PACKAGE).into_bytes();
        for (at, byte) in edits {
            let at = at.index(text.len());
            text[at] = byte;
        }
        hold(&String::from_utf8(text).unwrap());
    }
}
