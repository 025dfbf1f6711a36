//! `core`, `wire`, `archive` and `compact` decide and translate; they never wait, read or look at a clock.
//!
//! That is what makes their tests fast, their answers repeatable, and a view recomputable
//! from recorded facts years later.
//!
//! Absent: their tests, which may read files; and clocks that arrive as arguments, which is how
//! these crates learn the time.

use super::finding::Finding;
use super::rust_text::{code_only, has_word, without_tests};
use super::tree::{Tree, numbered};

const PURE: &[&str] = &[
    "crates/core/src/",
    "crates/wire/src/",
    "crates/archive/src/",
    "crates/compact/src/",
];

/// Modules of `std` that reach outside of the values a function was given.
const OUTSIDE: &[&str] = &["env", "fs", "net", "process", "thread", "time"];

/// Looks at the code of the pure crates, without comments and tests.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let pure_files = tree
        .rust_files()
        .filter(|(path, _)| PURE.iter().any(|folder| path.starts_with(folder)))
        .filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"));
    pure_files
        .flat_map(|(path, text)| {
            impurities(&without_tests(&code_only(text)))
                .into_iter()
                .map(move |(line, what)| {
                    Finding::at(
                        path,
                        line,
                        format!("`{what}` in a crate that is pure"),
                        "take the value as an argument, and do the work in `registry` or an adapter",
                    )
                })
        })
        .collect()
}

fn impurities(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_std_group = false;
    for (number, line) in numbered(code) {
        for word in ["async", "tokio"] {
            if has_word(line, word) {
                found.push((number, word.to_owned()));
            }
        }
        if line.contains("::now(") {
            found.push((number, "now()".to_owned()));
        }
        in_std_group |= line.contains("use std::{");
        for module in OUTSIDE {
            let path = format!("std::{module}");
            if has_word(line, &path) || (in_std_group && begins_a_path(line, module)) {
                found.push((number, path));
            }
        }
        in_std_group &= !line.contains(';');
    }
    found
}

/// Whether `module` stands in a `use std::{…}` group as a path's first part.
fn begins_a_path(line: &str, module: &str) -> bool {
    line.split(['{', ',', '}'])
        .any(|part| part.trim().split("::").next() == Some(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.says)
            .collect()
    }

    #[test]
    fn reaching_outside_is_found() {
        for text in [
            "pub async fn ask() {}",
            "use tokio::sync::Mutex;",
            "let text = std::fs::read(path);",
            "use std::{fmt, env};",
            "use std::{\n    fmt,\n    time::Duration,\n};",
            "let now = Timestamp::now();",
        ] {
            assert_eq!(found("crates/core/src/name.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_in_comments_strings_tests_and_other_crates_are_fine() {
        for text in [
            "// no tokio, no std::fs here",
            "const HINT: &str = \"std::env\";",
            "use std::{fmt, collections::BTreeMap};\nlet time = 3;",
            "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n",
            "let environment = std::envelope;",
        ] {
            assert!(found("crates/wire/src/row.rs", text).is_empty(), "{text}");
        }
        assert!(found("crates/wire/tests/corpus.rs", "use std::fs;").is_empty());
        assert!(found("crates/store/src/files.rs", "use std::fs;").is_empty());
    }

    #[test]
    fn what_follows_the_tests_is_looked_at() {
        let text = "#[cfg(test)]\nmod tests { fn a() {} }\nuse std::fs;";
        assert_eq!(found("crates/archive/src/lib.rs", text).len(), 1);
    }
}
