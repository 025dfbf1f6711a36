//! Canonical archives: the same tree gives the same bytes, on any machine.
//!
//! What cargo packs depends on its version, on the zlib it was built with and on the
//! order of a folder. Here everything that is not content is fixed: files sorted by
//! the bytes of their paths, no folders, modes 644 and 755, no owner, one time for
//! all, a gzip header without name or time, and the one pinned deflate at level 9.
//!
//! The time is cargo's own for archives (2006-07-24), so that build tools which
//! dislike the year 1970 have nothing to dislike.
//!
//! Absent: which files belong into an archive, and reading them.

use crate::limits::Limits;
use crate::members::Members;
use crate::path;
use crate::refusal::ArchiveError;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use tar::{Builder, EntryType, Header};

/// Seconds since 1970 that every member carries.
const TIME: u64 = 1_153_704_088;

/// The gzip header's "made on Unix" (RFC 1952, section 2.3.1), as cargo writes it.
const MADE_ON_UNIX: u8 = 3;

/// One file to be packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Files to be packed, by their path below the crate's folder.
pub type Tree = BTreeMap<String, PackedFile>;

/// A file cannot be packed under its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("file `{path}` cannot be packed: {rule}")]
pub struct PackError {
    /// The path below the crate's folder.
    pub path: String,
    /// What is wrong with it.
    pub rule: String,
}

/// Packs a tree into the canonical archive of a release.
///
/// What else [`crate::inspect`] would refuse is refused when the archive is published.
///
/// # Errors
/// [`PackError`] names a path that leads outside or that no tar can hold.
pub fn pack(name: &CrateName, version: &Version, tree: &Tree) -> Result<Vec<u8>, PackError> {
    let bytes: usize = tree.values().map(|file| file.bytes.len()).sum();
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(MADE_ON_UNIX)
        .write(Vec::with_capacity(bytes / 3 + 1024), Compression::best());
    let mut tar = Builder::new(gzip);
    for (path, file) in tree {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(file.bytes.len() as u64);
        header.set_mode(if file.executable { 0o755 } else { 0o644 });
        header.set_mtime(TIME);
        let whole = format!("{name}-{version}/{path}");
        tar.append_data(&mut header, whole, &file.bytes[..])
            .map_err(|error| PackError {
                path: path.clone(),
                rule: error.to_string(),
            })?;
    }
    let gzip = tar.into_inner().expect("memory does not fail");
    Ok(gzip.finish().expect("memory does not fail"))
}

/// Unpacks an archive into memory.
///
/// # Errors
/// [`ArchiveError`], for what `inspect` refuses of mirrored archives too. Memory is
/// bounded by the unpacked bytes that `limits` allow.
pub fn unpack(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    limits: &Limits,
) -> Result<Tree, ArchiveError> {
    let root = format!("{name}-{version}");
    let mut members = Members::new(bytes, limits)?;
    let mut tree = Tree::new();
    while let Some(member) = members.next_member()? {
        let path = path::below(&root, &member.path)
            .map_err(|rule| ArchiveError::entry(&member.path, rule))?;
        if member.folder {
            continue;
        }
        if tree.len() as u64 >= limits.entries_max {
            let entries_max = limits.entries_max;
            return Err(ArchiveError::TooManyEntries { entries_max });
        }
        let file = PackedFile {
            bytes: members.data(member.size)?,
            executable: member.mode.is_some_and(|mode| mode & 0o111 != 0),
        };
        tree.insert(path, file);
    }
    Ok(tree)
}
