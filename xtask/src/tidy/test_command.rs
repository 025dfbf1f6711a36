//! There is one test command: the README names it and `.ci/run` runs it.
//!
//! If the two differ, a change passes for its author and fails for everyone else.
//!
//! Absent: what the command does, which is `steps`.

use super::finding::Finding;
use super::tree::{Tree, numbered};

const COMMAND: &str = "cargo xtask test";

/// Looks for the command in both.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    ["README.md", ".ci/run"]
        .into_iter()
        .filter(|path| {
            let text = tree.text(path).unwrap_or_default();
            !numbered(text).any(|(_, line)| line.trim() == COMMAND)
        })
        .map(|path| {
            Finding::in_file(
                path,
                format!("has no line `{COMMAND}`"),
                "write the command there on a line of its own",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_name_it_on_a_line_of_its_own() {
        let run = (".ci/run", "#!/usr/bin/env bash\ncargo xtask test\n");
        let readme = "# It\n```\ncargo xtask test\n```";
        assert_eq!(check(&Tree::of(&[run, ("README.md", readme)])), []);
        let findings = check(&Tree::of(&[run, ("README.md", "`cargo test`")]));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "README.md");
    }
}
