//! What left this process for other registries: the record that shows no name leaked.
//!
//! Every single request is written down as it leaves, redirects and repeated tries
//! included, so that even one nobody waited for is seen. The newest are kept in
//! memory; counters go back to the start.
//!
//! Absent: why a name was allowed to leave (law 8), which the asking use case
//! knows, and any storage.

use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many requests are remembered.
///
/// A cold build of some 300 crates asks for 300 index files and 300 archives, so
/// this holds the last few builds, at about 200 bytes each: under 1 MB.
pub const RECORDS_MAX: usize = 4096;

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// The registry's `config.json`; names no crate.
    Config,
    /// The index file of a name.
    Index(IndexName),
    /// The archive of a release.
    Download(CrateName, Version),
}

/// The sorts of errands that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// [`Errand::Config`].
    Config,
    /// [`Errand::Index`].
    Index,
    /// [`Errand::Download`].
    Download,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It left; nothing came back, or nobody waited for it.
    Sent,
    /// An answer with this status began to arrive.
    Answered(u16),
    /// It broke before any answer.
    Failed,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The registry for which it was made.
    pub registry: RegistryName,
    /// What it was for.
    pub errand: Errand,
    /// Where it went: scheme, host and port.
    pub origin: String,
    /// When it left.
    pub at: Timestamp,
    /// What became of it, as far as known.
    pub outcome: Outcome,
}

/// Requests since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// That left.
    pub sent: u64,
    /// That were answered, whatever the status.
    pub answered: u64,
    /// That broke before any answer.
    pub failed: u64,
}

/// The record, shared by all upstreams of a process.
#[derive(Debug, Default)]
pub struct Egress {
    /// Held for the time of a push or a copy, never across a wait.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<Record>,
    /// How many records were dropped from the front of `records`.
    dropped: u64,
    counts: BTreeMap<(RegistryName, Kind), Counts>,
}

/// A request under way; its record says [`Outcome::Sent`] until told otherwise.
pub(crate) struct Departure<'e> {
    egress: &'e Egress,
    position: u64,
    key: (RegistryName, Kind),
}

impl Egress {
    /// Returns the remembered requests, oldest first, at most [`RECORDS_MAX`].
    pub fn records(&self) -> Vec<Record> {
        self.state().records.iter().cloned().collect()
    }

    /// Returns the requests since the start, by registry and sort.
    pub fn counts(&self) -> BTreeMap<(RegistryName, Kind), Counts> {
        self.state().counts.clone()
    }

    /// Writes down a request that leaves now.
    pub(crate) fn departs(
        &self,
        registry: &RegistryName,
        errand: &Errand,
        origin: String,
        at: Timestamp,
    ) -> Departure<'_> {
        let key = (registry.clone(), errand.kind());
        let mut state = self.state();
        state.counts.entry(key.clone()).or_default().sent += 1;
        if state.records.len() == RECORDS_MAX {
            state.records.pop_front();
            state.dropped += 1;
        }
        let position = state.dropped + state.records.len() as u64;
        state.records.push_back(Record {
            registry: registry.clone(),
            errand: errand.clone(),
            origin,
            at,
            outcome: Outcome::Sent,
        });
        Departure {
            egress: self,
            position,
            key,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Departure<'_> {
    /// Writes down that an answer with `status` began to arrive.
    pub(crate) fn answered(self, status: u16) {
        self.ended(Outcome::Answered(status));
    }

    /// Writes down that nothing will come.
    pub(crate) fn failed(self) {
        self.ended(Outcome::Failed);
    }

    fn ended(self, outcome: Outcome) {
        let mut state = self.egress.state();
        let counts = state.counts.entry(self.key).or_default();
        match outcome {
            Outcome::Answered(_) => counts.answered += 1,
            Outcome::Failed => counts.failed += 1,
            Outcome::Sent => {}
        }
        let Some(index) = self.position.checked_sub(state.dropped) else {
            return;
        };
        if let Some(record) = state.records.get_mut(index as usize) {
            record.outcome = outcome;
        }
    }
}

impl Errand {
    /// Returns the sort under which the errand is counted.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Config => Kind::Config,
            Self::Index(_) => Kind::Index,
            Self::Download(..) => Kind::Download,
        }
    }
}

impl fmt::Display for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config => f.write_str("config"),
            Self::Index(name) => write!(f, "{name}"),
            Self::Download(name, version) => write!(f, "{name}@{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departs(egress: &Egress) -> Departure<'_> {
        egress.departs(
            &RegistryName::parse("partner").unwrap(),
            &Errand::Index(IndexName::parse("petal").unwrap()),
            "https://h".to_owned(),
            Timestamp::from_unix_seconds(0).unwrap(),
        )
    }

    #[test]
    fn a_request_nobody_waits_for_stays_on_record() {
        let egress = Egress::default();
        drop(departs(&egress));
        departs(&egress).answered(404);
        departs(&egress).failed();
        let outcomes: Vec<_> = egress.records().iter().map(|r| r.outcome).collect();
        assert_eq!(
            outcomes,
            [Outcome::Sent, Outcome::Answered(404), Outcome::Failed]
        );
        let counts: Vec<_> = egress.counts().into_values().collect();
        let expected = Counts {
            sent: 3,
            answered: 1,
            failed: 1,
        };
        assert_eq!(counts, [expected]);
    }

    #[test]
    fn the_newest_are_kept_and_late_answers_find_their_own_record() {
        let egress = Egress::default();
        let (lost, late) = (departs(&egress), departs(&egress));
        for _ in 0..RECORDS_MAX - 1 {
            departs(&egress).answered(200);
        }
        lost.answered(500);
        late.answered(304);
        let records = egress.records();
        assert_eq!(records.len(), RECORDS_MAX);
        assert_eq!(records[0].outcome, Outcome::Answered(304));
        assert!(
            records[1..]
                .iter()
                .all(|r| r.outcome == Outcome::Answered(200))
        );
    }
}
