//! What is broken in a folder of crates, and which release it may be.
//!
//! A manifest that is no TOML does not say what it is of, so it is looked at as text,
//! and what says nothing may be anything.
//!
//! Absent: what is broken about it (`crossdock_folder`).

use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::version::Version;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Largest manifest that is read, in bytes; a larger one says nothing.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Tells whether what is broken at `path` may be this release. `is_there` says that the
/// folders have another version of it in order, so that only what names it counts.
pub(super) fn may_hide(path: &Path, name: &CrateName, version: &Version, is_there: bool) -> bool {
    let said = match path
        .extension()
        .is_some_and(|extension| extension == "crate")
    {
        true => archive(path, name, version),
        false => manifest(path, name),
    };
    said.unwrap_or(!is_there)
}

/// By the name of the file, `NAME-VERSION.crate`.
fn archive(path: &Path, name: &CrateName, version: &Version) -> Option<bool> {
    let stem = path.file_stem()?.to_str()?;
    // Names and versions both may have a `-`; a version begins with a digit.
    let mut cuts = stem.match_indices('-').map(|(at, _)| at);
    cuts.find_map(|at| {
        let said = CrateName::parse(&stem[..at]).ok()?;
        let of = Version::parse(&stem[at + 1..]).ok()?;
        Some(said.key() == name.key() && of == *version)
    })
}

/// By what the manifest says, or by the lines of it that look like saying a name.
fn manifest(path: &Path, name: &CrateName) -> Option<bool> {
    if path.file_name()? != "Cargo.toml" {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<NameKey> = text.lines().filter_map(named).collect();
    match names.contains(&name.key()) {
        true => Some(true),
        // The members of a workspace whose root is broken are lost with it.
        false if names.is_empty() || text.contains("[workspace") => None,
        false => Some(false),
    }
}

/// The name in a line `name = "NAME"`, with or without `package.` before it.
fn named(line: &str) -> Option<NameKey> {
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    let name = value.trim().trim_start_matches(['"', '\'']);
    let name = name.split(['"', '\'']).next()?;
    let is_name = key == "name" || key == "package.name";
    is_name
        .then(|| CrateName::parse(name).ok())?
        .map(|name| name.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_say_what_it_is_may_be_anything() {
        let folder = tempfile::tempdir().unwrap();
        let (foo, version) = (
            CrateName::parse("foo-bar").unwrap(),
            Version::parse("1.0.0").unwrap(),
        );
        for (path, text, alone, beside) in [
            ("foo-bar-1.0.0.crate", "", true, true),
            ("foo_bar-1.0.0.crate", "", true, true),
            ("foo-bar-1.0.1.crate", "", false, false),
            ("lone-1.0.0.crate", "", false, false),
            ("latest.crate", "", true, false),
            (
                "a/Cargo.toml",
                "[package]\nname = \"foo-bar\"\nversion = \n",
                true,
                true,
            ),
            (
                "b/Cargo.toml",
                "package.name = 'foo_bar' # it\n[",
                true,
                true,
            ),
            (
                "c/Cargo.toml",
                "[package]\nname = \"lone\"\n[",
                false,
                false,
            ),
            ("d/Cargo.toml", "[package", true, false),
            (
                "e/Cargo.toml",
                "[workspace]\n[package]\nname = \"lone\"\n",
                true,
                false,
            ),
            ("f", "", true, false),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            for (is_there, expected) in [(false, alone), (true, beside)] {
                let said = may_hide(&path, &foo, &version, is_there);
                assert_eq!(said, expected, "{} {is_there}", path.display());
            }
        }
    }
}
