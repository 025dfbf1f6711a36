//! Named checksums of a lock brought to what the registry has now.
//!
//! A checksum gets into the plan only after the archive was downloaded, has it, and has
//! the crate in that version inside.
//!
//! Absent: what cargo keeps of the old archives (`cached.rs`), the text of the lock
//! (`wire::lockfile`).

use super::dependencies::OtherDependencies;
use super::{Line, Lookup, REQUESTS_AT_ONCE, archives};
use crate::sparse_index::{ReadError, SparseIndex};
use crossdock_archive::ArchiveError;
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::release::Release;
use crossdock_core::version::Version;
use crossdock_wire::lockfile::{LockedPackage, LockedSource, Lockfile};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};

/// Which packages are refreshed.
#[derive(Clone, Debug)]
pub enum Selected {
    /// Those of these names.
    Named(Vec<Named>),
    /// All whose registry is ours.
    All,
}

/// A package as people name it: `NAME` or `NAME@VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    name: CrateName,
    version: Option<Version>,
}

/// What there is to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Checksums that change.
    pub changes: Vec<Change>,
    /// Those of the selected that agree with their registry already.
    pub unchanged: Vec<Change>,
    /// Selected packages that are left alone, and why.
    pub skipped: Vec<(String, String)>,
}

/// One checksum and what the registry has.
#[derive(Clone, Debug)]
pub struct Change {
    /// The place in the lock's packages.
    pub place: usize,
    /// The package's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// Where the lock says it is from, as written.
    pub source: String,
    /// Where it was read.
    pub read_at: Address,
    /// What the lock says, if anything.
    pub old: Option<Checksum>,
    /// What the registry has.
    pub new: Checksum,
    /// What the build needs other than the lock has for it.
    pub other: Option<OtherDependencies>,
}

/// Why nothing is refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// What was typed names no package.
    #[error("`{0}` is no NAME or NAME@VERSION: {1}")]
    Spelling(String, String),
    /// The lock has no such package.
    #[error("the lock has no package `{0}`")]
    NotThere(String),
    /// The lock has several.
    #[error("`{named}` is ambiguous: the lock has {}", candidates.join(", "))]
    Ambiguous {
        /// What was typed.
        named: String,
        /// What it could mean.
        candidates: Vec<String>,
    },
    /// The registry does not have the version.
    #[error("{address} does not have {name} {version}, so there is nothing to refresh it to")]
    Unknown {
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// Where it was looked for.
        address: String,
    },
    /// A registry did not answer, or gave other bytes than it promised.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The archive is none.
    #[error("the archive of {name} {version} is refused")]
    Archive {
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// Why.
        source: ArchiveError,
    },
    /// The archive is of another release.
    #[error("the archive of {name} {version} says in its Cargo.toml that it is {found}")]
    OtherRelease {
        /// The crate.
        name: CrateName,
        /// The version.
        version: Version,
        /// What stands inside.
        found: String,
    },
}

impl Named {
    /// Reads `NAME` or `NAME@VERSION`.
    ///
    /// # Errors
    /// [`RefreshError::Spelling`].
    pub fn parse(text: &str) -> Result<Self, RefreshError> {
        let refuse = |why: String| RefreshError::Spelling(text.escape_debug().to_string(), why);
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let version = version.map(Version::parse).transpose();
        Ok(Self {
            name: CrateName::parse(name).map_err(|error| refuse(error.to_string()))?,
            version: version.map_err(|error| refuse(error.to_string()))?,
        })
    }

    fn is(&self, package: &LockedPackage) -> bool {
        let version = self.version.as_ref();
        self.name.key() == package.name.key() && version.is_none_or(|own| *own == package.version)
    }

    /// Finds its place.
    fn place(&self, lock: &Lockfile) -> Result<usize, RefreshError> {
        let places = lock.packages.iter().enumerate();
        let places: Vec<_> = places.filter(|(_, package)| self.is(package)).collect();
        match places.as_slice() {
            [(place, _)] => Ok(*place),
            [] => Err(RefreshError::NotThere(self.to_string())),
            several => Err(RefreshError::Ambiguous {
                named: self.to_string(),
                candidates: several.iter().map(|(_, package)| told(package)).collect(),
            }),
        }
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

/// Finds what is to be changed and verifies every new archive; `step` is told of each
/// request.
///
/// # Errors
/// [`RefreshError`]; then nothing of the plan should be done.
pub async fn plan(
    lock: &Lockfile,
    selected: &Selected,
    lookup: &Lookup,
    step: &dyn Fn(u64, u64),
) -> Result<Plan, RefreshError> {
    let mut plan = Plan::default();
    let asked = selected_lines(lock, selected, lookup, &mut plan)?;
    let indexes = lookup.open(asked.values().cloned())?;
    let names: BTreeSet<(Address, CrateName)> = asked
        .iter()
        .map(|(place, address)| (address.clone(), lock.packages[*place].name.clone()))
        .collect();
    let total = names.len() as u64;
    let mut done = 0;
    let rows: BTreeMap<(Address, CrateName), Vec<Release>> = stream::iter(names)
        .map(|key| {
            let index: SparseIndex = indexes[&key.0].clone();
            async move { index.rows(&key.1).await.map(|rows| (key, rows)) }
        })
        .buffer_unordered(REQUESTS_AT_ONCE)
        .inspect(|_| {
            done += 1;
            step(done, total);
        })
        .try_collect()
        .await?;
    let mut changed = Vec::new();
    for (place, address) in asked {
        let package = &lock.packages[place];
        let rows = &rows[&(address.clone(), package.name.clone())];
        let row = rows.iter().find(|row| row.version == package.version);
        match (row, package.checksum, selected) {
            (None, _, Selected::Named(_)) => {
                return Err(RefreshError::Unknown {
                    name: package.name.clone(),
                    version: package.version.clone(),
                    address: address.to_string(),
                });
            }
            (None, _, Selected::All) => plan.skip(package, "the registry does not have it"),
            (Some(row), Some(old), _) if row.checksum == old => {
                plan.unchanged.push(change(lock, place, address, row));
            }
            (Some(_), None, _) if !package.takes_checksum() => plan.skip(
                package,
                "it has no checksum in the lock, which keeps them in a table of its own; \
                 `cargo update -p` writes it",
            ),
            (Some(row), _, _) => {
                changed.push((row.clone(), change(lock, place, address, row)));
            }
        }
    }
    archives::verify(&changed, &indexes, step).await?;
    plan.changes = changed.into_iter().map(|(_, change)| change).collect();
    Ok(plan)
}

fn selected_lines(
    lock: &Lockfile,
    selected: &Selected,
    lookup: &Lookup,
    plan: &mut Plan,
) -> Result<BTreeMap<usize, Address>, RefreshError> {
    let places: BTreeSet<usize> = match selected {
        Selected::All => (0..lock.packages.len()).collect(),
        Selected::Named(named) => named
            .iter()
            .map(|named| named.place(lock))
            .collect::<Result<_, _>>()?,
    };
    let mut lines = BTreeMap::new();
    for place in places {
        let package = &lock.packages[place];
        match (lookup.line(&package.source), selected) {
            (Line::Registry(address), _) => drop(lines.insert(place, address)),
            (Line::Path, Selected::All) => {}
            (Line::Path, _) => plan.skip(package, "a package of the project has no checksum"),
            (Line::Elsewhere(_), _) => plan.skip(package, "not from a registry"),
            (Line::NotOurs(_), _) => plan.skip(
                package,
                "from a registry that neither the server nor cargo's configuration names",
            ),
        }
    }
    Ok(lines)
}

fn change(lock: &Lockfile, place: usize, read_at: Address, row: &Release) -> Change {
    let package = &lock.packages[place];
    let source = match &package.source {
        LockedSource::Registry(source) | LockedSource::Elsewhere(source) => source.clone(),
        LockedSource::Path => String::new(),
    };
    Change {
        place,
        name: package.name.clone(),
        version: package.version.clone(),
        source,
        read_at,
        old: package.checksum,
        new: row.checksum,
        other: OtherDependencies::of(lock, package, row),
    }
}

impl Plan {
    fn skip(&mut self, package: &LockedPackage, why: &str) {
        self.skipped.push((told(package), why.to_owned()));
    }
}

fn told(package: &LockedPackage) -> String {
    let LockedPackage { name, version, .. } = package;
    match &package.source {
        LockedSource::Path => format!("{name}@{version} (of the project)"),
        LockedSource::Registry(source) | LockedSource::Elsewhere(source) => {
            format!("{name}@{version} ({source})")
        }
    }
}
