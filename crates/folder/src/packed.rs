//! What comes out of a folder: releases, and what is not one and why.
//!
//! Absent: how they are made.

use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::manifest::Manifest;
use std::fmt;
use std::path::{Path, PathBuf};

/// One release made ready from a folder.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// The `.crate`.
    pub bytes: Bytes,
    /// SHA-256 of `bytes`.
    pub checksum: Checksum,
    /// What the manifest in the archive says.
    pub manifest: Manifest,
    /// The registries that the manifest's `publish` permits (Cargo Book, "The
    /// `publish` field"): none if it says nothing, an empty list for `false`.
    /// It is reading matter for who publishes; nothing here goes by it.
    pub publish: Option<Vec<String>>,
    /// The packages that it is built with by path and by a bare version; none is known
    /// of a `.crate` file. Packing leaves no trace of the path.
    pub beside: Vec<Beside>,
    /// The `.crate` file, or the package's Cargo.toml.
    pub origin: PathBuf,
}

/// A package of the same workspace that another one is built with: by path there, and
/// by its bare name wherever the other is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// The registries that its manifest permits, as in [`Packed::publish`].
    pub publish: Option<Vec<String>>,
    /// Its Cargo.toml.
    pub manifest_path: PathBuf,
}

/// Something in the folder that is not served, and why; none is fatal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}: {rule}", path.display())]
pub struct Problem {
    /// The `.crate` file, the package's Cargo.toml, or the folder.
    pub path: PathBuf,
    /// Which rule it breaks and what to do, in at most about 2,000 characters
    /// without control characters but line feeds.
    pub rule: String,
}

/// What is in a folder, each list sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Releases. Two of them may be of one name and version: which of those counts
    /// is not this crate's to say.
    pub crates: Vec<Packed>,
    /// What is no release.
    pub problems: Vec<Problem>,
}

/// Most characters of a problem's rule: cargo's longest chain of causes in practice
/// is a third of it, and thousands of them still fit into a log.
const RULE_CHARS_MAX: usize = 2_000;

impl Problem {
    /// Says what is wrong with a path. The text may be anybody's: it is cut, and
    /// what would move a terminal's cursor is left out.
    pub(crate) fn new(path: &Path, rule: impl fmt::Display) -> Self {
        let rule = rule.to_string();
        let safe = |char: &char| !char.is_control() || *char == '\n';
        Self {
            path: path.to_owned(),
            rule: rule.chars().filter(safe).take(RULE_CHARS_MAX).collect(),
        }
    }
}
