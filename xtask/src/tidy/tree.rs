//! The tracked files of the repository, read once.
//!
//! Apart so that the checks are functions of values and see the same files in a clean clone
//! as in a work tree full of scratch files: what git tracks, nothing else.
//!
//! Absent: bytes that are no text. They are read with replacement characters, since every check
//! looks for words.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Tracked paths, from the repository's top and with `/`, and what stands in them.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git tracks below `root`.
    ///
    /// A file that is tracked but deleted in the work tree is left out; a link is its target's name.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        for path in tracked(root)? {
            if let Some(text) = text(&root.join(&path))? {
                files.insert(path, text);
            }
        }
        Ok(Self { files })
    }

    /// A tree for tests: paths with their texts.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        Self { files }
    }

    /// Every file, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every Rust source, by path.
    pub(crate) fn rust_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// The text of one file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a tracked file, or a folder with tracked files in it, has this path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.files.contains_key(path)
            || self
                .files
                .range(folder.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&folder))
    }
}

/// The lines of a text with their numbers, counted from 1.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(before, line)| (before + 1, line))
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root)
        .output()
        .context("could not start git, which names the tracked files")?;
    if !output.status.success() {
        bail!(
            "git could not list the tracked files: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let names = String::from_utf8(output.stdout).context("a tracked path is not UTF-8")?;
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

fn text(path: &Path) -> Result<Option<String>> {
    let read = || -> std::io::Result<Option<Vec<u8>>> {
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_symlink() {
            let target = std::fs::read_link(path)?;
            Ok(Some(target.to_string_lossy().into_owned().into_bytes()))
        } else if kind.is_dir() {
            Ok(None)
        } else {
            std::fs::read(path).map(Some)
        }
    };
    match read() {
        Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_its_files() {
        let tree = Tree::of(&[("a-b", ""), ("a/b.rs", ""), ("a.md", "")]);
        for path in ["a", "a/", "a/b.rs", "a.md"] {
            assert!(tree.holds(path), "{path}");
        }
        for path in ["a/b", "b", "a.m"] {
            assert!(!tree.holds(path), "{path}");
        }
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!(numbered("x\ny").last(), Some((2, "y")));
    }
}
