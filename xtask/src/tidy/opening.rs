//! Every Rust file begins with `//!`: what lives here, why apart, what is absent.
//!
//! Whoever cannot write these lines has not found the file's reason yet.
//!
//! Absent: judging the lines; that is a reader's part.

use super::finding::Finding;
use super::tree::Tree;

/// Looks at the first line of every Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust_files()
        .filter(|(_, text)| !opens(text))
        .map(|(path, _)| {
            Finding::at(
                path,
                1,
                "does not begin with `//!`",
                "say in its first lines what lives here, why apart, and what is deliberately absent",
            )
        })
        .collect()
}

fn opens(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("//!")
        .is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_has_words() {
        assert!(opens("//! Names.\n"));
        for text in [
            "",
            "//!\n//! Names.",
            "// Names.",
            "\n//! Names.",
            "use std::fmt;",
        ] {
            assert!(!opens(text), "{text}");
        }
    }

    #[test]
    fn only_rust_files_are_asked() {
        let tree = Tree::of(&[("a.md", "text"), ("b/c.rs", "fn main() {}")]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "b/c.rs:1");
    }
}
