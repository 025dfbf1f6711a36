//! A crate shows another crate's items at its front door, `lib.rs`, or nowhere.
//!
//! With one door a reader who follows a name arrives in one step; with several, an item has
//! several paths and nobody knows which is meant.
//!
//! Absent: re-exports within one crate, which are its own affair.

use super::finding::Finding;
use super::packages::packages;
use super::rust_text::{code_only, has_word};
use super::tree::{Tree, numbered};

/// Looks for `pub use` of a workspace crate outside of `lib.rs`.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let crates: Vec<String> = packages(tree)
        .iter()
        .map(|package| package.cargo_name.replace('-', "_"))
        .collect();
    tree.rust_files()
        .filter(|(path, _)| !path.ends_with("src/lib.rs"))
        .flat_map(|(path, text)| {
            shown(&code_only(text), &crates)
                .into_iter()
                .map(move |(line, krate)| {
                    Finding::at(
                        path,
                        line,
                        format!("shows items of `{krate}` as its own"),
                        "let the users name them where they live, or show them in `lib.rs`",
                    )
                })
        })
        .collect()
}

fn shown(code: &str, crates: &[String]) -> Vec<(usize, String)> {
    numbered(code)
        .filter_map(|(number, line)| {
            let used = after_pub_use(line.trim_start())?;
            let krate = crates
                .iter()
                .find(|krate| has_word(first_segment(used), krate))?;
            Some((number, krate.clone()))
        })
        .collect()
}

/// What stands after `pub use` or `pub(…) use`.
fn after_pub_use(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(inside) => inside.split_once(')')?.1,
        None => rest,
    };
    rest.trim_start().strip_prefix("use ")
}

fn first_segment(path: &str) -> &str {
    let path = path.trim_start().trim_start_matches("::");
    path.split(':').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> usize {
        let tree = Tree::of(&[
            ("crates/core/Cargo.toml", "[package]\nname = \"acme-core\""),
            (path, text),
        ]);
        check(&tree).len()
    }

    #[test]
    fn only_the_front_door_shows_other_crates() {
        for text in [
            "pub use acme_core::Name;",
            "    pub(crate) use ::acme_core as core;",
            "pub use acme_core;",
        ] {
            assert_eq!(lines("crates/wire/src/row.rs", text), 1, "{text}");
            assert_eq!(lines("crates/wire/src/lib.rs", text), 0, "{text}");
        }
    }

    #[test]
    fn plain_use_and_ones_own_items_are_fine() {
        for text in [
            "use acme_core::Name;",
            "pub use crate::acme_core_like::Name;",
            "pub use name::Name;",
            "// pub use acme_core::Name;",
            "pub use acme_core_extra::Name;",
        ] {
            assert_eq!(lines("crates/wire/src/row.rs", text), 0, "{text}");
        }
    }
}
