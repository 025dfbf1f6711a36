//! The difference between two texts, as people read it.
//!
//! Absent: files.

use similar::TextDiff;

/// Lines shown around a change, as `diff -u` does.
const CONTEXT_LINES: usize = 3;

/// Shows how `new` differs from `old`, both known as `name`; empty if they do not.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(name, name)
        .to_string()
}
