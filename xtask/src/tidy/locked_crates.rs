//! Cargo.lock holds no crate that ties the program to a system's TLS library.
//!
//! One binary for every Linux is a promise; rustls keeps it.
//! `deny.toml` says the same to cargo-deny, which not everyone has; this check everyone runs.
//!
//! Absent: licences, advisories and sources, which are cargo-deny's.

use super::finding::Finding;
use super::tree::{Tree, numbered};

const REFUSED: &[&str] = &["native-tls", "openssl-sys"];

/// Looks for the refused packages in the lock.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    numbered(tree.text("Cargo.lock").unwrap_or_default())
        .filter_map(|(number, line)| Some((number, refused(line)?)))
        .map(|(number, name)| {
            Finding::at(
                "Cargo.lock",
                number,
                format!("`{name}` came in"),
                format!("`cargo tree --invert {name}` shows who brings it; choose that one's rustls feature"),
            )
        })
        .collect()
}

fn refused(line: &str) -> Option<&'static str> {
    let name = line.strip_prefix("name = \"")?.strip_suffix('"')?;
    REFUSED.iter().copied().find(|refused| *refused == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_package_is_found_where_it_is_locked() {
        let lock = "[[package]]\nname = \"openssl-sys\"\n\n[[package]]\nname = \"openssl-probe\"\ndependencies = [\n \"openssl-sys\",\n]";
        let findings = check(&Tree::of(&[("Cargo.lock", lock)]));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "Cargo.lock:2");
    }
}
