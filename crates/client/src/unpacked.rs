//! A release unpacked into memory, from wherever it came.
//!
//! Apart because hashes, differences and canonical archives are all taken of the same
//! thing: a name, a version and a tree of files.
//!
//! Absent: reading folders and asking servers.

use crate::local_registry;
use crossdock_archive::{
    ArchiveError, Content, EmbeddedLock, Limits, PackError, Scope, Tree, inspect, named, pack,
    unpack,
};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::rebuilds::Lockfile;
use crossdock_core::version::Version;
use std::path::Path;

/// The commit that an archive was packed from: no part of a canonical archive, which
/// is the same whatever commit has the sources.
pub const VCS_INFO: &str = ".cargo_vcs_info.json";

/// Largest `.crate` file that is read; a server takes no larger one from a mirror.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

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

    /// Unpacks a `.crate` file as it is, whatever its manifest says: archives of
    /// cargo's first years have manifests that nobody would publish today.
    ///
    /// # Errors
    /// What is wrong with the file, in words, by the rules of a publish: an archive with
    /// two files at one path must not look like one that has the later of them.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let bytes = local_registry::read(path, FILE_BYTES_MAX).map_err(|it| it.to_string())?;
        let named = named(&bytes, &Limits::default()).map_err(|it| it.to_string())?;
        let (name, version) = named.ok_or("its first entry lies in no folder NAME-VERSION")?;
        let inspected = inspect(&bytes, &name, &version, Scope::Publish, &Limits::default());
        inspected.map_err(|it| it.to_string())?;
        let origin = path.display().to_string();
        Self::of(&name, &version, &bytes, origin).map_err(|it| it.to_string())
    }

    /// What is in it.
    pub fn content(&self) -> Content {
        Content::of(&self.tree)
    }

    /// Says whether its embedded lock is a part of its source content.
    pub fn embedded_lock(&self, lockfile: Lockfile) -> EmbeddedLock {
        match lockfile {
            Lockfile::Count if self.content().has_binaries() => EmbeddedLock::Counts,
            Lockfile::Count | Lockfile::Ignore => EmbeddedLock::Ignored,
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
