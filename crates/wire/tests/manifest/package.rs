//! The package itself, and what packaging never leaves.

use crate::{refused, with};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::manifest::{MANIFEST_BYTES_MAX, ManifestError, parse};

/// As cargo 1.95 writes it.
const PACKAGED: &str = r#"
[package]
edition = "2024"
rust-version = "1.85"
name = "petal"
version = "1.1.5+b.7"
authors = ["A <a@acme.example>"]
build = false
publish = ["acme"]
autolib = false
description = "leaves of a flower"
homepage = "https://acme.example/"
documentation = "https://docs.acme.example/petal"
readme = "README.md"
keywords = ["flower", "leaf"]
categories = ["science"]
license = "MIT OR Apache-2.0"
license-file = "LICENSE"
repository = "https://git.acme.example/petal"
resolver = "2"
links = "petal"

[package.metadata]
workspace = true

[badges.maintenance]
status = "none"

[features]
default = ["std"]
std = []

[lib]
name = "petal"
path = "src/lib.rs"

[profile.release]
lto = true

[lints.rust]
unsafe_code = "forbid"
"#;

#[test]
fn what_cargo_packages_is_read() {
    let manifest = parse(PACKAGED).unwrap();
    assert_eq!(manifest.name.as_str(), "petal");
    assert_eq!(manifest.version.to_string(), "1.1.5+b.7");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(manifest.links, text("petal"));
    assert_eq!(manifest.rust_version, text("1.85"));
    assert_eq!(manifest.description, text("leaves of a flower"));
    assert_eq!(manifest.homepage, text("https://acme.example/"));
    assert_eq!(
        manifest.documentation,
        text("https://docs.acme.example/petal")
    );
    assert_eq!(manifest.repository, text("https://git.acme.example/petal"));
    assert_eq!(manifest.readme, text("README.md"));
    assert_eq!(manifest.keywords, ["flower", "leaf"]);
    assert_eq!(manifest.categories, ["science"]);
    assert_eq!(manifest.license, text("MIT OR Apache-2.0"));
    assert_eq!(manifest.license_file, text("LICENSE"));
    assert_eq!(manifest.authors, ["A <a@acme.example>"]);
    assert_eq!(manifest.features["default"], ["std"]);
    assert!(manifest.dependencies.is_empty());
}

#[test]
fn a_readme_that_is_switched_off_is_none() {
    for switch in ["true", "false"] {
        assert_eq!(with(&format!("readme = {switch}")).unwrap().readme, None);
    }
    assert!(with("readme = 5").is_err());
}

#[test]
fn the_archive_is_of_the_release_that_is_uploaded() {
    let manifest = parse(PACKAGED).unwrap();
    let agrees = |name: &str, version: &str| {
        let name = CrateName::parse(name).unwrap();
        manifest.agrees_with(&name, &Version::parse(version).unwrap())
    };
    agrees("petal", "1.1.5+b.7").unwrap();
    for (name, version) in [
        ("Petal", "1.1.5+b.7"),
        ("flower", "1.1.5+b.7"),
        ("petal", "1.1.5"),
        ("petal", "1.1.6+b.7"),
    ] {
        let refused = agrees(name, version).unwrap_err().to_string();
        let says = format!(
            "the archive's Cargo.toml is of `petal 1.1.5+b.7`, the upload says `{name} {version}`"
        );
        assert_eq!(refused, says);
    }
}

#[test]
fn a_field_of_another_type_is_named() {
    for (rest, says) in [
        ("links = 5", "Cargo.toml: `package.links` must be a string"),
        (
            "keywords = 'a'",
            "Cargo.toml: `package.keywords` must be a list of strings",
        ),
        (
            "authors = [1]",
            "Cargo.toml: `package.authors` must be a list of strings",
        ),
        (
            "description = ['a']",
            "Cargo.toml: `package.description` must be a string",
        ),
        (
            "[features]\na = 'b'",
            "Cargo.toml: `features.a` must be a list of strings",
        ),
        ("[[features]]", "Cargo.toml: `features` must be a table"),
        ("[[target]]", "Cargo.toml: `target` must be a table"),
        (
            "[features]\n\"\\u001b\" = 1",
            "Cargo.toml: `features.\\u{1b}` must be a list of strings",
        ),
    ] {
        assert_eq!(refused(rest).to_string(), says);
    }
    for (text, says) in [
        ("", "Cargo.toml: `package` must be a table"),
        ("package = 1", "Cargo.toml: `package` must be a table"),
        (
            "[package]\nversion = '1.0.0'",
            "Cargo.toml: `package.name` must be a string",
        ),
        (
            "[package]\nname = 'n'",
            "Cargo.toml: `package.version` must be a string",
        ),
        (
            "[package]\nname = '../n'\nversion = '1.0.0'",
            "Cargo.toml: crate name `../n` must start with an ASCII letter",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), says);
    }
}

#[test]
fn a_rust_version_that_cargo_cannot_read_is_refused() {
    for good in ["1", "1.70", "1.70.0", "0.1"] {
        let manifest = with(&format!("rust-version = '{good}'")).unwrap();
        assert_eq!(manifest.rust_version.as_deref(), Some(good));
    }
    for bad in [
        "nightly",
        "",
        "1.",
        "1.70.0.0",
        "1.70-beta",
        "01.70",
        "^1.70",
        "1.x",
        "1.99999999999",
    ] {
        let error = refused(&format!("rust-version = '{bad}'"));
        assert_eq!(error, ManifestError::RustVersion(bad.to_owned()));
    }
}

#[test]
fn what_is_looked_up_elsewhere_is_refused() {
    for (rest, what) in [
        ("edition.workspace = true", "package.edition.workspace"),
        (
            "description = { workspace = true }",
            "package.description.workspace",
        ),
        ("publish.workspace = false", "package.publish.workspace"),
        ("[lints]\nworkspace = true", "lints.workspace"),
        ("[patch.crates-io]\na = '1'", "[patch]"),
        ("[patch]", "[patch]"),
        ("[replace]\n'a:1.0.0' = { path = 'a' }", "[replace]"),
        ("[workspace]\nmembers = ['a']", "[workspace]"),
        ("[workspace.dependencies]\na = '1'", "[workspace]"),
        ("[project]\nname = 'other'", "[project]"),
    ] {
        assert_eq!(
            refused(rest),
            ManifestError::NotPackaged(what.to_owned()),
            "{rest}"
        );
    }
    with("[workspace]").unwrap();
    let versionless = parse("[package]\nname = 'n'\nversion.workspace = true").unwrap_err();
    let what = "package.version.workspace".to_owned();
    assert_eq!(versionless, ManifestError::NotPackaged(what));
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let twice = refused("[features]\na = []\na = []");
    assert!(
        matches!(twice, ManifestError::Toml { line: 6, .. }),
        "{twice}"
    );
    let message = refused("\u{1b} = 1").to_string();
    assert!(
        message.starts_with("Cargo.toml is not valid TOML: line 4: "),
        "{message}"
    );
    assert!(!message.contains(['\u{1b}', '\n']), "{message}");
}

#[test]
fn size_and_nesting_are_bounded() {
    let padded = |bytes: usize| with(&format!("# {}", "x".repeat(bytes)));
    padded(MANIFEST_BYTES_MAX - 100).unwrap();
    assert_eq!(
        padded(MANIFEST_BYTES_MAX).unwrap_err(),
        ManifestError::TooLarge
    );
    for deep in [
        format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}", "{ a = ".repeat(100_000)),
        format!("{}a = 1", "a.".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
    ] {
        assert!(matches!(refused(&deep), ManifestError::Toml { .. }));
    }
}
