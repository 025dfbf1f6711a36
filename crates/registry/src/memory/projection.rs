//! What a ledger in memory keeps, and what each change makes of it.
//!
//! Absent: how it is read back, which is `listing.rs`.

use crate::ports::StoreError;
use crate::ports::{AppendError, Applied, Batch, Change, HostedRelease, Mirrored, Observed};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::{FACT_BYTES_MAX, Fact, MirroredReleases, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Facts and projections.
#[derive(Clone, Default)]
pub(super) struct Kept {
    // Encoded, as every ledger keeps them: what cannot be read back shows here, too.
    pub(super) facts: Vec<String>,
    pub(super) crates: BTreeMap<(RegistryName, NameKey), Krate>,
    pub(super) mirrored: BTreeMap<(RegistryName, IndexName), Mirrored>,
    pub(super) confirmed: BTreeMap<RegistryName, BTreeMap<IndexName, Timestamp>>,
    pub(super) vanished: BTreeMap<(RegistryName, IndexName, Version), Timestamp>,
    /// Everything that was ever observed of a name, oldest first.
    pub(super) observed: BTreeMap<(RegistryName, IndexName), Vec<Observed>>,
    pub(super) ownerships: BTreeMap<(RegistryName, NameKey), Ownership>,
    pub(super) faces: BTreeMap<(RegistryName, RegistryName, NameKey), NameKey>,
    pub(super) shown: BTreeMap<(RegistryName, NameKey, Version), Source>,
    /// What can be decided only once, with the position of the fact that decided it.
    decided_once: BTreeMap<(RegistryName, String), u64>,
    pub(super) last: Option<Timestamp>,
}

#[derive(Clone)]
pub(super) struct Krate {
    pub(super) name: CrateName,
    pub(super) owners: Vec<Actor>,
    pub(super) metadata: String,
    pub(super) releases: Vec<Release>,
    /// Builds that others took the place of, oldest first.
    pub(super) earlier: Vec<HostedRelease>,
}

#[derive(Clone)]
pub(super) struct Release {
    version: Version,
    checksum: Checksum,
    pub(super) shown: HostedRelease,
}

/// What a change did to the projections.
enum Projected {
    New,
    Already,
    Stands(Ownership),
    /// The record is what was wanted, together with what others had joined.
    Joined(Ownership),
    ShownOtherwise,
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
                Projected::Joined(ownership) => {
                    self.record(&change.with_ownership(&ownership), &batch.actor, time)?;
                    Applied::Stands(ownership)
                }
                Projected::ShownOtherwise => Applied::ShownOtherwise,
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
                    sequence: self.facts.len() as u64 + 1,
                };
                let release = Release {
                    version,
                    checksum,
                    shown,
                };
                self.publish(registry, name, metadata, release, false)
            }
            Change::PublishBeside {
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
                    sequence: self.facts.len() as u64 + 1,
                };
                let release = Release {
                    version,
                    checksum,
                    shown,
                };
                self.publish(registry, name, metadata, release, true)
            }
            Change::Replace {
                registry,
                name,
                version,
                seen,
                checksum,
                row,
                metadata,
            } => {
                let shown = HostedRelease {
                    row,
                    yanked: false,
                    published: time,
                    publisher: actor.clone(),
                    sequence: self.facts.len() as u64 + 1,
                };
                let release = Release {
                    version,
                    checksum,
                    shown,
                };
                self.replace(&(registry, name.key()), seen, metadata, release)
            }
            Change::SetYanked { id, yanked } => self.set_yanked(id, yanked),
            Change::SetOwners {
                registry,
                name,
                seen,
                owners,
            } => {
                let krate = self.crates.get_mut(&(registry, name));
                let before = &mut krate.ok_or(AppendError::NotFound)?.owners;
                if *before != owners && *before != seen {
                    return Err(AppendError::OwnersChanged);
                }
                Ok(new_unless(
                    std::mem::replace(before, owners.clone()) == owners,
                ))
            }
            Change::Observe {
                registry,
                name,
                rows,
                validators,
                seen,
                ..
            } => {
                let kept = self.mirrored.get(&(registry.clone(), name.clone()));
                if kept.is_none_or(|kept| kept.rows != rows) && !seen.are(kept.map(digest)) {
                    return Err(AppendError::RowsChanged);
                }
                let observed = Mirrored {
                    rows: rows.clone(),
                    validators,
                };
                let place = (registry, name);
                let before = self.mirrored.insert(place.clone(), observed);
                if before.is_some_and(|before| before.rows == rows) {
                    return Ok(Projected::Already);
                }
                let sequence = self.facts.len() as u64 + 1;
                let all = self.observed.entry(place).or_default();
                all.push(Observed { rows, sequence });
                Ok(Projected::New)
            }
            Change::Revalidated {
                registry,
                name,
                validators,
                seen,
            } => {
                if let Some(kept) = self.mirrored.get_mut(&(registry, name))
                    && seen.are(Some(digest(kept)))
                {
                    kept.validators = validators;
                }
                Ok(Projected::Already)
            }
            Change::Confirm { registry, names } => {
                self.confirmed.insert(registry, names.into_iter().collect());
                Ok(Projected::Already)
            }
            Change::Vanish(releases) => Ok(new_unless(!self.vanish(releases, time))),
            Change::Return(releases) => Ok(new_unless(!self.take_back(releases))),
            Change::RecordOwner {
                view,
                name,
                ownership,
            } => Ok(self.record_owner(view, name, ownership)),
            Change::TakeName {
                view,
                name,
                registry,
                ownership,
            } => match self.record_owner(view.clone(), name, ownership) {
                Projected::Stands(ownership) if !ownership.members().contains(&registry) => {
                    Err(AppendError::NameOwned { view, ownership })
                }
                done => Ok(done),
            },
            Change::SettleConflict {
                view,
                name,
                seen,
                ownership,
            } => Ok(self.settle((view, name), seen.as_ref(), ownership)),
            Change::RecordShown {
                view,
                name,
                releases,
            } => Ok(self.record_shown(&view, &name, &releases)),
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
            Change::Decide { scope, decision } => self.decide(scope, &decision),
        }
    }

    fn decide(
        &mut self,
        scope: RegistryName,
        decision: &Decision,
    ) -> Result<Projected, AppendError> {
        match decision {
            Decision::Transferred(turned) => {
                self.turn(&scope, &turned.name, |record| turned.transfer(record))?;
            }
            Decision::Reassigned(turned) => {
                self.turn(&scope, &turned.name, |record| turned.reassign(record))?;
                self.shown
                    .retain(|(view, name, _), _| *view != scope || *name != turned.name);
            }
            _ => {}
        }
        let Some(once) = decision.once() else {
            return Ok(Projected::New);
        };
        let next = self.facts.len() as u64 + 1;
        match self.decided_once.entry((scope, once)) {
            Entry::Occupied(before) => Err(AppendError::AlreadyDecided {
                kind: decision.kind(),
                sequence: *before.get(),
            }),
            Entry::Vacant(place) => {
                place.insert(next);
                Ok(Projected::New)
            }
        }
    }

    /// Notes what is missing; tells whether any of it is so for the first time.
    fn vanish(&mut self, releases: MirroredReleases, time: Timestamp) -> bool {
        let before = self.vanished.len();
        for version in releases.versions {
            let place = (releases.registry.clone(), releases.name.clone(), version);
            self.vanished.entry(place).or_insert(time);
        }
        self.vanished.len() > before
    }

    /// Notes what is there again; tells whether any of it was missing.
    fn take_back(&mut self, releases: MirroredReleases) -> bool {
        let before = self.vanished.len();
        for version in releases.versions {
            let place = (releases.registry.clone(), releases.name.clone(), version);
            self.vanished.remove(&place);
        }
        self.vanished.len() < before
    }

    fn record_owner(
        &mut self,
        view: RegistryName,
        name: NameKey,
        ownership: Ownership,
    ) -> Projected {
        match self.ownerships.entry((view, name)) {
            Entry::Occupied(standing) => Projected::Stands(standing.get().clone()),
            Entry::Vacant(place) => {
                place.insert(ownership);
                Projected::New
            }
        }
    }

    fn settle(
        &mut self,
        place: (RegistryName, NameKey),
        seen: Option<&Ownership>,
        wanted: Ownership,
    ) -> Projected {
        let Some(standing) = self.ownerships.get(&place) else {
            self.ownerships.insert(place, wanted);
            return Projected::New;
        };
        match standing.joined(seen, &wanted) {
            None => Projected::Stands(standing.clone()),
            Some(joined) if joined == *standing && joined == wanted => Projected::Already,
            Some(joined) if joined == *standing => Projected::Stands(joined),
            Some(joined) => {
                self.ownerships.insert(place, joined.clone());
                match joined == wanted {
                    true => Projected::New,
                    false => Projected::Joined(joined),
                }
            }
        }
    }

    /// Gives a name to another owner.
    fn turn(
        &mut self,
        view: &RegistryName,
        name: &NameKey,
        turned: impl FnOnce(&Ownership) -> Option<Ownership>,
    ) -> Result<(), AppendError> {
        let place = (view.clone(), name.clone());
        let standing = self
            .ownerships
            .get_mut(&place)
            .ok_or(AppendError::NotFound)?;
        let Some(turned) = turned(standing) else {
            let (view, ownership) = (view.clone(), standing.clone());
            return Err(AppendError::NameOwned { view, ownership });
        };
        *standing = turned;
        Ok(())
    }

    fn record_shown(
        &mut self,
        view: &RegistryName,
        name: &NameKey,
        releases: &[(Version, Source)],
    ) -> Projected {
        let place = |version: &Version| (view.clone(), name.clone(), version.clone());
        let standing = |(version, _): &(Version, Source)| self.shown.get(&place(version));
        let otherwise = |one: &(Version, Source)| standing(one).is_some_and(|old| *old != one.1);
        if releases.iter().any(otherwise) {
            return Projected::ShownOtherwise;
        }
        if releases.iter().all(|one| standing(one).is_some()) {
            return Projected::Already;
        }
        for (version, source) in releases {
            self.shown.insert(place(version), source.clone());
        }
        Projected::New
    }

    fn publish(
        &mut self,
        registry: RegistryName,
        name: CrateName,
        metadata: String,
        release: Release,
        beside: bool,
    ) -> Result<Projected, AppendError> {
        let krate = self
            .crates
            .entry((registry, name.key()))
            .or_insert_with(|| Krate {
                name: name.clone(),
                owners: vec![release.shown.publisher.clone()],
                metadata: String::new(),
                releases: Vec::new(),
                earlier: Vec::new(),
            });
        if krate.name != name {
            let existing = krate.name.clone();
            return Err(AppendError::NameTaken { existing });
        }
        let bare = release.version.without_build();
        let clashes = |one: &&Release| match beside {
            true => one.version == release.version,
            false => one.version.without_build() == bare,
        };
        let mut releases = krate.releases.iter();
        if let Some(existing) = releases.find(clashes) {
            return Err(AppendError::VersionExists {
                version: existing.version.clone(),
                checksum: existing.checksum,
            });
        }
        krate.metadata = metadata;
        krate.releases.push(release);
        Ok(Projected::New)
    }

    fn replace(
        &mut self,
        place: &(RegistryName, NameKey),
        seen: Checksum,
        metadata: String,
        mut newer: Release,
    ) -> Result<Projected, AppendError> {
        let krate = self.crates.get_mut(place).ok_or(AppendError::NotFound)?;
        let mut releases = krate.releases.iter();
        let index = releases.position(|one| one.version == newer.version);
        let index = index.ok_or(AppendError::NotFound)?;
        if krate.releases[index].checksum != seen {
            return Err(AppendError::VersionExists {
                version: newer.version,
                checksum: krate.releases[index].checksum,
            });
        }
        let mut older = krate.releases.remove(index).shown;
        newer.shown.yanked = std::mem::replace(&mut older.yanked, false);
        krate.earlier.push(older);
        krate.metadata = metadata;
        krate.releases.push(newer);
        Ok(Projected::New)
    }

    fn set_yanked(&mut self, id: ReleaseId, yanked: bool) -> Result<Projected, AppendError> {
        let krate = self.crates.get_mut(&(id.registry, id.name));
        let mut releases = krate.ok_or(AppendError::NotFound)?.releases.iter_mut();
        let release = releases.find(|release| release.version == id.version);
        let release = release.ok_or(AppendError::NotFound)?;
        let before = std::mem::replace(&mut release.shown.yanked, yanked);
        Ok(new_unless(before == yanked))
    }
}

fn new_unless(already: bool) -> Projected {
    if already {
        Projected::Already
    } else {
        Projected::New
    }
}

fn digest(kept: &Mirrored) -> Checksum {
    Checksum::of(&kept.rows)
}
