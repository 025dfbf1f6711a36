//! Imports: where a release of a hosted registry was copied from.

use crate::checksum::Checksum;
use crate::fact::{FactError, Fields, Lines};
use crate::name::{CrateName, NameKey};
use crate::registry_name::RegistryName;
use crate::version::Version;

pub(super) const KIND: &str = "imported";

/// A release of a hosted registry is a copy of another registry's.
///
/// Recorded with the publish of the copy, whose checksum differs if it was renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The copy's name.
    pub name: NameKey,
    /// The version of the copy: that of the original, unless a number was minted for it.
    pub version: Version,
    /// SHA-256 of the copy.
    pub checksum: Checksum,
    /// The registry it was copied from.
    pub from: RegistryName,
    /// Its name there.
    pub original: CrateName,
    /// SHA-256 of the original.
    pub original_checksum: Checksum,
}

impl Imported {
    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", &self.name);
        lines.field("version", &self.version);
        lines.field("checksum", self.checksum);
        lines.field("from", &self.from);
        lines.field("original", &self.original);
        lines.field("original-checksum", self.original_checksum);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        Ok(Self {
            name: fields.key("name")?,
            version: fields.parsed("version")?,
            checksum: fields.parsed("checksum")?,
            from: fields.parsed("from")?,
            original: fields.parsed("original")?,
            original_checksum: fields.parsed("original-checksum")?,
        })
    }
}
