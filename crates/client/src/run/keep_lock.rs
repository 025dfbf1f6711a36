//! The packages that a lock has from one identity, under the checksums of the lock: those
//! of the registries that were named as they are now, all others as they are locked.
//!
//! A view gives the packages of many registries one identity, and cargo is led away from
//! an identity as a whole. So what is not of a named registry is fetched too, and held
//! against the lock here, as cargo would.
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

/// What a lock has from one identity, and what of it may differ.
#[derive(Clone, Debug)]
pub struct Part {
    /// The address that the lock has.
    pub identity: Address,
    /// What is read in its place.
    pub index: SparseIndex,
    /// The packages whose checksums are given up.
    pub given_up: GivenUp,
}

/// The packages whose checksums are given up.
#[derive(Clone, Debug)]
pub enum GivenUp {
    /// All, which are of the registry of this name.
    All(String),
    /// Those that the identity has from one of these registries: the same version in the
    /// same bytes is there by the registry's own index.
    Of(Vec<(String, SparseIndex)>),
}

/// One package of the lock.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What the registry says of it now.
    pub row: Release,
    /// What the lock has for it.
    pub locked: Checksum,
    /// What it needs other than the lock has for it.
    pub other: Option<OtherDependencies>,
    /// The registry by which its checksum is given up; none if it is that of the lock.
    pub given_up_for: Option<String>,
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
    /// What is of no named registry is not as it is locked.
    #[error(
        "what is of no registry that is named has another checksum than the lock:\n  {}",
        .0.join("\n  ")
    )]
    Changed(Vec<String>),
    /// The registry did not answer, or gave other bytes than it promised.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A package of the lock, and what is said of it now.
struct Told<'l> {
    package: &'l LockedPackage,
    locked: Checksum,
    row: Release,
    given_up_for: Option<String>,
}

/// Fetches every package that the lock has from an identity, each verified against its
/// row, and against the lock if its checksum is not given up; nothing if none is. Archives
/// that are kept are not fetched again.
///
/// # Errors
/// [`KeepError`].
pub async fn fetch(lock: &Lockfile, part: &Part, kept: &Kept) -> Result<Vec<Fetched>, KeepError> {
    let is_of = |package: &&LockedPackage| match &package.source {
        LockedSource::Registry(source) => Address::parse(source).as_ref() == Ok(&part.identity),
        LockedSource::Path | LockedSource::Elsewhere(_) => false,
    };
    let packages: Vec<_> = lock.packages.iter().filter(is_of).collect();
    let owners = stream::iter(packages.iter().copied().map(|package| part.owner(package)));
    let owners: Vec<_> = owners.buffered(REQUESTS_AT_ONCE).try_collect().await?;
    if owners.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let told = packages.into_iter().zip(owners);
    let told = stream::iter(told.map(|(package, owner)| part.told(package, owner)));
    let told: Vec<_> = told.buffered(REQUESTS_AT_ONCE).try_collect().await?;
    let changed: Vec<_> = told.iter().filter_map(Told::misfit).collect();
    if !changed.is_empty() {
        return Err(KeepError::Changed(changed));
    }
    let config = part.index.config().await?;
    let fetched = stream::iter(told).map(|told| {
        let config = &config;
        async move {
            let bytes = match kept.get(&told.row.checksum) {
                Some(bytes) => bytes,
                None => {
                    let bytes = part.index.archive(config, &told.row).await?.to_vec();
                    // Without room for it the next run fetches it again.
                    let _no_room = kept.put(&told.row.checksum, &bytes);
                    bytes
                }
            };
            Ok(Fetched {
                other: OtherDependencies::of(lock, told.package, &told.row),
                row: told.row,
                locked: told.locked,
                given_up_for: told.given_up_for,
                bytes,
            })
        }
    });
    fetched.buffered(REQUESTS_AT_ONCE).try_collect().await
}

impl Part {
    /// Names the registry for which the checksum of a package is given up.
    async fn owner(&self, package: &LockedPackage) -> Result<Option<String>, KeepError> {
        let registries = match &self.given_up {
            GivenUp::All(name) => return Ok(Some(name.clone())),
            GivenUp::Of(registries) => registries,
        };
        let mut here = None;
        for (name, registry) in registries {
            let Some(theirs) = row(registry, package).await? else {
                continue;
            };
            // Of what no named registry has nothing is asked of anybody else.
            if here.is_none() {
                here = row(&self.index, package).await?;
            }
            if here.as_ref().map(|here| here.checksum) == Some(theirs.checksum) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    async fn told<'l>(
        &self,
        package: &'l LockedPackage,
        given_up_for: Option<String>,
    ) -> Result<Told<'l>, KeepError> {
        let krate = || format!("{} {}", package.name, package.version);
        let locked = package.checksum;
        let locked = locked.ok_or_else(|| KeepError::NoChecksum(krate()))?;
        let row = row(&self.index, package).await?;
        let row = row.ok_or_else(|| KeepError::Unknown {
            krate: krate(),
            address: self.identity.to_string(),
        })?;
        Ok(Told {
            package,
            locked,
            row,
            given_up_for,
        })
    }
}

impl Told<'_> {
    /// Says that a package is not as it is locked, where it has to be.
    fn misfit(&self) -> Option<String> {
        let Self { row, locked, .. } = self;
        let is_misfit = self.given_up_for.is_none() && row.checksum != *locked;
        is_misfit.then(|| {
            format!(
                "{} {}: the lock has {locked}, there it is {}",
                row.name, row.version, row.checksum
            )
        })
    }
}

async fn row(index: &SparseIndex, package: &LockedPackage) -> Result<Option<Release>, ReadError> {
    let mut rows = index.rows(&package.name).await?.into_iter();
    Ok(rows.find(|row| row.version == package.version))
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
