//! `cargo xtask tidy`: what the house asks of its files, each rule a check of its own.
//!
//! A rule a machine can hold is not left to reviewers.
//! Every check is a function from the tracked files to findings, so that it is tested on a tree
//! written in three lines; what each one asks, and why, stands at the top of its file.
//!
//! Absent: limits on the length of files and functions. The longest are shown, as in a mirror;
//! a limit would be met by cutting in the wrong place.

mod build_rules;
mod decisions;
mod edges;
mod file_names;
mod finding;
mod front_door;
mod locked_crates;
mod machine_paths;
mod map;
mod mirror;
mod opening;
mod packages;
mod purity;
mod registry_hosts;
mod rust_text;
mod signposts;
mod test_command;
mod tree;
mod unfinished;
mod unsafe_code;

use std::path::Path;

use anyhow::{Result, bail};

use crate::say;
use finding::Finding;
use tree::Tree;

/// A rule's name, as it is printed before its findings, and its check.
type Check = (&'static str, fn(&Tree) -> Vec<Finding>);

const CHECKS: &[Check] = &[
    ("edges", edges::check),
    ("build-rules", build_rules::check),
    ("map", map::check),
    ("signposts", signposts::check),
    ("decisions", decisions::check),
    ("test-command", test_command::check),
    ("opening", opening::check),
    ("file-names", file_names::check),
    ("front-door", front_door::check),
    ("purity", purity::check),
    ("unfinished", unfinished::check),
    ("registry-hosts", registry_hosts::check),
    ("machine-paths", machine_paths::check),
    ("locked-crates", locked_crates::check),
    ("unsafe-code", unsafe_code::check),
];

/// Prints the mirror and every finding of every check; fails if there is a finding.
pub(crate) fn tidy(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    say::line(&mirror::mirror(&tree));
    let findings = findings(&tree);
    for (rule, finding) in &findings {
        say::line(&format!("{}: [{rule}] {}", finding.place, finding.says));
        say::line(&format!("    to do: {}", finding.cure));
    }
    match findings.len() {
        0 => {
            say::line(&format!("tidy: {} checks found nothing", CHECKS.len()));
            Ok(())
        }
        1 => bail!("tidy found one thing"),
        many => bail!("tidy found {many} things"),
    }
}

fn findings(tree: &Tree) -> Vec<(&'static str, Finding)> {
    CHECKS
        .iter()
        .flat_map(|(rule, check)| check(tree).into_iter().map(|finding| (*rule, finding)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_own_name() {
        let names: std::collections::BTreeSet<_> = CHECKS.iter().map(|check| check.0).collect();
        assert_eq!(names.len(), CHECKS.len());
    }

    #[test]
    fn an_empty_repository_lacks_its_map() {
        let rules: Vec<_> = findings(&Tree::of(&[]))
            .iter()
            .map(|found| found.0)
            .collect();
        assert!(rules.contains(&"edges"), "{rules:?}");
    }
}
