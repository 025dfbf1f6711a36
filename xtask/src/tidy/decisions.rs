//! Every decision is in the index, and the index names no other.
//!
//! A decision nobody finds is taken again, differently.
//! The index is `docs/decisions/README.md`.
//!
//! Absent: the form of a decision. The index says how to write one; a reviewer sees whether it was.

use super::finding::Finding;
use super::tree::{Tree, numbered};

const FOLDER: &str = "docs/decisions/";
const INDEX: &str = "docs/decisions/README.md";

/// Compares the folder with its index. Links of the index that lead nowhere are `signposts`' to find.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let index = tree.text(INDEX).unwrap_or_default();
    tree.files()
        .filter(|(path, _)| *path != INDEX)
        .filter_map(|(path, _)| Some((path, path.strip_prefix(FOLDER)?)))
        .filter(|(_, name)| name.ends_with(".md") && !listed(index, name))
        .map(|(path, name)| {
            Finding::in_file(
                path,
                format!("is not listed in {INDEX}"),
                format!("add the line `- [what was decided]({name})`"),
            )
        })
        .collect()
}

fn listed(index: &str, name: &str) -> bool {
    numbered(index).any(|(_, line)| line.contains(&format!("]({name})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_lists_a_decision() {
        let tree = Tree::of(&[
            (
                INDEX,
                "- [one owner](0001-one-owner.md)\nalso 0002-faces.md",
            ),
            ("docs/decisions/0001-one-owner.md", ""),
            ("docs/decisions/0002-faces.md", ""),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "docs/decisions/0002-faces.md");
    }
}
