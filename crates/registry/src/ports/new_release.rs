//! A release on its way into a hosted registry, as the changes that bring one in have it.
//!
//! Absent: who published it and when, which the ledger adds.

use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;

/// A release that comes into a hosted registry. Its blob is already kept.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// The hosted registry.
    pub registry: RegistryName,
    /// The name as published.
    pub name: CrateName,
    /// The version, build metadata included.
    pub version: Version,
    /// SHA-256 of the `.crate`.
    pub checksum: Checksum,
    /// The row without `yanked` and `pubtime`, targets in stored spelling.
    pub row: String,
    /// Description, links and so on for search and pages, as JSON.
    pub metadata: String,
}

impl NewRelease {
    /// Returns the crate that it is a release of.
    pub fn place(&self) -> (RegistryName, NameKey) {
        (self.registry.clone(), self.name.key())
    }
}
