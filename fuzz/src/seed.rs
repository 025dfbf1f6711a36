//! Inputs to start from, rich in what formats have, and the words that mean something.
//!
//! Made here instead of kept as files, so that a format that changes changes its seeds.

use crossdock_archive::{PackedFile, Tree, pack};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use flate2::read::GzDecoder;
use std::io::Read;

/// Keys, values and shapes of rows and metadata.
pub const JSON_WORDS: &[&str] = &[
    "\"name\":",
    "\"vers\":",
    "\"deps\":",
    "\"features\":",
    "\"features2\":",
    "\"cksum\":",
    "\"yanked\":",
    "\"links\":",
    "\"rust_version\":",
    "\"pubtime\":",
    "\"v\":",
    "\"req\":",
    "\"registry\":",
    "\"package\":",
    "\"target\":",
    "\"kind\":",
    "\"optional\":",
    "\"default_features\":",
    "\"version_req\":",
    "\"explicit_name_in_toml\":",
    "\"readme\":",
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[[",
    "{\"a\":",
    "\"petal\"",
    "\"1.0.0\"",
    "\\u0000",
    "\\ud800",
    "1e999",
    "-0",
    "18446744073709551616",
    "\"cfg(unix)\"",
    "\"^1\"",
    "\n",
    "\r\n",
    "\u{feff}",
    "dep:",
    "?/",
    "sparse+https://a.example/",
    "2026-01-01T00:00:00Z",
];

/// Keys, values and shapes of manifests and locks.
pub const TOML_WORDS: &[&str] = &[
    "[package]\n",
    "[[package]]\n",
    "[dependencies]\n",
    "[dev-dependencies]\n",
    "[features]\n",
    "[target.'cfg(unix)'.dependencies]\n",
    "[metadata]\n",
    "[root]\n",
    "[patch.unused]\n",
    "[workspace]\n",
    "[badges]\n",
    "name = ",
    "version = ",
    "source = ",
    "checksum = ",
    "dependencies = ",
    "registry-index = ",
    "features = ",
    "optional = true\n",
    "public = true\n",
    "artifact = ",
    "package = ",
    "\"registry+https://github.com/rust-lang/crates.io-index\"",
    "\"sparse+https://a.example/\"",
    "\"git+https://a.example/x?rev=1#2\"",
    "\"path+file:///x\"",
    "\"1.0.0\"",
    "\"petal\"",
    "\"^1\"",
    "\"*\"",
    "'''",
    "\"\"\"",
    "[[",
    "]]",
    "{a=",
    "}",
    "=",
    ".",
    "\\u0000",
    "\\U0010ffff",
    "\u{feff}",
    "\r\n",
    "#",
    "1979-05-27",
    "nan",
    "0x",
    "dep:",
    "workspace = true\n",
    "<<<<<<< ",
    "\"<none>\"",
    "\"checksum petal 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)\" = ",
];

/// Names, flags and records of tar.
pub const TAR_WORDS: &[&str] = &[
    "petal-1.0.0/",
    "petal-1.0.0",
    "../",
    "..",
    "/",
    "\\",
    "./",
    "\0",
    "ustar\0",
    "ustar  \0",
    "././@LongLink",
    "PaxHeader",
    "19 path=petal-1.0.0/x\n",
    "10 size=99\n",
    "25 linkpath=petal-1.0.0/x\n",
    "20 GNU.sparse.size=1\n",
    "Cargo.toml",
    "CARGO.TOML",
    ".cargo-ok",
    "aux",
    "00000000000\0",
    "77777777777\0",
    "0",
    "1",
    "2",
    "5",
    "x",
    "g",
    "L",
    "K",
    "S",
    "\u{80}",
];

const SUM: &str = "bd5e0e0b9ec6dd0ab1ea1d5ba7c0a10d0bbd2cd0b0ff0fbd8ce3ab6a5a1ef2a4";

/// Index files of `petal`.
pub fn rows() -> Vec<Vec<u8>> {
    let dependency = r#"{"name":"stem","req":"^1.2","features":["x"],"optional":true,"default_features":false,"target":"cfg(all(unix, not(windows)))","kind":"dev","registry":"sparse+https://a.example/index/","package":"real-stem","public":true}"#;
    let rich = format!(
        r#"{{"name":"petal","vers":"1.0.1-a.1+b","deps":[{dependency},{dependency}],"cksum":"{SUM}","features":{{"a":["b","stem/x"],"b":[]}},"features2":{{"c":["dep:stem","stem?/x"]}},"yanked":true,"links":"z","rust_version":"1.85","pubtime":"2026-01-02T03:04:05Z","v":2,"more":[1,{{"x":null}}]}}"#
    );
    let plain = format!(
        r#"{{"name":"petal","vers":"1.0.0","deps":[],"cksum":"{SUM}","features":{{}},"yanked":false}}"#
    );
    [
        format!("{plain}\n{rich}\n"),
        rich,
        plain,
        "{}\njunk\n".to_owned(),
    ]
    .map(String::into_bytes)
    .into()
}

/// Bodies of a publish and of a batch.
pub fn bodies() -> Vec<Vec<u8>> {
    let rich = r#"{"name":"petal","vers":"1.0.0","deps":[{"name":"stem","version_req":"^1","features":["x"],"optional":false,"default_features":true,"target":"cfg(unix)","kind":"normal","registry":"https://a.example/","explicit_name_in_toml":"s"}],"features":{"a":["stem/x"]},"authors":["me"],"description":"d","documentation":null,"homepage":"https://a.example/","readme":"r","readme_file":"README.md","keywords":["k"],"categories":[],"license":"MIT","license_file":null,"repository":null,"badges":{"a":{"b":"c"}},"links":"z","rust_version":"1.85"}"#;
    let body = |json: &str, archive: &[u8]| {
        let part = |bytes: &[u8]| {
            [
                &u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes(),
                bytes,
            ]
            .concat()
        };
        [part(json.as_bytes()), part(archive)].concat()
    };
    let (one, two) = (
        body(rich, b"archive"),
        body(r#"{"name":"a","vers":"1.0.0"}"#, b""),
    );
    vec![[&one[..], &two].concat(), one, two]
}

const MANIFEST: &str = r#"[package]
name = "petal"
version = "1.0.0"
edition = "2021"
rust-version = "1.85"
description = "d"
license = "MIT OR Apache-2.0"
keywords = ["a"]
homepage = "https://a.example/"
links = "z"
[dependencies]
a = "1"
b = { version = "1.2", package = "c", optional = true, features = ["x"] }
[target."cfg(all(unix, not(any())))".dev-dependencies.d]
version = ">=1, <2"
registry-index = "sparse+https://a.example/"
public = true
[build-dependencies.e]
version = "1"
artifact = ["bin"]
target = "x86_64-unknown-linux-gnu"
lib = true
[features]
default = ["f"]
f = ["dep:b", "b?/x", "a/y"]
"#;

/// Packaged manifests.
pub fn manifests() -> Vec<Vec<u8>> {
    let plain = "[package]\nname = \"petal\"\nversion = \"1.0.0\"\n";
    vec![MANIFEST.into(), plain.into()]
}

/// Archives of `petal` 1.0.0 in the three forms that the target knows.
pub fn archives() -> Vec<Vec<u8>> {
    let name = CrateName::parse("petal").expect("the name is one");
    let version = Version::parse("1.0.0").expect("the version is one");
    let file = |text: &str| PackedFile {
        bytes: text.into(),
        executable: text.is_empty(),
    };
    let long = format!("src/{}.rs", "long".repeat(30));
    let tree = Tree::from([
        ("Cargo.toml".to_owned(), file(MANIFEST)),
        ("src/lib.rs".to_owned(), file("pub struct Petal;")),
        (long, file("")),
    ]);
    let krate = pack(&name, &version, &tree).expect("the tree is packed");
    let mut tar = Vec::new();
    GzDecoder::new(&krate[..])
        .read_to_end(&mut tar)
        .expect("what we packed inflates");
    let pax = [&pax_header(), &tar[..]].concat();
    let formed = |form: u8, bytes: &[u8]| [&[form], bytes].concat();
    vec![
        formed(0, &krate),
        formed(1, &tar),
        formed(2, &tar),
        formed(2, &pax),
    ]
}

/// A pax header that gives the entry behind it another path.
fn pax_header() -> Vec<u8> {
    let record = b"30 path=petal-1.0.0/Cargo.toml\n";
    let mut block = vec![0; 1024];
    block[..9].copy_from_slice(b"PaxHeader");
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{:011o}\0", record.len()).as_bytes());
    block[156] = b'x';
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[512..512 + record.len()].copy_from_slice(record);
    block
}

/// Locks of all versions.
pub fn lockfiles() -> Vec<Vec<u8>> {
    let source = "registry+https://github.com/rust-lang/crates.io-index";
    let head = "# This file is automatically @generated by Cargo.\n";
    let package =
        format!("[[package]]\nname = \"petal\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n");
    let needs = "dependencies = [\n \"stem\",\n \"root 1.0.0\",\n]\n";
    let new = |version: u32| {
        format!(
            "{head}version = {version}\n\n{package}checksum = \"{SUM}\"\n{needs}\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"stem\"\nversion = \"2.0.0\"\nsource = \"git+https://a.example/x?branch=b#0123\"\n\n[[package]]\nname = \"root\"\nversion = \"1.0.0\"\nsource = \"sparse+https://a.example/index/\"\n"
        )
    };
    let old = format!(
        "{package}{needs}\n[root]\nname = \"app\"\nversion = \"0.1.0\"\n\n[metadata]\n\"checksum petal 1.0.0 ({source})\" = \"{SUM}\"\n\"checksum stem 2.0.0 ({source})\" = \"<none>\"\n"
    );
    [
        new(4),
        new(3),
        old.clone(),
        new(4).replace('\n', "\r\n"),
        old + &package,
    ]
    .map(String::into_bytes)
    .into()
}
