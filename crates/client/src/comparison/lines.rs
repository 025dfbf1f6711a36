//! The lines that differ between two trees.
//!
//! Text comes from archives of strangers and is shown on a terminal: what would move
//! its cursor is written visibly.
//!
//! Absent: files that are no text, of which only the name is told.

use super::Comparison;
use crossdock_archive::Tree;
use similar::TextDiff;
use std::time::Duration;

/// How long one file's lines are matched; what is found by then is shown, which is
/// right and longer than it had to be.
const MATCHING_LIMIT: Duration = Duration::from_secs(2);

/// Lines shown around a change, as `diff -u` does.
const CONTEXT_LINES: usize = 3;

/// Writes a unified diff of all files that are added, removed or differ.
pub fn lines(comparison: &Comparison, old: &Tree, new: &Tree) -> String {
    let lists = [
        &comparison.added,
        &comparison.removed,
        &comparison.changed,
        &comparison.only_written_otherwise,
    ];
    let mut paths: Vec<_> = lists.into_iter().flatten().collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| of_file(path, old, new))
        .collect()
}

fn of_file(path: &str, old: &Tree, new: &Tree) -> String {
    let bytes = |tree: &Tree| {
        tree.get(path)
            .map_or_else(Vec::new, |file| file.bytes.clone())
    };
    let name = |side: &str, tree: &Tree| match tree.contains_key(path) {
        true => format!("{side}/{}", visible(path)),
        false => "/dev/null".to_owned(),
    };
    let executable = |tree: &Tree| tree.get(path).is_some_and(|file| file.executable);
    let (before, after) = (bytes(old), bytes(new));
    let (ours, theirs) = (name("a", old), name("b", new));
    if before == after && old.contains_key(path) && new.contains_key(path) {
        let bit = |is| if is { "executable" } else { "not executable" };
        let (was, is) = (bit(executable(old)), bit(executable(new)));
        return format!("--- {ours}\n+++ {theirs}\n({was} -> {is})\n");
    }
    match (text(&before), text(&after)) {
        (Some(before), Some(after)) => TextDiff::configure()
            .timeout(MATCHING_LIMIT)
            .diff_lines(&before, &after)
            .unified_diff()
            .context_radius(CONTEXT_LINES)
            .header(&ours, &theirs)
            .to_string(),
        _ => format!(
            "--- {ours}\n+++ {theirs}\n(no text: {} -> {} bytes)\n",
            before.len(),
            after.len()
        ),
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then(|| visible(text))
}

/// Writes visibly what a terminal would obey, a lone carriage return among it.
pub fn visible(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match c {
            '\n' | '\t' => true,
            '\r' => rest.peek() == Some(&'\n'),
            c => !c.is_control(),
        };
        match plain {
            true => written.push(c),
            false => written.extend(c.escape_default()),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(visible("a\tb\r\nc\n"), "a\tb\r\nc\n");
        assert_eq!(visible("a\u{1b}[2J\rb"), "a\\u{1b}[2J\\rb");
    }
}
