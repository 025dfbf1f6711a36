//! The packages that a lock has from one registry, as the registry has them now, under
//! the checksums of the lock.
//!
//! Absent: saying what is given up, and laying out (`directory_source.rs`).

use super::kept::Kept;
use crate::directory_source::Laid;
use crate::lock::REQUESTS_AT_ONCE;
use crate::lock::dependencies::OtherDependencies;
use crate::sparse_index::{ReadError, SparseIndex};
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::release::Release;
use crossdock_wire::lockfile::{LockedPackage, LockedSource, Lockfile};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

/// One package of the lock.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What the registry says of it now.
    pub row: Release,
    /// What the lock has for it.
    pub locked: Checksum,
    /// What it needs other than the lock has for it.
    pub other: Option<OtherDependencies>,
    bytes: Vec<u8>,
}

/// Why the packages are not there.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// A line without a checksum cannot be kept as it is.
    #[error("the lock has no checksum for {0}; let cargo write it first")]
    NoChecksum(String),
    /// The registry does not have the version any more.
    #[error("{address} does not have {krate}")]
    Unknown {
        /// Name and version.
        krate: String,
        /// Where it was looked for.
        address: String,
    },
    /// The registry did not answer, or gave other bytes than it promised.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Fetches every package that the lock has from `address`, each verified against the
/// registry's own row; archives that are kept are not fetched again.
///
/// # Errors
/// [`KeepError`].
pub async fn fetch(
    lock: &Lockfile,
    address: &Address,
    index: &SparseIndex,
    kept: &Kept,
) -> Result<Vec<Fetched>, KeepError> {
    let is_of = |package: &&LockedPackage| match &package.source {
        LockedSource::Registry(source) => Address::parse(source).as_ref() == Ok(address),
        LockedSource::Path | LockedSource::Elsewhere(_) => false,
    };
    let packages: Vec<_> = lock.packages.iter().filter(is_of).collect();
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let config = index.config().await?;
    let fetched = stream::iter(packages).map(|package| {
        let config = &config;
        async move {
            let krate = || format!("{} {}", package.name, package.version);
            let locked = package.checksum;
            let locked = locked.ok_or_else(|| KeepError::NoChecksum(krate()))?;
            let rows = index.rows(&package.name).await?;
            let row = rows.into_iter().find(|row| row.version == package.version);
            let row = row.ok_or_else(|| KeepError::Unknown {
                krate: krate(),
                address: address.to_string(),
            })?;
            let bytes = match kept.get(&row.checksum) {
                Some(bytes) => bytes,
                None => {
                    let bytes = index.archive(config, &row).await?.to_vec();
                    // Without room for it the next run fetches it again.
                    let _no_room = kept.put(&row.checksum, &bytes);
                    bytes
                }
            };
            let other = OtherDependencies::of(lock, package, &row);
            Ok(Fetched {
                row,
                locked,
                other,
                bytes,
            })
        }
    });
    fetched.buffered(REQUESTS_AT_ONCE).try_collect().await
}

impl Fetched {
    /// Tells whether the registry has other bytes than the lock says.
    pub fn is_other(&self) -> bool {
        self.row.checksum != self.locked
    }

    /// It, as it is laid out.
    pub fn laid(&self) -> Laid<'_> {
        Laid {
            bytes: &self.bytes,
            row: self.row.clone(),
            locked: self.locked,
        }
    }
}
