//! Facts played into a ledger, in their order, each with its position and its time.
//!
//! Absent: where the facts come from.

use super::replay::Replay;
use super::texts::Told;
use crate::ports::{AppendError, Applied, Batch, Change, Ledger, SeenRows, StoreError, Validators};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;

/// The registry of facts that stand in for others in a scratch ledger.
const STANDS_IN: &str = "fsck-stands-in";

/// A fact that was not taken as it was.
#[derive(Debug)]
pub(crate) struct Misplaced {
    /// Its position.
    pub(crate) sequence: u64,
    /// What became of it instead.
    pub(crate) why: String,
}

/// Fills a ledger.
pub(crate) struct Player<'s> {
    into: &'s dyn Ledger,
    set_clock: &'s (dyn Fn(Timestamp) + Sync),
    replay: Replay,
}

impl<'s> Player<'s> {
    /// Fills `into`, whose clock `set_clock` sets.
    pub(crate) fn new(into: &'s dyn Ledger, set_clock: &'s (dyn Fn(Timestamp) + Sync)) -> Self {
        Self {
            into,
            set_clock,
            replay: Replay::default(),
        }
    }

    /// Remembers facts that are there already.
    pub(crate) fn recall(&mut self, told: &[Told]) {
        for told in told {
            let _made_before = self.replay.change(told);
        }
    }

    /// Plays facts; the first that is not taken as it was ends it.
    pub(crate) async fn play(&mut self, told: &[Told]) -> Result<Option<Misplaced>, StoreError> {
        for group in told.chunk_by(together) {
            let changes = group.iter().map(|told| self.replay.change(told)).collect();
            let applied = self.append(&group[0], changes).await;
            if let Some(misplaced) = misplaced(group, applied)? {
                return Ok(Some(misplaced));
            }
        }
        Ok(None)
    }

    /// Plays facts to the last; for each that is not taken as it was another stands in,
    /// so that those after it come where they were.
    pub(crate) async fn play_all(&mut self, told: &[Told]) -> Result<Vec<Misplaced>, StoreError> {
        let mut all = Vec::new();
        for group in told.chunk_by(together) {
            let changes = group.iter().map(|told| self.replay.change(told));
            let changes: Vec<Change> = changes.collect();
            match self.append(&group[0], changes.clone()).await {
                Ok(applied) => {
                    let untaken = group.iter().zip(applied);
                    let untaken = untaken.filter(|(_, of)| !matches!(of, Applied::Fact { .. }));
                    all.extend(untaken.map(|(told, applied)| Misplaced {
                        sequence: told.sequence,
                        why: format!("{applied:?}"),
                    }));
                }
                Err(AppendError::Store(error)) => return Err(error),
                // Nothing of it was recorded: one of them is the reason.
                Err(_) => self.one_by_one(group, changes, &mut all).await?,
            }
            if let Some(last) = group.last() {
                self.stand_in(last.sequence, last.fact.time).await?;
            }
        }
        Ok(all)
    }

    async fn one_by_one(
        &mut self,
        group: &[Told],
        changes: Vec<Change>,
        all: &mut Vec<Misplaced>,
    ) -> Result<(), StoreError> {
        for (told, change) in group.iter().zip(changes) {
            let applied = self.append(told, vec![change]).await;
            if let Some(misplaced) = misplaced(std::slice::from_ref(told), applied)? {
                all.push(misplaced);
                self.stand_in(told.sequence, told.fact.time).await?;
            }
        }
        Ok(())
    }

    /// Lets other facts stand up to a position, unless it is reached.
    pub(crate) async fn stand_in(
        &mut self,
        sequence: u64,
        time: Timestamp,
    ) -> Result<(), StoreError> {
        let reached = self.into.position().await?;
        for missing in reached + 1..=sequence {
            self.stand_at(missing, time).await?;
        }
        Ok(())
    }

    async fn stand_at(&self, sequence: u64, time: Timestamp) -> Result<(), StoreError> {
        let text = format!("fact-{sequence}");
        let change = Change::Observe {
            registry: RegistryName::parse(STANDS_IN).expect("a name within the grammar"),
            name: IndexName::parse(&text).expect("a name within the grammar"),
            rows: Bytes::from(text),
            releases: 0,
            validators: Validators::default(),
            seen: SeenRows::Whatever,
        };
        (self.set_clock)(time);
        let actor = Actor::server();
        let changes = vec![change];
        match self.into.append(Batch { actor, changes }).await {
            Ok(_) => Ok(()),
            Err(AppendError::Store(error)) => Err(error),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }

    async fn append(
        &self,
        first: &Told,
        changes: Vec<Change>,
    ) -> Result<Vec<Applied>, AppendError> {
        (self.set_clock)(first.fact.time);
        let actor = first.fact.actor.clone();
        self.into.append(Batch { actor, changes }).await
    }
}

fn together(left: &Told, right: &Told) -> bool {
    left.fact.time == right.fact.time && left.fact.actor == right.fact.actor
}

/// Finds the first fact that did not come where it was.
fn misplaced(
    group: &[Told],
    applied: Result<Vec<Applied>, AppendError>,
) -> Result<Option<Misplaced>, StoreError> {
    let applied = match applied {
        Ok(applied) => applied,
        Err(AppendError::Store(error)) => return Err(error),
        Err(error) => {
            return Ok(Some(Misplaced {
                sequence: group[0].sequence,
                why: error.to_string(),
            }));
        }
    };
    for (told, applied) in group.iter().zip(applied) {
        let expected = Applied::Fact {
            sequence: told.sequence,
            time: told.fact.time,
        };
        if applied != expected {
            return Ok(Some(Misplaced {
                sequence: told.sequence,
                why: format!("{applied:?}"),
            }));
        }
    }
    Ok(None)
}
