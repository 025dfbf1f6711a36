//! Inspects a `.crate` without unpacking it.
//!
//! One pass over the inflated stream: what is kept is the manifest and the list of
//! paths, both bounded. What could write outside, hang or lie is refused wherever
//! it comes from; what is only a nuisance is refused at publish.

use crate::clash;
use crate::limits::{Limits, Scope};
use crate::members::{Member, Members};
use crate::path;
use crate::portable;
use crate::refusal::{ArchiveError, EntryRule, shown};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use std::collections::BTreeMap;

/// Most bytes of all paths together, for each entry that may be there: no real
/// crate's paths are half as long on average, and 20,000 of them make 8 MB.
const PATH_BYTES_MEAN_MAX: u64 = 400;

const MANIFEST: &str = "Cargo.toml";

/// The bits of a mode that are no permissions.
const SPECIAL_BITS: u64 = 0o7000;

/// What is in an archive.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The text of Cargo.toml; empty only where a mirrored archive has none.
    pub manifest: String,
    /// All files, sorted by path. Of a path that occurs twice, which only mirrored
    /// archives have, the last stands here, as it does when cargo unpacks.
    pub files: Vec<FileEntry>,
    /// Bytes of all files.
    pub unpacked_bytes: u64,
}

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path below the crate's folder.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether anyone may execute it.
    pub executable: bool,
}

/// Inspects the archive of one release.
///
/// # Errors
/// [`ArchiveError`] names the entry and the rule. Time is bounded by the unpacked
/// bytes that `limits` allow, memory by the manifest's bound and the list of paths,
/// which has at most 400 bytes for each entry that may be there.
pub fn inspect(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    scope: Scope,
    limits: &Limits,
) -> Result<Inspection, ArchiveError> {
    let mut listing = Listing::new(format!("{name}-{version}"), scope);
    let mut members = Members::new(bytes, limits)?;
    while let Some(member) = members.next_member()? {
        let path = listing.path(&member)?;
        if path == MANIFEST && !member.folder {
            listing.manifest = read_manifest(&mut members, &member, limits)?;
            listing.manifest_found = true;
        }
        listing.add(path, &member, limits)?;
    }
    listing.check()?;
    members.end(scope)?;
    listing.finish()
}

fn read_manifest(
    members: &mut Members<'_>,
    member: &Member,
    limits: &Limits,
) -> Result<Vec<u8>, ArchiveError> {
    let bytes_max = limits.manifest_bytes_max;
    if member.size > bytes_max {
        return Err(ArchiveError::ManifestTooLarge { bytes_max });
    }
    members.data(member.size)
}

/// What the pass has seen so far.
struct Listing {
    root: String,
    scope: Scope,
    manifest: Vec<u8>,
    manifest_found: bool,
    entries: Vec<Listed>,
    paths_bytes: u64,
}

/// One entry of the listing.
pub(crate) struct Listed {
    /// The path below the crate's folder.
    pub(crate) path: String,
    /// Whether it is a folder.
    pub(crate) folder: bool,
    size: u64,
    executable: bool,
}

impl Listing {
    fn new(root: String, scope: Scope) -> Self {
        Self {
            root,
            scope,
            manifest: Vec::new(),
            manifest_found: false,
            entries: Vec::new(),
            paths_bytes: 0,
        }
    }

    /// Checks a member's path and mode; gives the path below the crate's folder.
    fn path(&self, member: &Member) -> Result<String, ArchiveError> {
        let refuse = |rule| ArchiveError::entry(&member.path, rule);
        let path = path::below(&self.root, &member.path).map_err(refuse)?;
        if path.is_empty() && !member.folder {
            return Err(refuse(EntryRule::FileForFolder));
        }
        if self.scope == Scope::Publish {
            let whole = std::str::from_utf8(&member.path).map_err(|_| refuse(EntryRule::NotText));
            portable::check(whole?, member.folder).map_err(refuse)?;
            let mode = member.mode.ok_or_else(|| refuse(EntryRule::ModeText))?;
            if mode & SPECIAL_BITS != 0 {
                return Err(refuse(EntryRule::Mode(mode)));
            }
        }
        Ok(path)
    }

    fn add(&mut self, path: String, member: &Member, limits: &Limits) -> Result<(), ArchiveError> {
        self.paths_bytes += path.len() as u64;
        self.entries.push(Listed {
            path,
            folder: member.folder,
            size: member.size,
            executable: member.mode.is_some_and(|mode| mode & 0o111 != 0),
        });
        if self.entries.len() as u64 > limits.entries_max {
            let entries_max = limits.entries_max;
            return Err(ArchiveError::TooManyEntries { entries_max });
        }
        let bytes_max = limits.entries_max.saturating_mul(PATH_BYTES_MEAN_MAX);
        if self.paths_bytes > bytes_max {
            return Err(ArchiveError::PathsTooLong { bytes_max });
        }
        Ok(())
    }

    /// Checks what can be said of a publish only when all entries are known.
    fn check(&self) -> Result<(), ArchiveError> {
        if self.scope == Scope::Mirror {
            return Ok(());
        }
        let misspelled = self
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .find(|path| path.eq_ignore_ascii_case(MANIFEST) && *path != MANIFEST);
        match (self.manifest_found, misspelled) {
            (true, None) => clash::check(&self.entries),
            (true, Some(other)) => Err(ArchiveError::TwoManifests(shown(other.as_bytes()))),
            (false, Some(other)) => Err(ArchiveError::ManifestCase(shown(other.as_bytes()))),
            (false, None) => Err(ArchiveError::NoManifest(format!(
                "{}/{MANIFEST}",
                self.root
            ))),
        }
    }

    fn finish(self) -> Result<Inspection, ArchiveError> {
        let files = self.entries.into_iter().filter(|entry| !entry.folder);
        let files: BTreeMap<String, FileEntry> = files
            .map(|entry| {
                let file = FileEntry {
                    path: entry.path.clone(),
                    size: entry.size,
                    executable: entry.executable,
                };
                (entry.path, file)
            })
            .collect();
        Ok(Inspection {
            manifest: String::from_utf8(self.manifest).map_err(|_| ArchiveError::ManifestText)?,
            unpacked_bytes: files.values().map(|file| file.size).sum(),
            files: files.into_values().collect(),
        })
    }
}
