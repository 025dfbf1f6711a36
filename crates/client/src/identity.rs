//! What a release is, told by hashes: of its archive, and of what is in it.
//!
//! Two archives with one source content are one release to a registry that takes
//! rebuilds; which hash differs says how two archives differ.
//!
//! Absent: what differs (`comparison.rs`), and what the hashes are made of, which is
//! `crossdock_archive::Content`.

use crate::unpacked::Unpacked;
use crossdock_core::rebuilds::Lockfile;
use serde::Serialize;

/// The hashes of one release, each as lower-case hex of SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub vers: String,
    /// The archive or manifest that was read.
    pub origin: String,
    /// Of the archive's bytes, as in index rows and locks; of the archive that
    /// `crossdock pack` makes, where a package folder was read.
    pub sha256: String,
    /// Of paths, executable bits and bytes.
    pub exact: String,
    /// Of what the sources make of it.
    pub source: String,
    /// Whether an embedded Cargo.lock is a part of the source content.
    pub lockfile_counts: bool,
}

/// Takes the hashes of a release.
pub fn identity(release: &Unpacked, lockfile: Lockfile) -> Identity {
    let content = release.content();
    let lock = release.embedded_lock(lockfile);
    Identity {
        name: release.name.to_string(),
        vers: release.version.to_string(),
        origin: release.origin.clone(),
        sha256: release.checksum.to_string(),
        exact: content.exact().to_string(),
        source: content.source(lock).to_string(),
        lockfile_counts: lock == crossdock_archive::EmbeddedLock::Counts,
    }
}

/// Tells them to a person.
pub fn told(identity: &Identity) -> String {
    let Identity {
        name,
        vers,
        origin,
        sha256,
        exact,
        source,
        lockfile_counts: _,
    } = identity;
    format!(
        "{name} {vers} ({origin})\n  archive  {sha256}\n  exact    {exact}\n  source   {source}"
    )
}
