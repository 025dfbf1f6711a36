//! No file names a folder of one machine.
//!
//! Such a path works for its author and for nobody else, and tells strangers about the author.
//!
//! Absent: system folders that are the same everywhere (`/etc`, `/srv`, `/proc`).

use super::finding::Finding;
use super::tree::{Tree, numbered};

/// The first parts of paths that differ from machine to machine.
///
/// Bare words, so that this file does not contain what it looks for.
const ROOTS: &[&str] = &["home", "root", "tmp", "Users", "work"];

/// Looks for absolute paths below those roots in every file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (number, line) in numbered(text) {
            if let Some(root) = ROOTS.iter().find(|root| names_a_path_below(line, root)) {
                findings.push(Finding::at(
                    path,
                    number,
                    format!("names a folder of one machine (below `/{root}`)"),
                    "write it relative to the repository; tests take a folder from `tempfile`",
                ));
            }
        }
    }
    findings
}

/// Whether a path below `root` stands in the line by itself, not as part of a longer one.
fn names_a_path_below(line: &str, root: &str) -> bool {
    let start = format!("/{root}/");
    line.match_indices(&start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + start.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || "/._-~}>)*".contains(c))
            && after.is_some_and(|c| c.is_alphanumeric() || "._-".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_its_own_is_found() {
        for root in ROOTS {
            for line in [format!("/{root}/main"), format!("read(\"/{root}/.cargo\")")] {
                let findings = check(&Tree::of(&[("a.sh", &line)]));
                assert_eq!(findings.len(), 1, "{line}");
                assert_eq!(findings[0].place, "a.sh:1");
            }
        }
    }

    #[test]
    fn part_of_a_longer_path_or_address_is_fine() {
        for root in ROOTS {
            for line in [
                format!("https://a.example/{root}/x"),
                format!("crates/{root}/src"),
                format!("{{dir}}/{root}/x"),
                format!("/{root}"),
                format!("/{root}/ is a folder"),
            ] {
                assert_eq!(check(&Tree::of(&[("a.md", &line)])), [], "{line}");
            }
        }
    }
}
