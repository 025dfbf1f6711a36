//! Every package, and every top file of each crate, is on the map: ARCHITECTURE.md.
//!
//! A newcomer finds a room by the map or not at all, and a file nobody could place there
//! has no place.
//! A file counts as mapped when its path stands anywhere in the map (`core/src/name.rs`,
//! `core/name.rs`), or its bare name in a section headed by its crate or on a line that names it.
//!
//! Absent: `lib.rs` and `main.rs`, which are the crate itself; and the way back, from the map
//! to the files, which is `signposts`.

use super::finding::Finding;
use super::packages::{Package, packages};
use super::rust_text::has_word;
use super::tree::Tree;

const MAP: &str = "ARCHITECTURE.md";

/// Looks for every package and top file in the map.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let map = tree.text(MAP).unwrap_or_default();
    let mut findings = Vec::new();
    for package in packages(tree) {
        if !has_word(map, &package.folder) {
            findings.push(Finding::in_file(
                &package.manifest_path(),
                format!("`{}` does not occur in {MAP}", package.folder),
                "say there what it is for and what it must not know",
            ));
        }
        if package.folder.starts_with("crates/") {
            findings.extend(unmapped(tree, map, &package));
        }
    }
    findings
}

fn unmapped(tree: &Tree, map: &str, package: &Package) -> Vec<Finding> {
    let about = about(map, package);
    top_files(tree, package)
        .filter(|file| {
            let paths = [
                format!("{}/src/{file}", package.name),
                format!("{}/{file}", package.name),
            ];
            !paths.iter().any(|path| has_word(map, path)) && !has_word(&about, file)
        })
        .map(|file| {
            Finding::in_file(
                &format!("{}/src/{file}", package.folder),
                format!("does not occur in {MAP}"),
                format!(
                    "name `{file}` in the part about `{}`, with what it holds",
                    package.folder
                ),
            )
        })
        .collect()
}

/// The `.rs` files directly in `src`, and the front doors of folders there.
fn top_files<'a>(tree: &'a Tree, package: &Package) -> impl Iterator<Item = &'a str> {
    let src = format!("{}/src/", package.folder);
    tree.rust_files()
        .filter_map(move |(path, _)| path.strip_prefix(src.as_str()))
        .filter(|file| !matches!(*file, "lib.rs" | "main.rs"))
        .filter(|file| !file.contains('/') || folder_front_door(file))
}

fn folder_front_door(file: &str) -> bool {
    file.strip_suffix("/mod.rs")
        .is_some_and(|folder| !folder.contains('/'))
}

/// What the map says about one package: the sections headed by it, and single lines that name it.
fn about(map: &str, package: &Package) -> String {
    let mut about = String::new();
    let mut inside_of = None;
    let mut fenced = false;
    for line in map.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if level > 0 && !fenced {
            if has_word(line, &package.name) || has_word(line, &package.cargo_name) {
                inside_of = inside_of.or(Some(level));
            } else if inside_of.is_some_and(|section| level <= section) {
                inside_of = None;
            }
        }
        let named =
            has_word(line, &package.folder) || has_word(line, &format!("{}/", package.name));
        if inside_of.is_some() || named {
            about.push_str(line);
            about.push('\n');
        }
    }
    about
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(map: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("ARCHITECTURE.md", map),
            ("crates/core/Cargo.toml", "[package]\nname = \"acme-core\""),
            ("crates/core/src/lib.rs", ""),
            ("crates/core/src/name.rs", ""),
            ("crates/core/src/deeper/part.rs", ""),
        ]);
        check(&tree).into_iter().map(|found| found.place).collect()
    }

    #[test]
    fn a_path_anywhere_or_a_name_in_its_section_is_enough() {
        assert!(places("`crates/core/src/name.rs` holds names").is_empty());
        assert!(places("`crates/core`\n\nsee `core/name.rs`").is_empty());
        assert!(places("## `crates/core`: words\n### Files\n- `name.rs`: names\n").is_empty());
        assert!(places("crates/core\n## The `acme-core` crate\n`name.rs`").is_empty());
        assert!(places("crates/core\n```text\ncrates/\n  core/  name.rs\n```").is_empty());
    }

    #[test]
    fn a_name_in_another_section_is_not() {
        let map = "## crates/core\nwords\n## crates/wire\n- `name.rs`";
        assert_eq!(places(map), ["crates/core/src/name.rs"]);
        let map = "## crates/core\n- `surname.rs`\n- `name.rs.txt`";
        assert_eq!(places(map), ["crates/core/src/name.rs"]);
    }

    #[test]
    fn an_unmapped_package_is_told() {
        assert_eq!(
            places(""),
            ["crates/core/Cargo.toml", "crates/core/src/name.rs"]
        );
    }
}
