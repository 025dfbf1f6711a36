//! Every path and link in our documents leads somewhere.
//!
//! A dead signpost costs a newcomer more than none.
//! In ARCHITECTURE.md every inline code that looks like a path is one; elsewhere only what begins
//! with a folder of ours, since a README also names the reader's own files.
//!
//! Absent: CHANGELOG.md and the decisions themselves, which tell of what was;
//! links to other hosts; anchors.

use super::finding::Finding;
use super::tree::{Tree, numbered};

const CURE: &str =
    "name what is there today; in prose about other things, leave the back-ticks out";

/// Follows the paths and links of every document.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (document, text) in tree.files().filter(|(path, _)| is_about_today(path)) {
        for (number, line) in prose(text) {
            for path in dead_paths(tree, document, line) {
                let says = format!("`{path}` does not exist in this repository");
                findings.push(Finding::at(document, number, says, CURE));
            }
            for link in dead_links(tree, document, line) {
                let says = format!("the link to {link} leads nowhere");
                findings.push(Finding::at(document, number, says, CURE));
            }
        }
    }
    findings
}

fn is_about_today(path: &str) -> bool {
    let decision = path.starts_with("docs/decisions/") && path != "docs/decisions/README.md";
    let top_or_docs = !path.contains('/') || path.starts_with("docs/");
    path.ends_with(".md") && top_or_docs && path != "CHANGELOG.md" && !decision
}

/// The lines outside of fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    numbered(text).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

fn dead_paths<'a>(
    tree: &'a Tree,
    document: &'a str,
    line: &'a str,
) -> impl Iterator<Item = &'a str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| looks_like_a_path(code))
        .filter(move |path| {
            document == "ARCHITECTURE.md" || begins_with_a_folder_of_ours(tree, path)
        })
        .filter(|path| !leads_somewhere(tree, path))
}

fn looks_like_a_path(code: &str) -> bool {
    let plain = code
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let ending = [".rs", ".md", ".toml", "/"]
        .iter()
        .any(|end| code.ends_with(end));
    plain && ending && code.contains('/') && !code.starts_with('/')
}

fn begins_with_a_folder_of_ours(tree: &Tree, path: &str) -> bool {
    path.split('/').next().is_some_and(|first| {
        // `core/name.rs` is a habit of ours for `crates/core/src/name.rs`.
        tree.holds(&format!("{first}/")) || tree.holds(&format!("crates/{first}/"))
    })
}

/// As written, or as people shorten it: without `crates/`, without `src/`.
fn leads_somewhere(tree: &Tree, path: &str) -> bool {
    let within_src = path
        .split_once('/')
        .map(|(krate, rest)| format!("{krate}/src/{rest}"));
    [Some(path.to_owned()), within_src]
        .into_iter()
        .flatten()
        .any(|path| tree.holds(&path) || tree.holds(&format!("crates/{path}")))
}

fn dead_links<'a>(
    tree: &'a Tree,
    document: &'a str,
    line: &'a str,
) -> impl Iterator<Item = &'a str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.contains("://") && !target.starts_with(['#', '/']))
        .filter(|target| !target.starts_with("mailto:"))
        .filter(move |target| {
            let file = target.split('#').next().unwrap_or(target);
            !tree.holds(&beside(document, file))
        })
}

/// A link's target as a path from the repository's top.
fn beside(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(document: &str, text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("crates/core/src/name.rs", ""),
            ("docs/operating.md", ""),
            ("docs/decisions/README.md", ""),
            (".cargo/config.toml", ""),
            (document, text),
        ]);
        check(&tree).into_iter().map(|found| found.place).collect()
    }

    #[test]
    fn living_signposts_are_silent() {
        let text = "`crates/core/src/name.rs` `core/name.rs` `core/src/name.rs` `docs/` `crates/core/`\n\
                    [how](docs/operating.md#backup) [why](./docs/decisions/README.md) [there](https://a.example/b.md)\n\
                    `/main/index/` `{v}/from/` `name.rs` `a b/c.rs`\n\
                    ```text\n`gone/away.rs`\n```";
        assert!(places("ARCHITECTURE.md", text).is_empty());
    }

    #[test]
    fn dead_ones_are_told_with_their_line() {
        let text = "fine\nsee `crates/core/src/gone.rs`\nand [here](docs/gone.md)";
        assert_eq!(
            places("ARCHITECTURE.md", text),
            ["ARCHITECTURE.md:2", "ARCHITECTURE.md:3"]
        );
    }

    #[test]
    fn a_readers_own_files_are_no_signposts_outside_of_the_map() {
        let text = "`app/Cargo.toml` `docs/gone.md` `core/gone.rs`";
        assert_eq!(places("README.md", text), ["README.md:1", "README.md:1"]);
        assert_eq!(places("ARCHITECTURE.md", "`app/Cargo.toml`").len(), 1);
    }

    #[test]
    fn links_start_from_their_document() {
        assert!(
            places(
                "docs/more.md",
                "[o](operating.md) [d](decisions/) [n](../crates/core/)"
            )
            .is_empty()
        );
        assert_eq!(places("docs/more.md", "[o](docs/operating.md)").len(), 1);
    }

    #[test]
    fn what_tells_of_the_past_may_name_what_is_gone() {
        assert!(places("CHANGELOG.md", "`core/gone.rs`").is_empty());
        assert!(places("docs/decisions/0001-x.md", "`core/gone.rs`").is_empty());
    }
}
