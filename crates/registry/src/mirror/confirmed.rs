//! What the upstream confirmed lately, taken along over a stop and a start.
//!
//! Else a server that was just started asks for everything anew, which makes the first
//! resolution as slow as on an empty machine. Kept is when the upstream's word came,
//! not how long it is good for: settings may change in between, and an answer is never
//! older than those of today allow. Written once, when the server stops; one that is
//! killed asks again.
//!
//! A hole: an upstream's word is as old as the clock of the ledger says. A clock that
//! was set back in between makes words from the future, which count as none; one that
//! was set back by less than they are old makes them younger than they are.

use super::{Held, Mirror};
use crate::ports::Change;
use crossdock_core::name::IndexName;
use crossdock_core::timestamp::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// When the upstream last confirmed rows, in seconds since 1970; none if it did not.
pub(super) struct Confirmed(AtomicI64);

/// Nobody confirmed anything then.
const NEVER: i64 = i64::MIN;

impl Default for Confirmed {
    fn default() -> Self {
        Self(AtomicI64::new(NEVER))
    }
}

impl Confirmed {
    pub(super) fn set(&self, at: Timestamp) {
        self.0.store(at.unix_seconds(), Ordering::Relaxed);
    }

    /// Tells whether the upstream's word came for what is held.
    pub(super) fn is_set(&self) -> bool {
        self.get().is_some()
    }

    fn get(&self) -> Option<Timestamp> {
        let at = self.0.load(Ordering::Relaxed);
        (at != NEVER)
            .then(|| Timestamp::from_unix_seconds(at))
            .flatten()
    }
}

impl Mirror {
    /// What is to be recorded of the upstream's words that are still good; nothing if
    /// there are none.
    pub(crate) fn confirmations(&self) -> Option<Change> {
        let is_good = |held: &Held| !held.rows.is_empty() && self.fresh_for_ms(held) > 0;
        // Of names that were not read since the start, the word of before stands.
        let before = self.confirmed.iter();
        let unread = before.filter(|(name, _)| {
            !self.held.contains_key(*name) && self.still_good_for(name).is_some()
        });
        let unread = unread.map(|(name, at)| (name.clone(), *at));
        let mut names: Vec<(IndexName, Timestamp)> = self
            .held
            .iter()
            .filter(|(_, held)| is_good(held))
            .filter_map(|(name, held)| Some((IndexName::clone(&name), held.confirmed.get()?)))
            .collect();
        names.extend(unread);
        let registry = self.name.clone();
        (!names.is_empty()).then_some(Change::Confirm { registry, names })
    }

    /// How long rows that were read back may be shown unasked.
    pub(super) fn still_good_for(&self, name: &IndexName) -> Option<(Timestamp, Duration)> {
        let at = *self.confirmed.get(name)?;
        let age = self.ledger.now().unix_seconds() - at.unix_seconds();
        // Both times are cut to the second, which may hide almost one.
        let age = Duration::from_secs(u64::try_from(age).ok()? + 1);
        let good_for = self.revalidate_after.checked_sub(age)?;
        Some((at, good_for))
    }
}
