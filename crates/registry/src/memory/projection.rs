//! What a ledger in memory keeps, and what each change makes of it.
//!
//! Below: hosted crates, and what views have on record. Absent: how it is read back, which
//! is `listing.rs`.

mod hosted;
mod recorded;

use crate::ports::{AppendError, Applied, Batch, Change, Mirrored, Observed, StoreError};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::{FACT_BYTES_MAX, Fact, MirroredReleases};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use hosted::Krate;
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
            Change::Publish(release) => self.publish(release, actor, time, false),
            Change::PublishBeside(release) => self.publish(release, actor, time, true),
            Change::Replace { seen, release } => self.replace(seen, release, actor, time),
            Change::FirstPublished { registry, name } => {
                self.first_published(&(registry, name), actor)
            }
            Change::SetYanked { id, yanked } => self.set_yanked(id, yanked),
            Change::SetOwners {
                registry,
                name,
                seen,
                owners,
            } => self.set_owners(&(registry, name), &seen, &owners),
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
