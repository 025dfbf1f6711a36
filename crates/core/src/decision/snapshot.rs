//! Snapshots: names of epochs.

use crate::fact::{FactError, Fields, Lines};
use crate::registry_name::RegistryName;

pub(super) const KIND: &str = "snapshot";

/// An epoch of a view got a name, once and for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The name; it follows the grammar of registries' names, and like theirs it is
    /// neither a number nor a time.
    pub name: RegistryName,
    /// The position in the sequence of facts that it names.
    pub epoch: u64,
}

impl Snapshot {
    pub(super) fn once(&self) -> String {
        format!("{KIND} {}", self.name)
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", &self.name);
        lines.field("epoch", self.epoch);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        Ok(Self {
            name: fields.parsed("name")?,
            epoch: fields.parsed("epoch")?,
        })
    }
}
