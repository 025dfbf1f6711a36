//! No file names the host of a package registry.
//!
//! A program that federates registries is told where they are; an address written into it would
//! be asked by a test or a default that nobody meant, and could not be moved.
//! The one address we need, crates.io's, comes from a library.
//!
//! Absent: lock files, which cargo writes.

use super::finding::Finding;
use super::tree::{Tree, numbered};

/// Put together from pieces, so that this file does not contain what it looks for.
fn hosts() -> Vec<String> {
    const PARTS: &[&[&str]] = &[
        &["index", "crates", "io"],
        &["static", "crates", "io"],
        &["registry", "npmjs", "org"],
        &["registry", "yarnpkg", "com"],
        &["pypi", "org"],
        &["files", "pythonhosted", "org"],
        &["deb", "debian", "org"],
        &["ftp", "debian", "org"],
        &["security", "debian", "org"],
        &["snapshot", "debian", "org"],
    ];
    PARTS.iter().map(|parts| parts.join(".")).collect()
}

/// Looks for the hosts in every file, whatever its kind.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let hosts = hosts();
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !path.ends_with(".lock")) {
        for (number, line) in numbered(text) {
            let line = line.to_ascii_lowercase();
            for host in hosts.iter().filter(|host| line.contains(host.as_str())) {
                findings.push(Finding::at(
                    path,
                    number,
                    format!("names the registry host {host}"),
                    "say `crates-io` in settings, use the library's constant in code, `*.example` in texts",
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_is_found_in_any_file_but_locks() {
        for host in hosts() {
            let text = format!("a\nsee HTTPS://{}/x", host.to_uppercase());
            let findings = check(&Tree::of(&[("docs/a.md", &text)]));
            assert_eq!(findings.len(), 1, "{host}");
            assert_eq!(findings[0].place, "docs/a.md:2");
            assert_eq!(check(&Tree::of(&[("Cargo.lock", &text)])), []);
        }
    }

    #[test]
    fn the_identity_and_the_name_of_crates_io_are_fine() {
        let text = "https://github.com/rust-lang/crates.io-index is the identity of crates.io";
        assert_eq!(check(&Tree::of(&[("a.rs", text)])), []);
    }
}
