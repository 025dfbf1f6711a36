//! Renaming: the package has another name, code does not notice.

#![expect(clippy::unwrap_used, reason = "what a test made can be read")]

use crossdock_archive::{Limits, PackedFile, Scope, Tree, inspect, pack, rename, unpack};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

fn name(text: &str) -> CrateName {
    CrateName::parse(text).unwrap()
}

fn packed(of: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let file = |text: &str| PackedFile {
        bytes: text.as_bytes().to_vec(),
        executable: false,
    };
    let tree: Tree = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), file(text)))
        .collect();
    pack(&name(of), &version(), &tree).unwrap()
}

fn version() -> Version {
    Version::parse("1.0.0").unwrap()
}

fn renamed(bytes: &[u8], of: &str, new: &str) -> Tree {
    let limits = Limits::default();
    let archive = rename(bytes, &name(of), &version(), &name(new), &limits).unwrap();
    let again = rename(bytes, &name(of), &version(), &name(new), &limits).unwrap();
    assert_eq!(
        archive, again,
        "the same crate renamed twice is the same bytes"
    );
    inspect(&archive, &name(new), &version(), Scope::Publish, &limits).unwrap();
    unpack(&archive, &name(new), &version(), &limits).unwrap()
}

fn text(tree: &Tree, path: &str) -> String {
    String::from_utf8(tree[path].bytes.clone()).unwrap()
}

#[test]
fn the_library_keeps_the_name_that_code_says() {
    let manifest = "# kept\n[package]\nname = \"hc-128\"\nversion = \"1.0.0\"\n\n[dependencies.log]\nversion = \"1\"\n";
    let archive = packed(
        "hc-128",
        &[
            ("Cargo.toml", manifest),
            ("Cargo.lock", "version = 4\n"),
            ("src/lib.rs", "//!\n"),
        ],
    );
    let tree = renamed(&archive, "hc-128", "rand_hc128");
    assert_eq!(
        text(&tree, "Cargo.toml"),
        manifest.replace("name = \"hc-128\"", "name = \"rand_hc128\"")
            + "\n[lib]\nname = \"hc_128\"\n"
    );
    assert_eq!(
        tree.keys().collect::<Vec<_>>(),
        ["Cargo.toml", "src/lib.rs"]
    );
}

#[test]
fn a_name_that_is_said_stays() {
    let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n\n[lib]\nname = \"said\"\npath = \"lib.rs\"\n";
    let archive = packed("a", &[("Cargo.toml", manifest), ("lib.rs", "")]);
    let tree = renamed(&archive, "a", "b");
    assert_eq!(
        text(&tree, "Cargo.toml"),
        manifest.replace("\"a\"", "\"b\"")
    );
}

#[test]
fn a_program_gets_no_library() {
    let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n";
    let archive = packed(
        "a",
        &[("Cargo.toml", manifest), ("src/main.rs", "fn main() {}")],
    );
    let tree = renamed(&archive, "a", "b");
    assert_eq!(
        text(&tree, "Cargo.toml"),
        manifest.replace("\"a\"", "\"b\"")
    );
}

#[test]
fn what_says_another_name_is_refused() {
    for manifest in [
        "[package]\nname = \"x\"\n",
        "[lib]\n",
        "package = 1\n",
        "{",
        "",
    ] {
        let archive = packed("a", &[("Cargo.toml", manifest), ("src/lib.rs", "")]);
        let refused = rename(
            &archive,
            &name("a"),
            &version(),
            &name("b"),
            &Limits::default(),
        );
        assert!(refused.is_err(), "{manifest}");
    }
}
