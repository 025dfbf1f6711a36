//! What left this process for other registries: the record that shows no name leaked.
//!
//! Every single request is written down as it leaves, redirects and repeated tries
//! included, so that even one nobody waited for is seen. The newest are kept one by
//! one; counters go back to the start; and what left is summed up by name and reason
//! until somebody takes it to where it is kept for good.
//!
//! Absent: why a name was allowed to leave (law 8), which the asking use case says,
//! and any storage.

use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{Departed, ErrandKind, Reason};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many requests are remembered.
///
/// A cold build of some 300 crates asks for 300 index files and 300 archives, so
/// this holds the last few builds, at about 200 bytes each: under 1 MB.
pub const RECORDS_MAX: usize = 4096;

/// How many sums are held until they are taken; beyond, requests are counted only,
/// and [`Egress::take_sums`] tells how many. Nobody takes them only while the disk is
/// full or gone: at some 200 bytes each, 20 MB then.
const SUMS_MAX: usize = 100_000;

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
    /// Why that was allowed.
    pub reason: Reason,
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
    counts: BTreeMap<(RegistryName, ErrandKind), Counts>,
    sums: HashMap<(RegistryName, ErrandKind, String, Reason), Sum>,
    /// Requests that found no room among the sums.
    unsummed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sum {
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

/// What left since sums were taken last.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// By registry, kind, name and reason.
    pub departed: Vec<Departed>,
    /// Requests that are not among them, because nobody took sums for too long.
    pub lost: u64,
}

/// A request under way; its record says [`Outcome::Sent`] until told otherwise.
pub(crate) struct Departure<'e> {
    egress: &'e Egress,
    position: u64,
    key: (RegistryName, ErrandKind),
}

impl Egress {
    /// Returns the remembered requests, oldest first, at most [`RECORDS_MAX`].
    pub fn records(&self) -> Vec<Record> {
        self.state().records.iter().cloned().collect()
    }

    /// Returns the requests since the start, by registry and sort.
    pub fn counts(&self) -> BTreeMap<(RegistryName, ErrandKind), Counts> {
        self.state().counts.clone()
    }

    /// Takes what left since the last call of this.
    pub fn take_sums(&self) -> Sums {
        let (sums, lost) = {
            let mut state = self.state();
            let sums = std::mem::take(&mut state.sums);
            (sums, std::mem::take(&mut state.unsummed))
        };
        let departed = sums
            .into_iter()
            .map(|((registry, kind, name, reason), sum)| Departed {
                registry,
                kind,
                name,
                reason,
                first: sum.first,
                last: sum.last,
                count: sum.count,
            });
        Sums {
            departed: departed.collect(),
            lost,
        }
    }

    /// Takes back what was taken and could not be kept.
    pub fn give_back(&self, sums: Sums) {
        let mut state = self.state();
        for departed in sums.departed {
            let Departed {
                registry,
                kind,
                name,
                reason,
                first,
                last,
                count,
            } = departed;
            state.add((registry, kind, name, reason), Sum { first, last, count });
        }
        state.unsummed += sums.lost;
    }

    /// Writes down a request that leaves now.
    pub(crate) fn departs(
        &self,
        registry: &RegistryName,
        errand: &Errand,
        reason: &Reason,
        origin: String,
        at: Timestamp,
    ) -> Departure<'_> {
        let key = (registry.clone(), errand.kind());
        let summed = (registry.clone(), key.1, errand.name(), reason.clone());
        let mut state = self.state();
        let one = Sum {
            first: at,
            last: at,
            count: 1,
        };
        state.add(summed, one);
        state.counts.entry(key.clone()).or_default().sent += 1;
        if state.records.len() == RECORDS_MAX {
            state.records.pop_front();
            state.dropped += 1;
        }
        let position = state.dropped + state.records.len() as u64;
        state.records.push_back(Record {
            registry: registry.clone(),
            errand: errand.clone(),
            reason: reason.clone(),
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

impl State {
    fn add(&mut self, key: (RegistryName, ErrandKind, String, Reason), sum: Sum) {
        if let Some(known) = self.sums.get_mut(&key) {
            known.first = known.first.min(sum.first);
            known.last = known.last.max(sum.last);
            known.count += sum.count;
        } else if self.sums.len() < SUMS_MAX {
            self.sums.insert(key, sum);
        } else {
            self.unsummed += sum.count;
        }
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
    pub fn kind(&self) -> ErrandKind {
        match self {
            Self::Config => ErrandKind::Config,
            Self::Index(_) => ErrandKind::Index,
            Self::Download(..) => ErrandKind::Download,
        }
    }

    /// Returns the name that is sent; empty if none is.
    fn name(&self) -> String {
        match self {
            Self::Config => String::new(),
            Self::Index(name) => name.to_string(),
            Self::Download(name, _) => name.to_string(),
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
            &Reason::Asked,
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
    fn what_left_is_summed_up_until_it_is_taken() {
        let egress = Egress::default();
        departs(&egress).answered(200);
        departs(&egress).failed();
        let sums = egress.take_sums();
        assert_eq!((sums.departed.len(), sums.lost), (1, 0));
        assert_eq!(
            (&*sums.departed[0].name, sums.departed[0].count),
            ("petal", 2)
        );
        assert!(egress.take_sums().departed.is_empty());
        // What could not be kept comes again, together with what left meanwhile.
        departs(&egress).answered(200);
        egress.give_back(sums);
        assert_eq!(egress.take_sums().departed[0].count, 3);
    }

    #[test]
    fn sums_that_nobody_takes_are_bounded_and_counted() {
        let egress = Egress::default();
        let at = Timestamp::from_unix_seconds(0).unwrap();
        for number in 0..SUMS_MAX + 3 {
            let name = IndexName::parse(&format!("a{number}")).unwrap();
            let registry = RegistryName::parse("partner").unwrap();
            let errand = Errand::Index(name);
            let _sent = egress.departs(&registry, &errand, &Reason::Asked, String::new(), at);
        }
        let sums = egress.take_sums();
        assert_eq!((sums.departed.len(), sums.lost), (SUMS_MAX, 3));
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
