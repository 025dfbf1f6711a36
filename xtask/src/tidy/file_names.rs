//! No file or module is named after nothing: no drawers for what has no place.
//!
//! A function that fits only there belongs to a noun nobody has named yet.
//!
//! Absent: files that are not Rust. Test data is named by what it imitates.

use super::finding::Finding;
use super::tree::Tree;

/// Each stands for its plural too; one is in two pieces, so that a search for it finds offenders only.
const NAMES_OF_NOTHING: &[&str] = &[
    "common",
    concat!("help", "er"),
    "manager",
    "misc",
    "type",
    "util",
];

/// Looks at every part of every Rust file's path.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust_files()
        .filter_map(|(path, _)| Some((path, name_of_nothing(path)?)))
        .map(|(path, name)| {
            Finding::in_file(
                path,
                format!("`{name}` says nothing about what is in it"),
                "name the noun it holds, and let what does not fit move out",
            )
        })
        .collect()
}

fn name_of_nothing(path: &str) -> Option<&str> {
    path.trim_end_matches(".rs").split('/').find(|part| {
        let name = part.to_ascii_lowercase();
        NAMES_OF_NOTHING.contains(&name.strip_suffix('s').unwrap_or(&name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawers_are_found_at_every_depth() {
        assert_eq!(name_of_nothing("crates/core/src/util.rs"), Some("util"));
        assert_eq!(name_of_nothing("tests/common/mod.rs"), Some("common"));
        assert_eq!(name_of_nothing("src/types.rs"), Some("types"));
        assert_eq!(name_of_nothing("src/misc.rs"), Some("misc"));
        assert_eq!(name_of_nothing("crates/core/src/utility_token.rs"), None);
    }

    #[test]
    fn test_data_may_be_called_anything() {
        assert_eq!(check(&Tree::of(&[("corpus/misc/types", "")])), []);
    }
}
