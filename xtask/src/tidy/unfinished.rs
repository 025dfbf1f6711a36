//! Nothing is left for later in the code: no placeholders, no skipped tests, no notes to self.
//!
//! What is not done belongs into an issue, where somebody looks; a hole that stays is described
//! where it is, in words.
//!
//! Absent: other languages than Rust, and documents.

use super::finding::Finding;
use super::rust_text::has_word;
use super::tree::{Tree, numbered};

/// Looks for the marks of unfinished work in every Rust file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let marks = marks();
    let mut findings = Vec::new();
    for (path, text) in tree.rust_files() {
        for (number, line) in numbered(text) {
            for mark in marks.iter().filter(|mark| stands_in(line, mark)) {
                findings.push(Finding::at(
                    path,
                    number,
                    format!("`{mark}` marks unfinished work"),
                    "finish it or take it out; what stays open goes into an issue",
                ));
            }
        }
    }
    findings
}

/// Put together from pieces, so that this file does not contain what it looks for.
fn marks() -> Vec<String> {
    let macros = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let skipped = [["#[", "ignore"].concat()];
    let notes = [["TO", "DO"], ["FIX", "ME"]].map(|halves| halves.concat());
    [&macros[..], &skipped[..], &notes[..]].concat()
}

fn stands_in(line: &str, mark: &str) -> bool {
    if mark.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        has_word(line, mark)
    } else {
        line.contains(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_found_where_it_stands() {
        for mark in marks() {
            let text = format!("//! Words.\n    {mark} now)\n");
            let findings = check(&Tree::of(&[("a.rs", &text)]));
            assert_eq!(findings.len(), 1, "{mark}");
            assert_eq!(findings[0].place, "a.rs:2");
        }
    }

    #[test]
    fn words_that_only_look_alike_are_fine() {
        let text = "//! A mastodon's todo list is debugged; #[expect(dead_code)]\n";
        assert_eq!(check(&Tree::of(&[("a.rs", text)])), []);
    }
}
