//! What somebody should look at: the one place where alarms are collected.
//!
//! An alarm is a state, not an event: the same thing seen again is counted, and what
//! is mended is taken back. Its first appearance is a line in the log. They are in
//! memory: whatever is still so after a restart is noticed again by the next look.
//!
//! Absent: what is wrong with what, which those know who raise alarms.

use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing::warn;

/// Most alarms at a time; beyond it new ones are counted and not kept. At some 500
/// bytes each that is 5 MB, and more than anybody reads.
pub const ALARMS_MAX: usize = 10_000;

/// Longest text of an alarm, in bytes; the first of many versions say enough.
const TEXT_BYTES_MAX: usize = 1_000;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// An upstream does not show any more what is kept; it stays.
    Vanished,
    /// An upstream shows another checksum under a version; the first stays.
    OtherBytes,
    /// An upstream shows another row under a version; the first stays.
    OtherRow,
    /// An upstream shows rows that cargo could not use; they are left out.
    RefusedRows,
    /// An upstream answers with something that is no index, as a login page is; that is
    /// silence.
    NoIndex,
    /// An upstream lost many names together; nothing of it is believed.
    MassDisappearance,
    /// An upstream has not answered for long.
    SilentUpstream,
    /// An upstream is a view of another Crossdock, or this one: it is not asked.
    NoRegistry,
    /// An upstream sent an archive with another checksum than its row says.
    WrongArchive,
    /// An archive of an upstream could write outside of its folder, hang or lie; its
    /// version is quarantined.
    UnsafeArchive,
    /// An upstream leads to where it must not, or sends more than is taken; that is not
    /// followed, and counts as silence.
    RefusedAnswer,
    /// Members have equal bytes of a release and rows that differ.
    RowsDiffer,
    /// A file or package of a directory is not served, or not as it lies there.
    UnusableFile,
}

impl AlarmKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Vanished,
        Self::OtherBytes,
        Self::OtherRow,
        Self::RefusedRows,
        Self::NoIndex,
        Self::MassDisappearance,
        Self::SilentUpstream,
        Self::NoRegistry,
        Self::WrongArchive,
        Self::UnsafeArchive,
        Self::RefusedAnswer,
        Self::RowsDiffer,
        Self::UnusableFile,
    ];

    /// Returns the word that names the kind in answers, metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vanished => "vanished",
            Self::OtherBytes => "other-bytes",
            Self::OtherRow => "other-row",
            Self::RefusedRows => "refused-rows",
            Self::NoIndex => "no-index",
            Self::MassDisappearance => "mass-disappearance",
            Self::SilentUpstream => "silent-upstream",
            Self::NoRegistry => "no-registry",
            Self::WrongArchive => "wrong-archive",
            Self::UnsafeArchive => "unsafe-archive",
            Self::RefusedAnswer => "refused-answer",
            Self::RowsDiffer => "rows-differ",
            Self::UnusableFile => "unusable-file",
        }
    }
}

impl fmt::Display for AlarmKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An alarm, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// The registry or view it is about.
    pub registry: String,
    /// The crate it is about, if it is about one.
    pub name: Option<String>,
    /// The word of its kind.
    pub kind: &'static str,
    /// What is wrong and what was done about it, as last seen.
    pub text: String,
    /// When it was first seen.
    pub first: String,
    /// When it was last seen.
    pub last: String,
    /// How often it was seen.
    pub count: u64,
}

/// The alarms of an installation.
#[derive(Debug, Default)]
pub struct Alarms {
    // Held for a look or a change, never across an await.
    state: Mutex<State>,
    /// As many as there are, so that those who have none to take back need not wait.
    len: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    alarms: BTreeMap<Key, Seen>,
    /// New alarms since the start, those that found no room included.
    raised: BTreeMap<AlarmKind, u64>,
    /// New alarms that found no room.
    unlisted: u64,
}

type Key = (RegistryName, Option<String>, AlarmKind);

#[derive(Debug)]
struct Seen {
    text: String,
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

impl Alarms {
    /// Raises an alarm, or notes that it is still so.
    pub fn raise(
        &self,
        registry: &RegistryName,
        name: Option<&str>,
        kind: AlarmKind,
        text: String,
        now: Timestamp,
    ) {
        let (text, mut state) = (shortened(text), self.state());
        let key = (registry.clone(), name.map(str::to_owned), kind);
        if let Some(seen) = state.alarms.get_mut(&key) {
            (seen.text, seen.last) = (text, now);
            seen.count += 1;
            return;
        }
        *state.raised.entry(kind).or_default() += 1;
        warn!(registry = %registry, krate.name = name, alarm = kind.word(), "{text}");
        if state.alarms.len() >= ALARMS_MAX {
            state.unlisted += 1;
            return;
        }
        let (first, last, count) = (now, now, 1);
        let seen = Seen {
            text,
            first,
            last,
            count,
        };
        state.alarms.insert(key, seen);
        self.len.store(state.alarms.len(), Ordering::Relaxed);
    }

    /// Takes an alarm back: it is not so any more.
    pub fn settle(&self, registry: &RegistryName, name: Option<&str>, kind: AlarmKind) {
        self.settle_as(registry, name, kind, "is not so any more");
    }

    /// Takes an alarm back, and tells the log what became of it.
    pub fn settle_as(
        &self,
        registry: &RegistryName,
        name: Option<&str>,
        kind: AlarmKind,
        became: &str,
    ) {
        if self.len.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut state = self.state();
        let key = (registry.clone(), name.map(str::to_owned), kind);
        if state.alarms.remove(&key).is_some() {
            tracing::info!(registry = %registry, krate.name = name, alarm = kind.word(), "{became}");
        }
        self.len.store(state.alarms.len(), Ordering::Relaxed);
    }

    /// Takes all alarms back that are about others than these.
    pub(crate) fn keep_of(&self, is_known: impl Fn(&RegistryName) -> bool) {
        let mut state = self.state();
        state.alarms.retain(|(registry, ..), _| is_known(registry));
        self.len.store(state.alarms.len(), Ordering::Relaxed);
    }

    /// Lists all alarms by registry, name and kind; and how many found no room.
    pub fn all(&self) -> (Vec<Alarm>, u64) {
        let state = self.state();
        let told = |((registry, name, kind), seen): (&Key, &Seen)| Alarm {
            registry: registry.to_string(),
            name: name.clone(),
            kind: kind.word(),
            text: seen.text.clone(),
            first: seen.first.to_string(),
            last: seen.last.to_string(),
            count: seen.count,
        };
        (state.alarms.iter().map(told).collect(), state.unlisted)
    }

    /// Counts the alarms that are up, by registry and kind.
    pub fn up(&self) -> BTreeMap<(RegistryName, AlarmKind), u64> {
        let mut up = BTreeMap::new();
        for (registry, _, kind) in self.state().alarms.keys() {
            *up.entry((registry.clone(), *kind)).or_default() += 1;
        }
        up
    }

    /// Counts the alarms that were raised since the start, by kind.
    pub fn raised(&self) -> BTreeMap<AlarmKind, u64> {
        self.state().raised.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shortened(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX)
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds).unwrap()
    }

    fn registry() -> RegistryName {
        RegistryName::parse("partner").unwrap()
    }

    #[test]
    fn the_same_again_is_one_alarm() {
        let alarms = Alarms::default();
        for (second, text) in [(1, "one vanished"), (5, "two vanished")] {
            let kind = AlarmKind::Vanished;
            alarms.raise(
                &registry(),
                Some("petal"),
                kind,
                text.to_owned(),
                at(second),
            );
        }
        let text = "down".to_owned();
        alarms.raise(&registry(), None, AlarmKind::SilentUpstream, text, at(7));
        let (all, unlisted) = alarms.all();
        assert_eq!((all.len(), unlisted), (2, 0));
        assert_eq!(all[0].kind, "silent-upstream");
        assert_eq!(
            (all[1].count, all[1].text.as_str()),
            (2, "two vanished"),
            "as last seen"
        );
        assert_eq!(all[1].first, "1970-01-01T00:00:01Z");
        assert_eq!(all[1].last, "1970-01-01T00:00:05Z");
        assert_eq!(alarms.raised()[&AlarmKind::Vanished], 1, "raised once");
        alarms.settle(&registry(), Some("petal"), AlarmKind::Vanished);
        alarms.settle(&registry(), Some("rose"), AlarmKind::Vanished);
        assert_eq!(alarms.all().0.len(), 1);
        let kind = AlarmKind::Vanished;
        alarms.raise(&registry(), Some("petal"), kind, "again".to_owned(), at(9));
        assert_eq!(alarms.raised()[&kind], 2);
    }

    #[test]
    fn a_flood_of_alarms_is_bounded() {
        let alarms = Alarms::default();
        for number in 0..ALARMS_MAX + 3 {
            let (name, text) = (format!("crate-{number}"), "ä".repeat(5_000));
            alarms.raise(&registry(), Some(&name), AlarmKind::Vanished, text, at(0));
        }
        let (all, unlisted) = alarms.all();
        assert_eq!((all.len(), unlisted), (ALARMS_MAX, 3));
        assert!(all[0].text.len() < 1_010);
        assert_eq!(alarms.raised()[&AlarmKind::Vanished], ALARMS_MAX as u64 + 3);
    }
}
