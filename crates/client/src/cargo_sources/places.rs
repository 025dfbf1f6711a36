//! Where in which file a key stands, so that somebody can be pointed at it.
//!
//! Absent: which of several files holds, which is the merging's affair.

use std::path::PathBuf;
use toml_edit::{Document, Item};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl File {
    pub(super) fn place(&self, keys: &[&str]) -> Option<Place> {
        Some(Place {
            file: self.path.clone(),
            line: line_of(&self.text, keys)?,
        })
    }
}

/// Finds the line of a key in a TOML text: that of the last word of `keys`.
pub fn line_of(text: &str, keys: &[&str]) -> Option<usize> {
    let document = Document::parse(text).ok()?;
    let (last, tables) = keys.split_last()?;
    let mut item: &Item = document.as_item();
    for table in tables {
        item = item.get(table)?;
    }
    let (key, value) = item.as_table_like()?.get_key_value(last)?;
    let span = key.span().or_else(|| value.span())?;
    Some(text.get(..span.start)?.matches('\n').count() + 1)
}
