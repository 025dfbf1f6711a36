//! What a ledger in memory keeps, and what each change makes of it.

use crate::ports::StoreError;
use crate::ports::{AppendError, Applied, Batch, Change, HostedCrate, HostedRelease, Mirrored};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{FACT_BYTES_MAX, Fact, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Facts and projections.
#[derive(Clone, Default)]
pub(super) struct Kept {
    // Encoded, as every ledger keeps them: what cannot be read back shows here, too.
    facts: Vec<String>,
    crates: BTreeMap<(RegistryName, NameKey), Krate>,
    mirrored: BTreeMap<(RegistryName, IndexName), Mirrored>,
    ownerships: BTreeMap<(RegistryName, NameKey), Ownership>,
    faces: BTreeMap<(RegistryName, RegistryName, NameKey), NameKey>,
    last: Option<Timestamp>,
}

#[derive(Clone)]
struct Krate {
    name: CrateName,
    owners: Vec<Actor>,
    metadata: String,
    releases: Vec<Release>,
}

#[derive(Clone)]
struct Release {
    version: Version,
    checksum: Checksum,
    shown: HostedRelease,
}

/// What a change did to the projections.
enum Projected {
    New,
    Already,
    Stands(Ownership),
}

impl Kept {
    /// Applies a batch; after an error the caller throws this state away.
    pub(super) fn append(
        &mut self,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Vec<Applied>, AppendError> {
        let time = self.last.map_or(now, |last| last.max(now));
        let mut applied = Vec::with_capacity(batch.changes.len());
        for change in &batch.changes {
            applied.push(match self.project(change, &batch.actor, time)? {
                Projected::New => self.record(change, &batch.actor, time)?,
                Projected::Already => Applied::Unchanged,
                Projected::Stands(ownership) => Applied::Stands(ownership),
            });
        }
        Ok(applied)
    }

    fn record(
        &mut self,
        change: &Change,
        actor: &Actor,
        time: Timestamp,
    ) -> Result<Applied, AppendError> {
        let Some(event) = change.event() else {
            return Ok(Applied::Unchanged);
        };
        let actor = actor.clone();
        let encoding = Fact { time, actor, event }.encode();
        if encoding.len() > FACT_BYTES_MAX {
            let bytes = encoding.len();
            return Err(StoreError::Unavailable(format!(
                "a fact of {bytes} bytes is longer than {FACT_BYTES_MAX}, which is the most that can be read back"
            ))
            .into());
        }
        self.facts.push(encoding);
        self.last = Some(time);
        let sequence = self.facts.len() as u64;
        Ok(Applied::Fact { sequence, time })
    }

    fn project(
        &mut self,
        change: &Change,
        actor: &Actor,
        time: Timestamp,
    ) -> Result<Projected, AppendError> {
        match change.clone() {
            Change::Publish {
                registry,
                name,
                version,
                checksum,
                row,
                metadata,
            } => {
                let shown = HostedRelease {
                    row,
                    yanked: false,
                    published: time,
                    publisher: actor.clone(),
                };
                let release = Release {
                    version,
                    checksum,
                    shown,
                };
                self.publish(registry, name, metadata, release)
            }
            Change::SetYanked { id, yanked } => self.set_yanked(id, yanked),
            Change::SetOwners {
                registry,
                name,
                owners,
            } => {
                let krate = self.crates.get_mut(&(registry, name));
                let before = &mut krate.ok_or(AppendError::NotFound)?.owners;
                Ok(replaced(before, owners))
            }
            Change::Observe {
                registry,
                name,
                rows,
                validators,
                ..
            } => {
                let observed = Mirrored { rows, validators };
                let rows = observed.rows.clone();
                let before = self.mirrored.insert((registry, name), observed);
                Ok(match before {
                    Some(before) if before.rows == rows => Projected::Already,
                    _ => Projected::New,
                })
            }
            Change::Revalidated {
                registry,
                name,
                validators,
            } => {
                if let Some(kept) = self.mirrored.get_mut(&(registry, name)) {
                    kept.validators = validators;
                }
                Ok(Projected::Already)
            }
            Change::RecordOwner {
                view,
                name,
                ownership,
            } => Ok(match self.ownerships.entry((view, name)) {
                Entry::Occupied(standing) => Projected::Stands(standing.get().clone()),
                Entry::Vacant(place) => {
                    place.insert(ownership);
                    Projected::New
                }
            }),
            Change::TakeName {
                view,
                name,
                registry,
                ownership,
            } => match self.ownerships.entry((view.clone(), name)) {
                Entry::Occupied(standing) => {
                    let ownership = standing.get().clone();
                    if ownership.members().contains(&registry) {
                        Ok(Projected::Stands(ownership))
                    } else {
                        Err(AppendError::NameOwned { view, ownership })
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(ownership);
                    Ok(Projected::New)
                }
            },
            Change::SettleConflict {
                view,
                name,
                ownership,
            } => Ok(match self.ownerships.entry((view, name)) {
                Entry::Occupied(mut standing) => replaced(standing.get_mut(), ownership),
                Entry::Vacant(place) => {
                    place.insert(ownership);
                    Projected::New
                }
            }),
            Change::NameFace {
                view,
                member,
                name,
                dependent,
            } => Ok(match self.faces.entry((view, member, name)) {
                Entry::Occupied(_) => Projected::Already,
                Entry::Vacant(place) => {
                    place.insert(dependent);
                    Projected::New
                }
            }),
        }
    }

    fn publish(
        &mut self,
        registry: RegistryName,
        name: CrateName,
        metadata: String,
        release: Release,
    ) -> Result<Projected, AppendError> {
        let krate = self
            .crates
            .entry((registry, name.key()))
            .or_insert_with(|| Krate {
                name: name.clone(),
                owners: vec![release.shown.publisher.clone()],
                metadata: String::new(),
                releases: Vec::new(),
            });
        if krate.name != name {
            let existing = krate.name.clone();
            return Err(AppendError::NameTaken { existing });
        }
        let bare = release.version.without_build();
        let mut releases = krate.releases.iter();
        if let Some(existing) = releases.find(|one| one.version.without_build() == bare) {
            return Err(AppendError::VersionExists {
                version: existing.version.clone(),
                checksum: existing.checksum,
            });
        }
        krate.metadata = metadata;
        krate.releases.push(release);
        Ok(Projected::New)
    }

    fn set_yanked(&mut self, id: ReleaseId, yanked: bool) -> Result<Projected, AppendError> {
        let krate = self.crates.get_mut(&(id.registry, id.name));
        let mut releases = krate.ok_or(AppendError::NotFound)?.releases.iter_mut();
        let release = releases.find(|release| release.version == id.version);
        let release = release.ok_or(AppendError::NotFound)?;
        Ok(replaced(&mut release.shown.yanked, yanked))
    }

    pub(super) fn hosted(&self, registry: &RegistryName, name: &NameKey) -> Option<HostedCrate> {
        let krate = self.crates.get(&(registry.clone(), name.clone()))?;
        Some(HostedCrate {
            name: krate.name.clone(),
            owners: krate.owners.clone(),
            metadata: krate.metadata.clone(),
            releases: krate.releases.iter().map(|one| one.shown.clone()).collect(),
        })
    }

    pub(super) fn hosted_names(&self, registry: &RegistryName) -> Vec<CrateName> {
        let ours = self.crates.iter().filter(|((of, _), _)| of == registry);
        ours.map(|(_, krate)| krate.name.clone()).collect()
    }

    pub(super) fn mirrored(&self, registry: &RegistryName, name: &IndexName) -> Option<Mirrored> {
        self.mirrored
            .get(&(registry.clone(), name.clone()))
            .cloned()
    }

    pub(super) fn mirrored_names(&self, registry: &RegistryName) -> Vec<IndexName> {
        let ours = self.mirrored.keys().filter(|(of, _)| of == registry);
        ours.map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn ownerships(&self, view: &RegistryName) -> Vec<(NameKey, Ownership)> {
        let ours = self.ownerships.iter().filter(|((of, _), _)| of == view);
        ours.map(|((_, name), ownership)| (name.clone(), ownership.clone()))
            .collect()
    }

    pub(super) fn faces(&self, view: &RegistryName) -> Vec<(RegistryName, NameKey, NameKey)> {
        let ours = self.faces.iter().filter(|((of, ..), _)| of == view);
        ours.map(|((_, member, name), dependent)| (member.clone(), name.clone(), dependent.clone()))
            .collect()
    }

    pub(super) fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        let numbered = (1..).zip(&self.facts);
        let wanted = numbered.filter(|(sequence, _)| *sequence > after);
        wanted
            .take(limit as usize)
            .map(|(sequence, encoding)| {
                let fact = Fact::decode(encoding);
                let corrupt = |error| StoreError::Corrupt(format!("fact {sequence}: {error}"));
                Ok((sequence, fact.map_err(corrupt)?))
            })
            .collect()
    }
}

fn replaced<T: PartialEq>(old: &mut T, new: T) -> Projected {
    if *old == new {
        return Projected::Already;
    }
    *old = new;
    Projected::New
}
