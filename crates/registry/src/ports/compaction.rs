//! Keeping archives that are alike together, in less room.

use super::blobs::StoreError;
use async_trait::async_trait;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::BTreeMap;

/// The releases of one crate in one registry; archives of them may be kept or not.
#[derive(Clone, Debug)]
pub struct Line {
    /// The registry.
    pub registry: RegistryName,
    /// The crate.
    pub name: IndexName,
    /// Its releases, sorted by version.
    pub releases: Vec<LineRelease>,
}

/// One release of a line.
#[derive(Clone, Debug)]
pub struct LineRelease {
    /// The version.
    pub version: Version,
    /// Its archive.
    pub checksum: Checksum,
    /// When it was published, if that is known: a hint alone.
    pub published: Option<Timestamp>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// Archives that were packed just now.
    pub archives: u64,
    /// Whether there is more to pack: a call takes a bounded time.
    pub more: bool,
    /// Archives of the line that are kept as they are, and are not packed by now.
    pub raw: Raw,
}

/// Archives that are kept as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raw {
    /// How many.
    pub archives: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What is packed of one registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many archives.
    pub archives: u64,
    /// Their bytes, as they are given.
    pub archive_bytes: u64,
    /// Bytes of them packed.
    pub packed_bytes: u64,
    /// Bytes of those that are at hand unpacked, too.
    pub hot_bytes: u64,
}

/// What is kept where, and how it was read since the start.
#[derive(Clone, Debug, Default)]
pub struct Tiers {
    /// What is packed, by the registry that it was packed for.
    pub registries: BTreeMap<RegistryName, Kept>,
    /// The most bytes that may be at hand unpacked beside being packed.
    pub hot_bytes_max: u64,
    /// Archives that were read as they are.
    pub hot_reads: u64,
    /// Archives that had to be made again.
    pub cold_reads: u64,
    /// Files of packed archives that are damaged; what could be saved of them is raw.
    pub damaged: u64,
}

/// A store that can keep archives packed, and gives them all the same.
///
/// Whatever it does, every archive that was kept can be read at every moment, and after a
/// crash at any. Calls may be made beside all calls of the store; of these here one at
/// a time works, and the others wait.
#[async_trait]
pub trait Compaction: Send + Sync {
    /// Packs those of a line's archives that are kept raw, as far as it pays; each was
    /// made again and compared, and is durable, before its raw bytes may go.
    ///
    /// What is not kept, or cannot be made again byte for byte, is passed over.
    async fn pack(&self, line: &Line) -> Result<Packed, StoreError>;

    /// Keeps some of what is packed for a registry raw again, durably; says whether
    /// there was any.
    async fn unpack(&self, registry: &RegistryName) -> Result<bool, StoreError>;

    /// Tells what is kept where.
    fn tiers(&self) -> Tiers;

    /// A number that is another one after archives were kept: if it stays, there is
    /// nothing new to pack.
    fn kept(&self) -> u64;
}
