//! An archive under another version: manifest and lock say it, the rest stays.

#![expect(
    clippy::unwrap_used,
    reason = "an archive that cannot be made fails the test"
)]

use crossdock_archive::{Limits, PackedFile, Scope, Tree, inspect, pack, renumber, unpack};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

const MANIFEST: &str =
    "# made by cargo\n[package]\nname = \"petal\"\nversion = \"1.0.3\" # of today\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"petal\"\nversion = \"1.0.3\"\n\n\
                    [[package]]\nname = \"petal\"\nversion = \"1.0.3\"\nsource = \"registry+x\"\n";

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn tree(manifest: &str) -> Tree {
    let file = |text: &str| PackedFile {
        bytes: text.as_bytes().to_vec(),
        executable: false,
    };
    [
        ("Cargo.toml".to_owned(), file(manifest)),
        ("Cargo.lock".to_owned(), file(LOCK)),
        ("src/main.rs".to_owned(), file("fn main() {}\n")),
    ]
    .into()
}

#[test]
fn manifest_and_lock_say_the_new_version() {
    let (name, old, new) = (
        CrateName::parse("petal").unwrap(),
        version("1.0.3"),
        version("1.0.3+7"),
    );
    let archive = pack(&name, &old, &tree(MANIFEST)).unwrap();
    let limits = Limits::default();
    let again = renumber(&archive, &name, &old, &new, &limits).unwrap();
    inspect(&again, &name, &new, Scope::Publish, &limits).unwrap();
    let files = unpack(&again, &name, &new, &limits).unwrap();
    let text = |path: &str| String::from_utf8(files[path].bytes.clone()).unwrap();
    let manifest = text("Cargo.toml");
    assert!(manifest.starts_with("# made by cargo"), "{manifest}");
    assert!(manifest.contains("version = \"1.0.3+7\""), "{manifest}");
    let lock = text("Cargo.lock");
    assert_eq!(lock.matches("1.0.3+7").count(), 1, "{lock}");
    assert!(lock.contains("version = \"1.0.3\"\nsource"), "{lock}");
    assert_eq!(text("src/main.rs"), "fn main() {}\n");
    let same = renumber(&archive, &name, &old, &new, &limits).unwrap();
    assert_eq!(again, same);
}

#[test]
fn what_says_another_version_is_refused() {
    let (name, old) = (CrateName::parse("petal").unwrap(), version("1.0.3"));
    for manifest in [
        "[package]\nname = \"petal\"\nversion = \"1.0.4\"\n",
        "[package]\nname = \"petal\"\n",
        "[lib]\n",
        "no TOML",
    ] {
        let archive = pack(&name, &old, &tree(manifest)).unwrap();
        let refused = renumber(
            &archive,
            &name,
            &old,
            &version("1.0.3+1"),
            &Limits::default(),
        );
        assert!(refused.is_err(), "{manifest}");
    }
}
