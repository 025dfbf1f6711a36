//! A release unpacked into memory, from wherever it came.
//!
//! Apart because hashes, differences and canonical archives are all taken of the same
//! thing: a name, a version and a tree of files.
//!
//! Absent: reading folders and asking servers.

use crossdock_archive::{
    ArchiveError, Content, EmbeddedLock, Limits, PackError, Tree, pack, unpack,
};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::rebuilds::Lockfile;
use crossdock_core::version::Version;

/// The commit that an archive was packed from: no part of a canonical archive, which
/// is the same whatever commit has the sources.
pub const VCS_INFO: &str = ".cargo_vcs_info.json";

/// A release, unpacked.
#[derive(Clone, Debug)]
pub struct Unpacked {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// SHA-256 of the archive.
    pub checksum: Checksum,
    /// Where it came from, for people.
    pub origin: String,
    /// Its files.
    pub tree: Tree,
}

/// Why no canonical archive can be made.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A file cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The archive cannot be read back.
    #[error("the archive that was made cannot be read")]
    Unreadable(#[from] ArchiveError),
    /// It was read back and has another content: never given out.
    #[error("the archive that was made has another content than its source")]
    Differs,
}

impl Unpacked {
    /// Unpacks an archive.
    ///
    /// # Errors
    /// [`ArchiveError`] for what no cargo should unpack; bounds are [`Limits`]' own.
    pub fn of(
        name: &CrateName,
        version: &Version,
        bytes: &[u8],
        origin: String,
    ) -> Result<Self, ArchiveError> {
        Ok(Self {
            name: name.clone(),
            version: version.clone(),
            checksum: Checksum::of(bytes),
            origin,
            tree: unpack(bytes, name, version, &Limits::default())?,
        })
    }

    /// What is in it.
    pub fn content(&self) -> Content {
        Content::of(&self.tree)
    }

    /// Says whether its embedded lock is a part of its source content.
    pub fn embedded_lock(&self, lockfile: Lockfile) -> EmbeddedLock {
        match lockfile {
            Lockfile::Count => EmbeddedLock::Counts,
            Lockfile::Ignore => EmbeddedLock::Ignored,
        }
    }

    /// Packs it canonically, without the commit that it was packed from.
    ///
    /// # Errors
    /// [`CanonicalError`]; the archive is read back before it is given out.
    pub fn canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        let mut tree = self.tree.clone();
        tree.remove(VCS_INFO);
        let bytes = pack(&self.name, &self.version, &tree)?;
        let read = unpack(&bytes, &self.name, &self.version, &Limits::default())?;
        match read == tree {
            true => Ok(bytes),
            false => Err(CanonicalError::Differs),
        }
    }
}
