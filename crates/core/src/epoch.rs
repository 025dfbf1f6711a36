//! Epochs: positions in the sequence of facts, and what was known at one.
//!
//! A view at an epoch is a pure function of recorded facts (law 10). What was
//! recorded later counts only where nothing had been recorded before: then the first
//! record after the epoch stands for all earlier ones, for ever, so that an answer
//! about the past does not move once it was given.
//!
//! Of rows that were first observed after the epoch, those are shown that had been
//! published by then, as their `pubtime` says. A row without a `pubtime` is shown
//! from its first observation on: nothing else says that it was there before.
//!
//! Absent: where facts and rows are kept, and who asks for rows never observed.

mod on_record;
mod when;

use crate::actor::Actor;
use crate::fact::Event;
use crate::release::Release;
use crate::timestamp::Timestamp;
use crate::version::Version;
use std::collections::BTreeSet;

pub use on_record::{Learnt, OnRecord};
pub use when::{When, WhenError};

/// A moment in the history of an installation.
///
/// Both parts grow together; a moment before the first fact has epoch 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Position of the last fact that counts.
    pub epoch: u64,
    /// Releases published later had not been there, as far as only their `pubtime`
    /// tells: the time of that fact, or the later time that was asked for.
    pub time: Timestamp,
}

impl Moment {
    /// Tells whether a mirrored release was there, by the observation that its row
    /// is taken from: the last one until the moment, or else the first one after it.
    pub fn shows(&self, observed: u64, release: &Release) -> bool {
        observed <= self.epoch
            || release
                .pubtime
                .is_some_and(|published| published <= self.time)
    }
}

/// Finds the observation that speaks for an epoch among those of a name, by their
/// positions in order: the last one until then, or else the first.
pub fn observation_at(sequences: &[u64], epoch: u64) -> Option<usize> {
    let until = sequences.partition_point(|sequence| *sequence <= epoch);
    let found = until.saturating_sub(1);
    (found < sequences.len()).then_some(found)
}

/// What the facts about a hosted crate say of it at an epoch, besides its releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostedState {
    /// The releases that were yanked.
    pub yanked: BTreeSet<Version>,
    /// The owners.
    pub owners: Vec<Actor>,
}

impl HostedState {
    /// Folds the facts about a crate, in their order, up to an epoch.
    pub fn at<'f>(epoch: u64, facts: impl Iterator<Item = (u64, &'f Actor, &'f Event)>) -> Self {
        let mut state = Self::default();
        for (_, actor, event) in facts.take_while(|(sequence, ..)| *sequence <= epoch) {
            match event {
                // Whoever publishes a name first owns it.
                Event::Published { .. } if state.owners.is_empty() => {
                    state.owners.push(actor.clone());
                }
                Event::Yanked(id) => drop(state.yanked.insert(id.version.clone())),
                Event::Unyanked(id) => drop(state.yanked.remove(&id.version)),
                Event::OwnersChanged { owners, .. } => state.owners.clone_from(owners),
                _ => {}
            }
        }
        state
    }
}
