//! Folders of crates in place of a registry, for one command.
//!
//! A name that lies in the folders is that crate wherever their manifests depend on it
//! without a registry: a workspace writes its own members so, and asking crates.io for
//! such a name would be asking for trouble.
//!
//! Absent: packing (`crossdock_folder`), laying out (`directory_source.rs`).

use super::broken::may_hide;
use super::kept::Kept;
use crate::directory_source::Laid;
use crossdock_archive::{Content, EmbeddedLock, Limits, Scope, inspect, unpack};
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use crossdock_folder::{Found, Packed, Problem};
use crossdock_wire::lockfile::{LockedPackage, LockedSource, Lockfile};
use crossdock_wire::manifest::{self, Manifest, ManifestDependency};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::PathBuf;

/// What stands in place of the registry.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// Crates with their archives.
    pub crates: Vec<Offer>,
    /// Checksums of the lock that have to change, by the place of the package.
    pub changed: BTreeMap<usize, Checksum>,
    /// Packages of the lock, by their place, that are nowhere any more.
    pub gone: Vec<usize>,
    /// Versions that the folders no longer have, from the archives kept from before.
    pub kept: Vec<KeptVersion>,
}

/// A version of the lock that the folders do not have.
#[derive(Clone, Debug)]
pub struct KeptVersion {
    /// The crate.
    pub name: CrateName,
    /// The version of the lock.
    pub version: Version,
    /// Those of the folders.
    pub instead: Vec<Version>,
}

/// One crate.
#[derive(Clone, Debug)]
pub struct Offer {
    name: CrateName,
    version: Version,
    bytes: Vec<u8>,
    checksum: Checksum,
    manifest: Manifest,
}

/// Why the folders cannot stand in for the registry.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// One version twice, in different bytes.
    #[error(
        "{name} {version} is there twice with different content: {} and {}",
        first.display(),
        second.display()
    )]
    Twice {
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// Where one is.
        first: PathBuf,
        /// Where the other is.
        second: PathBuf,
    },
    /// The lock has what may lie in the folders, but cannot be read there.
    #[error("the lock needs what the folders have in no state to be used:\n  {}", .0.join("\n  "))]
    Broken(Vec<String>),
    /// The lock has what the folders have otherwise or not at all.
    #[error("Cargo.lock does not fit the folders:\n  {}", .0.join("\n  "))]
    Lock(Vec<String>),
    /// What was handed out cannot be kept.
    #[error("could not keep the archives that are handed out")]
    Keep(#[source] std::io::Error),
}

/// Finds what stands in for the registry at `own`: what lies in the folders, and what
/// the lock has from before. What is kept never takes the place of a crate that lies in
/// the folders and is broken: old code would be built, and nobody would know.
///
/// # Errors
/// [`OfferError`]; with `update_lock` the lock is no reason for one, unless for what is
/// broken.
pub fn offered(
    found: Found,
    lock: Option<&Lockfile>,
    own: &Address,
    kept: &Kept,
    update_lock: bool,
) -> Result<Offered, OfferError> {
    let Found { crates, problems } = found;
    let mut all = distinct(crates)?;
    for offer in all.values() {
        kept.put(&offer.checksum, &offer.bytes)
            .map_err(OfferError::Keep)?;
    }
    let mut changed = BTreeMap::new();
    let (mut misfits, mut gone, mut kept_versions) = (Vec::new(), Vec::new(), Vec::new());
    let mut broken = Vec::new();
    let there = versions(&all);
    let packages = lock
        .map(|lock| lock.packages.as_slice())
        .unwrap_or_default();
    for (place, package) in packages.iter().enumerate() {
        let Some(locked) = package.checksum.filter(|_| is_of(package, own)) else {
            continue;
        };
        let LockedPackage { name, version, .. } = package;
        let key = (name.key(), version.clone());
        let before = || Offer::read(kept.get(&locked)?, name, version);
        match all.get(&key) {
            Some(offer) if offer.checksum == locked => {}
            // The bytes differ, what is in them does not: the lock's stay.
            Some(offer) if before().is_some_and(|before| before.is_same_as(offer)) => {
                all.extend(before().map(|before| (key, before)));
            }
            Some(offer) if update_lock => {
                changed.insert(place, offer.checksum);
            }
            Some(offer) => misfits.push(format!(
                "{name} {version}: the content changed; the lock has {locked}, the folder {}",
                offer.checksum
            )),
            None if hidden(&problems, package, &there).next().is_some() => {
                let why = hidden(&problems, package, &there).map(ToString::to_string);
                let why: Vec<_> = why.collect();
                broken.push(format!("{name} {version}: {}", why.join("; ")));
            }
            None => match before() {
                Some(before) => {
                    kept_versions.push(KeptVersion {
                        name: name.clone(),
                        version: version.clone(),
                        instead: there.get(&key.0).cloned().unwrap_or_default(),
                    });
                    all.insert(key, before);
                }
                None if update_lock => gone.push(place),
                None => misfits.push(format!(
                    "{name} {version}: the folders do not have it, and it is not kept from before"
                )),
            },
        }
    }
    if !broken.is_empty() {
        return Err(OfferError::Broken(broken));
    }
    match misfits.is_empty() {
        true => Ok(Offered {
            crates: all.into_values().collect(),
            changed,
            gone,
            kept: kept_versions,
        }),
        false => Err(OfferError::Lock(misfits)),
    }
}

impl Offered {
    /// The crates as they are laid out for the registry at `own`.
    pub fn laid(&self, own: &Address) -> Vec<Laid<'_>> {
        let names: BTreeSet<NameKey> = self.crates.iter().map(|offer| offer.name.key()).collect();
        let crates = self.crates.iter();
        let laid = crates.map(|offer| Laid {
            bytes: &offer.bytes,
            row: offer.row(&names, own),
            locked: offer.checksum,
        });
        laid.collect()
    }
}

impl Offer {
    fn of(packed: Packed) -> Self {
        Self {
            name: packed.name,
            version: packed.version,
            bytes: packed.bytes.to_vec(),
            checksum: packed.checksum,
            manifest: packed.manifest,
        }
    }

    /// Reads a kept archive; nothing if it is no such release.
    fn read(bytes: Vec<u8>, name: &CrateName, version: &Version) -> Option<Self> {
        let limits = Limits::default();
        let inspection = inspect(&bytes, name, version, Scope::Mirror, &limits).ok()?;
        let manifest = manifest::parse(&inspection.manifest).ok()?;
        manifest.agrees_with(name, version).ok()?;
        Some(Self {
            name: name.clone(),
            version: version.clone(),
            checksum: Checksum::of(&bytes),
            bytes,
            manifest,
        })
    }

    fn is_same_as(&self, other: &Self) -> bool {
        let source = |offer: &Self| {
            let tree = unpack(
                &offer.bytes,
                &offer.name,
                &offer.version,
                &Limits::default(),
            );
            tree.map(|tree| Content::of(&tree).source(EmbeddedLock::Ignored))
        };
        matches!((source(self), source(other)), (Ok(own), Ok(theirs)) if own == theirs)
    }

    fn row(&self, names: &BTreeSet<NameKey>, own: &Address) -> Release {
        let target_of = |dependency: &ManifestDependency| -> Result<Target, Infallible> {
            let is_here = names.contains(&dependency.crate_name().key());
            Ok(match &dependency.registry_index {
                None | Some(Address::CratesIo) if is_here => Target::Own,
                None | Some(Address::CratesIo) => Target::CratesIo,
                Some(address) if address == own => Target::Own,
                Some(address) => Target::Elsewhere(address.clone()),
            })
        };
        match self.manifest.clone().into_row(self.checksum, target_of) {
            Ok(row) => row,
            Err(never) => match never {},
        }
    }
}

/// The versions that the folders have of each crate.
fn versions(all: &BTreeMap<(NameKey, Version), Offer>) -> BTreeMap<NameKey, Vec<Version>> {
    let mut versions: BTreeMap<NameKey, Vec<Version>> = BTreeMap::new();
    for (name, version) in all.keys() {
        versions
            .entry(name.clone())
            .or_default()
            .push(version.clone());
    }
    versions
}

/// What is broken in the folders and may be this package.
fn hidden<'a>(
    problems: &'a [Problem],
    package: &'a LockedPackage,
    there: &'a BTreeMap<NameKey, Vec<Version>>,
) -> impl Iterator<Item = &'a Problem> {
    let is_there = there.contains_key(&package.name.key());
    let may_be = move |problem: &&Problem| {
        may_hide(&problem.path, &package.name, &package.version, is_there)
    };
    problems.iter().filter(may_be)
}

/// One release of each version; the same bytes twice are one.
fn distinct(found: Vec<Packed>) -> Result<BTreeMap<(NameKey, Version), Offer>, OfferError> {
    let mut origins: BTreeMap<(NameKey, Version), PathBuf> = BTreeMap::new();
    let mut all: BTreeMap<(NameKey, Version), Offer> = BTreeMap::new();
    for packed in found {
        let key = (packed.name.key(), packed.version.clone());
        match all.get(&key) {
            Some(first) if first.checksum != packed.checksum => {
                return Err(OfferError::Twice {
                    name: packed.name,
                    version: packed.version,
                    first: origins.remove(&key).unwrap_or_default(),
                    second: packed.origin,
                });
            }
            Some(_) => {}
            None => {
                origins.insert(key.clone(), packed.origin.clone());
                all.insert(key, Offer::of(packed));
            }
        }
    }
    Ok(all)
}

fn is_of(package: &LockedPackage, own: &Address) -> bool {
    match &package.source {
        LockedSource::Registry(source) => Address::parse(source).as_ref() == Ok(own),
        LockedSource::Path | LockedSource::Elsewhere(_) => false,
    }
}
