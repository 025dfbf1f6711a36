//! A folder of this machine that is a registry.

use super::upstream::Silence;
use async_trait::async_trait;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::manifest::Manifest;
use std::sync::Arc;

/// What a folder has.
#[derive(Clone, Debug, Default)]
pub struct FolderContents {
    /// Its releases, sorted by origin. Several may claim one version.
    pub releases: Vec<FolderRelease>,
    /// What is no release, or stays as it was last good; sorted by path.
    pub problems: Vec<FolderProblem>,
}

/// A release of a folder.
#[derive(Clone, Debug)]
pub struct FolderRelease {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// SHA-256 of the `.crate`.
    pub checksum: Checksum,
    /// What the manifest in the archive says.
    pub manifest: Manifest,
    /// The file it was made from, below the folder.
    pub origin: String,
}

/// Something in a folder that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderProblem {
    /// Where, below the folder.
    pub path: String,
    /// Which rule is broken, and what to do.
    pub rule: String,
}

/// Looks at a folder.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Says what the folder has.
    ///
    /// Everything that was changed before the call is seen. The archives of all
    /// releases are kept, durably, before it returns; the same files give the same
    /// checksums, whoever looks and when. While nothing changes it gives the same
    /// value, by address. Who waits may stop waiting; the look goes on.
    ///
    /// # Errors
    /// [`Silence`] if the folder cannot be read as a whole, or archives not be kept:
    /// then nothing is known of it, which does not mean that it is empty.
    async fn look(&self) -> Result<Arc<FolderContents>, Silence>;
}
