//! The projections of the ledger in memory, and how a batch changes them.
//!
//! Apart from `ledger.rs`, which has the lock and the faults: here a batch is a
//! function from tables to tables, so that a refused one leaves nothing to undo.

use crate::ports::{
    AppendError, Applied, Batch, Change, HostedCrate, HostedRelease, Mirrored, StoreError,
};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Everything a ledger knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// Encodings, as any store has them; the position is the index and one.
    facts: Vec<String>,
    /// The time of the last fact.
    last: Option<Timestamp>,
    crates: BTreeMap<(RegistryName, NameKey), Krate>,
    mirrored: BTreeMap<(RegistryName, IndexName), Mirrored>,
    ownerships: BTreeMap<(RegistryName, NameKey), Ownership>,
    /// View, member and name to the crate that names it.
    faces: BTreeMap<(RegistryName, RegistryName, NameKey), NameKey>,
}

#[derive(Clone, Debug)]
struct Krate {
    hosted: HostedCrate,
    /// In the order of `hosted.releases`.
    versions: Vec<(Version, Checksum)>,
}

impl Tables {
    /// Applies a batch; after an error the tables are of no use.
    pub(super) fn apply(
        &mut self,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Vec<Applied>, AppendError> {
        let time = self.last.map_or(now, |last| last.max(now));
        let changes = batch.changes.iter();
        changes
            .map(|change| match self.project(change, &batch.actor, time)? {
                None => Ok(self.record(change, &batch.actor, time)),
                Some(done) => Ok(done),
            })
            .collect()
    }

    fn record(&mut self, change: &Change, actor: &Actor, time: Timestamp) -> Applied {
        let Some(event) = change.event() else {
            return Applied::Unchanged;
        };
        let actor = actor.clone();
        self.facts.push(Fact { time, actor, event }.encode());
        self.last = Some(time);
        Applied::Fact {
            sequence: self.facts.len() as u64,
            time,
        }
    }

    /// Changes a projection; returns nothing if that is worth a fact.
    fn project(
        &mut self,
        change: &Change,
        actor: &Actor,
        time: Timestamp,
    ) -> Result<Option<Applied>, AppendError> {
        match change {
            Change::Publish {
                registry,
                name,
                version,
                checksum,
                row,
                metadata,
            } => {
                let release = HostedRelease {
                    row: row.clone(),
                    yanked: false,
                    published: time,
                    publisher: actor.clone(),
                };
                let krate = self.krate(registry, name, actor)?;
                krate.add(version, *checksum, release)?;
                krate.hosted.metadata.clone_from(metadata);
                Ok(None)
            }
            Change::SetYanked { id, yanked } => {
                let release = self
                    .crates
                    .get_mut(&(id.registry.clone(), id.name.clone()))
                    .and_then(|krate| krate.release(&id.version))
                    .ok_or(AppendError::NotFound)?;
                let same = std::mem::replace(&mut release.yanked, *yanked) == *yanked;
                Ok(same.then_some(Applied::Unchanged))
            }
            Change::SetOwners {
                registry,
                name,
                owners,
            } => {
                let krate = self.crates.get_mut(&(registry.clone(), name.clone()));
                krate.ok_or(AppendError::NotFound)?.hosted.owners = owners.clone();
                Ok(None)
            }
            Change::Observe {
                registry,
                name,
                rows,
                validators,
                ..
            } => {
                let mirrored = Mirrored {
                    rows: rows.clone(),
                    validators: validators.clone(),
                };
                let key = (registry.clone(), name.clone());
                let before = self.mirrored.insert(key, mirrored);
                let same = before.is_some_and(|before| before.rows == *rows);
                Ok(same.then_some(Applied::Unchanged))
            }
            Change::Revalidated {
                registry,
                name,
                validators,
            } => {
                let key = (registry.clone(), name.clone());
                if let Some(mirrored) = self.mirrored.get_mut(&key) {
                    mirrored.validators = validators.clone();
                }
                Ok(Some(Applied::Unchanged))
            }
            Change::RecordOwner {
                view,
                name,
                ownership,
            } => Ok(match self.ownerships.entry((view.clone(), name.clone())) {
                Entry::Occupied(standing) => Some(Applied::Stands(standing.get().clone())),
                Entry::Vacant(place) => {
                    place.insert(ownership.clone());
                    None
                }
            }),
            Change::SettleConflict {
                view,
                name,
                ownership,
            } => {
                let key = (view.clone(), name.clone());
                self.ownerships.insert(key, ownership.clone());
                Ok(None)
            }
            Change::NameFace {
                view,
                member,
                name,
                dependent,
            } => {
                let key = (view.clone(), member.clone(), name.clone());
                Ok(match self.faces.entry(key) {
                    Entry::Occupied(_) => Some(Applied::Unchanged),
                    Entry::Vacant(place) => {
                        place.insert(dependent.clone());
                        None
                    }
                })
            }
        }
    }

    /// Finds a crate, or makes it with its first owner; refuses another spelling.
    fn krate(
        &mut self,
        registry: &RegistryName,
        name: &CrateName,
        actor: &Actor,
    ) -> Result<&mut Krate, AppendError> {
        let krate = self
            .crates
            .entry((registry.clone(), name.key()))
            .or_insert_with(|| Krate {
                hosted: HostedCrate {
                    name: name.clone(),
                    owners: vec![actor.clone()],
                    metadata: String::new(),
                    releases: Vec::new(),
                },
                versions: Vec::new(),
            });
        if krate.hosted.name == *name {
            Ok(krate)
        } else {
            let existing = krate.hosted.name.clone();
            Err(AppendError::NameTaken { existing })
        }
    }

    pub(super) fn hosted(&self, registry: &RegistryName, name: &NameKey) -> Option<HostedCrate> {
        let krate = self.crates.get(&(registry.clone(), name.clone()));
        krate.map(|krate| krate.hosted.clone())
    }

    pub(super) fn hosted_names(&self, registry: &RegistryName) -> Vec<CrateName> {
        let of_registry = self.crates.iter().filter(|((of, _), _)| of == registry);
        of_registry
            .map(|(_, krate)| krate.hosted.name.clone())
            .collect()
    }

    pub(super) fn mirrored(&self, registry: &RegistryName, name: &IndexName) -> Option<Mirrored> {
        self.mirrored.get(&(registry.clone(), name.clone())).cloned()
    }

    pub(super) fn mirrored_names(&self, registry: &RegistryName) -> Vec<IndexName> {
        let of_registry = self.mirrored.keys().filter(|(of, _)| of == registry);
        of_registry.map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn ownerships(&self, view: &RegistryName) -> Vec<(NameKey, Ownership)> {
        let of_view = self.ownerships.iter().filter(|((of, _), _)| of == view);
        of_view
            .map(|((_, name), ownership)| (name.clone(), ownership.clone()))
            .collect()
    }

    pub(super) fn faces(&self, view: &RegistryName) -> Vec<(RegistryName, NameKey, NameKey)> {
        let of_view = self.faces.iter().filter(|((of, _, _), _)| of == view);
        of_view
            .map(|((_, member, name), dependent)| {
                (member.clone(), name.clone(), dependent.clone())
            })
            .collect()
    }

    pub(super) fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        let positions = (1..).zip(&self.facts);
        positions
            .skip_while(|(sequence, _)| *sequence <= after)
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .map(|(sequence, encoding)| {
                let fact = Fact::decode(encoding);
                let corrupt = |error| StoreError::Corrupt(format!("fact {sequence}: {error}"));
                Ok((sequence, fact.map_err(corrupt)?))
            })
            .collect()
    }
}

impl Krate {
    fn add(
        &mut self,
        version: &Version,
        checksum: Checksum,
        release: HostedRelease,
    ) -> Result<(), AppendError> {
        let bare = version.without_build();
        let existing = self.versions.iter().find(|(known, _)| known.without_build() == bare);
        if let Some((version, checksum)) = existing.cloned() {
            return Err(AppendError::VersionExists { version, checksum });
        }
        self.versions.push((version.clone(), checksum));
        self.hosted.releases.push(release);
        Ok(())
    }

    fn release(&mut self, version: &Version) -> Option<&mut HostedRelease> {
        let at = self.versions.iter().position(|(known, _)| known == version)?;
        self.hosted.releases.get_mut(at)
    }
}
