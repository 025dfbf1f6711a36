//! What views have on record, and what is decided by command: whose names are, what was
//! shown of them.

use super::{Kept, Projected};
use crate::ports::AppendError;
use crossdock_core::decision::Decision;
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::version::Version;
use std::collections::btree_map::Entry;

impl Kept {
    pub(super) fn record_owner(
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

    pub(super) fn settle(
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

    pub(super) fn record_shown(
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

    pub(super) fn decide(
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
}
