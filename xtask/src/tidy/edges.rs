//! The crates are built on each other as ARCHITECTURE.md draws them, neither more nor less.
//!
//! The drawing is a fenced block marked `edges`, one crate per line: `registry -> core wire`.
//! An edge that is not drawn is a direction nobody decided; a drawn one that is gone misleads.
//!
//! Absent: cycles, which cargo refuses by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::packages::{self, Package};
use super::tree::{Tree, numbered};

const MAP: &str = "ARCHITECTURE.md";

/// Compares the drawing with the manifests, both ways.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(block) = tree.text(MAP).and_then(block) else {
        return vec![Finding::in_file(
            MAP,
            "has no fenced block ```edges",
            "draw the edges between the crates there, one line each: `registry -> core wire`",
        )];
    };
    let packages = packages::packages(tree);
    let (drawn, mut findings) = drawn(&block);
    findings.extend(packages::unreadable(tree));
    findings.extend(undrawn(&packages, &drawn));
    findings.extend(gone(&packages, &drawn));
    findings
}

/// From whom to whom, and the line that draws it.
type Drawn = BTreeMap<(String, String), usize>;

fn drawn(block: &[(usize, String)]) -> (Drawn, Vec<Finding>) {
    let mut drawn = Drawn::new();
    let mut findings = Vec::new();
    for (number, line) in block {
        let Some((from, to)) = line.split_once("->").or_else(|| line.split_once('→')) else {
            findings.push(Finding::at(
                MAP,
                *number,
                format!("`{line}` draws no edge"),
                "write it as `registry -> core wire`",
            ));
            continue;
        };
        for to in to.split([' ', ',']).filter(|name| !name.is_empty()) {
            drawn.insert((spoken(from), spoken(to)), *number);
        }
    }
    (drawn, findings)
}

/// The lines of the block with their numbers, without the empty ones.
fn block(text: &str) -> Option<Vec<(usize, String)>> {
    let mut lines = numbered(text).skip_while(|(_, line)| line.trim() != "```edges");
    lines.next()?;
    Some(
        lines
            .take_while(|(_, line)| !line.trim_start().starts_with("```"))
            .map(|(number, line)| (number, line.trim().to_owned()))
            .filter(|(_, line)| !line.is_empty())
            .collect(),
    )
}

/// A crate as people say it: `crossdock-core` and `crates/core` are `core`.
fn spoken(name: &str) -> String {
    let name = name.trim().trim_start_matches("crates/");
    name.strip_prefix("crossdock-").unwrap_or(name).to_owned()
}

fn undrawn(packages: &[Package], drawn: &Drawn) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        for (to, line) in &package.edges {
            if !drawn.contains_key(&(package.name.clone(), to.clone())) {
                findings.push(Finding::at(
                    &package.manifest_path(),
                    *line,
                    format!("`{} -> {to}` is not drawn in {MAP}", package.name),
                    "take the dependency out, or draw it and write the decision (docs/decisions/README.md)",
                ));
            }
        }
    }
    findings
}

fn gone(packages: &[Package], drawn: &Drawn) -> Vec<Finding> {
    let real: BTreeSet<(&str, &str)> = packages
        .iter()
        .flat_map(|package| {
            let to = package.edges.keys();
            to.map(|to| (package.name.as_str(), to.as_str()))
        })
        .collect();
    drawn
        .iter()
        .filter(|((from, to), _)| !real.contains(&(from, to)))
        .map(|((from, to), line)| {
            Finding::at(
                MAP,
                *line,
                format!("`{from} -> {to}` is drawn, but no manifest says so"),
                "take it out of the drawing",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(map: &str) -> Vec<Finding> {
        let wire =
            "[package]\nname = \"crossdock-wire\"\n[dependencies]\ncrossdock-core.workspace = true";
        check(&Tree::of(&[
            (
                "crates/core/Cargo.toml",
                "[package]\nname = \"crossdock-core\"",
            ),
            ("crates/wire/Cargo.toml", wire),
            ("ARCHITECTURE.md", map),
        ]))
    }

    #[test]
    fn a_true_drawing_is_silent() {
        assert_eq!(house("# Map\n```edges\nwire -> core\n```\n"), []);
        assert_eq!(
            house("```edges\ncrossdock-wire → crates/core\n\ncore ->\n```"),
            []
        );
    }

    #[test]
    fn an_undrawn_edge_points_at_the_manifest() {
        let findings = house("```edges\n```");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "crates/wire/Cargo.toml:4");
        assert!(findings[0].says.contains("`wire -> core`"));
    }

    #[test]
    fn a_drawn_edge_that_is_gone_points_at_the_drawing() {
        let findings = house("text\n```edges\nwire -> core\ncore -> wire\n```");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "ARCHITECTURE.md:4");
    }

    #[test]
    fn a_missing_block_and_a_senseless_line_are_told() {
        assert_eq!(house("# Map\n```text\nwire -> core\n```").len(), 1);
        let findings = house("```edges\nwire -> core\nwire core\n```");
        assert_eq!(findings[0].place, "ARCHITECTURE.md:3");
    }
}
