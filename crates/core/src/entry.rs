//! All releases of one name from one registry.
//!
//! Sorted and free of duplicates by construction, so that nobody downstream asks
//! (and so that equal sets of releases make equal bytes).

use crate::name::CrateName;
use crate::release::Release;
use crate::version::Version;

/// All releases of one crate that one registry has. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    releases: Vec<Release>,
}

/// Why releases make no entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// There is none.
    #[error("an entry needs at least one release")]
    Empty,
    /// Two have one version, build metadata included.
    #[error("version {0} occurs twice")]
    Duplicate(Version),
    /// Two have names that are not one crate.
    #[error("names `{0}` and `{1}` are not one crate")]
    Names(CrateName, CrateName),
}

impl Entry {
    /// Sorts releases by version.
    ///
    /// # Errors
    /// [`EntryError`] if there is none, a version occurs twice, or names differ.
    pub fn new(mut releases: Vec<Release>) -> Result<Self, EntryError> {
        let Some(first) = releases.first() else {
            return Err(EntryError::Empty);
        };
        if let Some(other) = releases
            .iter()
            .find(|other| other.name.key() != first.name.key())
        {
            return Err(EntryError::Names(first.name.clone(), other.name.clone()));
        }
        releases.sort_by(|left, right| left.version.cmp(&right.version));
        if let Some(pair) = releases
            .windows(2)
            .find(|pair| pair[0].version == pair[1].version)
        {
            return Err(EntryError::Duplicate(pair[0].version.clone()));
        }
        Ok(Self { releases })
    }

    /// Returns the name as the newest release spells it.
    pub fn name(&self) -> &CrateName {
        &self.releases[self.releases.len() - 1].name
    }

    /// Returns the releases, lowest version first.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Gives the releases away, lowest version first.
    pub fn into_releases(self) -> Vec<Release> {
        self.releases
    }

    /// Estimates how many bytes it takes in memory, strings and lists included; what
    /// releases share counts about once.
    pub fn bytes(&self) -> usize {
        let mut before: Option<&Release> = None;
        let of_each = self.releases.iter().map(|release| {
            let bytes = release.bytes(before);
            before = Some(release);
            bytes
        });
        size_of::<Self>() + of_each.sum::<usize>()
    }

    /// Finds one release by its exact version.
    pub fn release(&self, version: &Version) -> Option<&Release> {
        let found = self
            .releases
            .binary_search_by(|release| release.version.cmp(version));
        found.ok().map(|index| &self.releases[index])
    }
}
