//! Purges: a release whose bytes the law takes away.
//!
//! The fact and the row stay, yanked, and the version is never published again: what
//! happened is not undone, only the bytes are not given any more.

use super::{Decision, Made, Words};
use crate::checksum::Checksum;
use crate::entry::Entry;
use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use crate::release::Release;
use crate::version::Version;

pub(super) const KIND: &str = "purged";

/// A release of a registry is not given any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// The crate.
    pub name: NameKey,
    /// The version.
    pub version: Version,
    /// The bytes it had.
    pub checksum: Checksum,
    /// Why, in the words of who decided it; those who ask for the bytes read them.
    pub reason: Words,
}

impl Purged {
    /// Lists the purges of a registry, in their order.
    pub fn all(made: &[Made]) -> impl Iterator<Item = &Self> {
        made.iter().filter_map(|made| match &made.decision {
            Decision::Purged(purged) => Some(purged),
            _ => None,
        })
    }

    /// Finds the purge of a release.
    pub fn find<'m>(made: &'m [Made], name: &NameKey, version: &Version) -> Option<&'m Self> {
        Self::all(made).find(|purged| purged.name == *name && purged.version == *version)
    }

    /// Finds the decision that purged a release, for who wants to know who made it and
    /// when.
    pub fn decided<'m>(
        made: &'m [Made],
        name: &NameKey,
        version: &Version,
    ) -> Option<(&'m Made, &'m Self)> {
        made.iter().find_map(|made| match &made.decision {
            Decision::Purged(purged) if purged.name == *name && purged.version == *version => {
                Some((made, purged))
            }
            _ => None,
        })
    }

    /// Finds the purge that forbids to publish a version, build metadata disregarded:
    /// what is purged under one spelling does not come back under another.
    pub fn forbidding<'m>(made: &'m [Made], name: &NameKey, version: &Version) -> Option<&'m Self> {
        let bare = version.without_build();
        Self::all(made)
            .find(|purged| purged.name == *name && purged.version.without_build() == bare)
    }

    /// Shows an entry with its purged releases yanked; nothing if none of it is purged.
    pub fn yanked_in(made: &[Made], entry: &Entry) -> Option<Entry> {
        let key = entry.name().key();
        let is_purged = |release: &Release| Self::find(made, &key, &release.version).is_some();
        if !entry.releases().iter().any(is_purged) {
            return None;
        }
        let releases = entry.releases().iter().map(|release| {
            let mut release = release.clone();
            release.yanked |= is_purged(&release);
            release
        });
        Entry::new(releases.collect()).ok()
    }

    pub(super) fn once(&self) -> String {
        format!("{KIND} {} {}", self.name, self.version)
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", &self.name);
        lines.field("version", &self.version);
        lines.field("checksum", self.checksum);
        lines.field("reason", &self.reason);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        Ok(Self {
            name: fields.key("name")?,
            version: fields.value("version", |text| Version::parse(text).ok())?,
            checksum: fields.parsed("checksum")?,
            reason: fields.parsed("reason")?,
        })
    }
}
