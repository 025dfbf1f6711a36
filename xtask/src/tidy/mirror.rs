//! Shows the ten longest files and the ten longest functions, and refuses none.
//!
//! Length is a hint that two ideas share a place; whether they do is seen by reading.
//!
//! Absent: a limit, see [`super`]; and tests' functions apart from others, since they are read too.

use std::fmt::Write;

use super::rust_text::{code_only, functions};
use super::tree::Tree;

const SHOWN: usize = 10;

/// The two lists, as text.
pub(crate) fn mirror(tree: &Tree) -> String {
    let mut text = String::from("the longest files (lines)\n");
    write_longest(&mut text, files(tree));
    text.push_str("the longest functions (lines)\n");
    write_longest(&mut text, all_functions(tree));
    text.truncate(text.trim_end().len());
    text
}

/// Lines, and what has them.
type Measured = Vec<(usize, String)>;

fn files(tree: &Tree) -> Measured {
    tree.rust_files()
        .map(|(path, text)| (text.lines().count(), path.to_owned()))
        .collect()
}

fn all_functions(tree: &Tree) -> Measured {
    tree.rust_files()
        .flat_map(|(path, text)| {
            functions(&code_only(text))
                .into_iter()
                .map(move |f| (f.lines, format!("{path}:{} {}", f.line, f.name)))
        })
        .collect()
}

fn write_longest(text: &mut String, mut measured: Measured) {
    measured.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
    for (lines, what) in measured.iter().take(SHOWN) {
        writeln!(text, "{lines:6}  {what}").expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_come_first_and_no_more_than_ten() {
        let short: Vec<(String, String)> = (0..20)
            .map(|n| (format!("s{n:02}.rs"), "fn a() {}\n".to_owned()))
            .collect();
        let mut files: Vec<(&str, &str)> = short
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        files.push(("z.rs", "\nfn long() {\n\n}\n"));
        files.push(("not-rust.md", "\n\n\n\n\n\n\n"));
        let text = mirror(&Tree::of(&files));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1].trim(), "4  z.rs");
        assert_eq!(lines[12].trim(), "3  z.rs:2 long");
        assert_eq!(lines.len(), 22);
    }
}
