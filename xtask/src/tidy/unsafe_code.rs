//! `unsafe` stands in the files that are named here, and nowhere else.
//!
//! The workspace's lint only denies it, since a file that speaks to C has to be able to expect
//! it; this check keeps a second such file from slipping in beside it.
//!
//! Absent: whether what is written there is sound, which its reviewer says.

use super::finding::Finding;
use super::rust_text::{code_only, has_word};
use super::tree::{Tree, numbered};

/// Stock zlib with a choice that no safe wrapper gives: docs/decisions/0127.
const KNOWN: &[&str] = &["crates/compact/src/encoder/stock.rs"];

/// Looks at the code of all files, without comments.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.rust_files().filter(|(path, _)| !KNOWN.contains(path));
    files
        .flat_map(|(path, text)| {
            let code = code_only(text);
            let lines = numbered(&code).filter(|(_, line)| has_word(line, "unsafe"));
            let found = lines.map(|(number, _)| {
                Finding::at(
                    path,
                    number,
                    "`unsafe`",
                    "find a safe library; if there is none, a decision record names the file here",
                )
            });
            found.collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_in_code_and_not_in_comments() {
        let told = "//! Nothing unsafe.\nfn f() {\n    unsafe { g() }\n}\n";
        let findings = check(&Tree::of(&[("crates/core/src/name.rs", told)]));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "crates/core/src/name.rs:3");
    }

    #[test]
    fn the_known_file_may_have_it() {
        let findings = check(&Tree::of(&[(KNOWN[0], "unsafe fn f() {}")]));
        assert_eq!(findings, []);
    }
}
