//! "No such crate", finished and kept for a moment, by path.
//!
//! To say so takes asking every member, its spellings, and the ledger for what other
//! nodes recorded; whoever asks again within the moment is told from memory. A change
//! of the name turns its stamp and so takes back what was said of it on every surface
//! and in every spelling: cargo polls for what it has just published.
//!
//! Absent: silence and refusals, which are never kept, and how long an upstream's own
//! word is believed (`mirror.rs`).

use crate::budget;
use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crate::stamps::{Stamp, Stamps};
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_core::name::{IndexName, NameKey};
use moka::sync::Cache;

/// How long an absence is told without looking. What this node learns takes it back at
/// once; what another node recorded is seen after this time. Two requests a second
/// already pay for it, so longer would win little.
const TOLD_FOR_MS: u64 = 1_000;

/// One entry's own weight besides its bytes.
const OVERHEAD_BYTES: usize = 192;

/// What is told to be absent.
pub(crate) struct Absences {
    told: Cache<Box<str>, Absence>,
    stamps: Stamps,
}

#[derive(Clone)]
struct Absence {
    text: Bytes,
    until_ms: u64,
    stamp: Stamp,
}

impl Absences {
    pub(crate) fn new() -> Self {
        Self {
            told: Cache::<Box<str>, Absence>::builder()
                .max_capacity(budget::ABSENCES)
                .weigher(|path, absence| {
                    let bytes = path.len() + absence.text.len() + OVERHEAD_BYTES;
                    u32::try_from(bytes).unwrap_or(u32::MAX)
                })
                .build(),
            stamps: Stamps::new(),
        }
    }

    /// Takes the stamp of a name; to be done before anybody is asked for it.
    pub(crate) fn stamp(&self, name: &NameKey) -> Stamp {
        self.stamps.take(name)
    }

    /// Returns what to tell of a path.
    pub(crate) fn get(&self, path: &str, now_ms: u64) -> Option<Bytes> {
        let absence = self.told.get(path)?;
        let holds = now_ms < absence.until_ms && self.stamps.stands(absence.stamp);
        holds.then_some(absence.text)
    }

    /// Keeps what was told of a path; forgotten as soon as its name changes, also if
    /// that was meanwhile.
    pub(crate) fn keep(&self, path: &str, text: Bytes, until_ms: u64, stamp: Stamp) {
        let absence = Absence {
            text,
            until_ms,
            stamp,
        };
        self.told.insert(path.into(), absence);
    }

    /// Takes back what was told of a name; to be done after its change is durable.
    pub(crate) fn forget(&self, name: &NameKey) {
        self.stamps.turn(name);
    }

    /// Takes back everything, as after a decision that can concern any name.
    pub(crate) fn forget_all(&self) {
        self.stamps.turn_all();
        self.told.invalidate_all();
    }
}

impl Federation {
    /// Returns what to tell of a name that was found absent a moment ago, by path
    /// without a leading slash. On the hot path.
    pub fn known_absent(&self, path: &str) -> Option<Bytes> {
        match self.directories.concern(path) {
            // What lies in a folder by now is not known before a look.
            true => None,
            false => self.served.absent(path),
        }
    }

    /// Keeps that a surface has no such crate, as long as all who were asked may be
    /// believed.
    pub(crate) fn keep_absence(
        &self,
        surface: &Surface,
        name: &IndexName,
        refusal: &Refusal,
        stamp: Stamp,
    ) {
        if refusal.kind != RefusalKind::Absent {
            return;
        }
        let members: Vec<_> = match surface {
            Surface::Registry(member) | Surface::Face { member, .. } => vec![member],
            Surface::View(view) => match self.policy(view) {
                Ok(policy) => policy.members.keys().collect(),
                Err(_) => return,
            },
        };
        let mirrors = members.into_iter().filter_map(|of| self.mirrors.get(of));
        let believed_ms = mirrors.filter_map(|mirror| mirror.believed_for_ms(name));
        let for_ms = believed_ms.min().unwrap_or(TOLD_FOR_MS).min(TOLD_FOR_MS);
        let text = Bytes::from(format!("{}\n", refusal.detail));
        self.served
            .keep_absent(&surface.index_path(name), text, for_ms, stamp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "main/index/3/f/foo";

    #[test]
    fn an_absence_ends_by_itself_and_with_every_change_of_its_name() {
        let (absences, name): (_, NameKey) = (Absences::new(), "foo".parse().unwrap());
        let keep = |stamp| absences.keep(PATH, Bytes::from("none\n"), 100, stamp);
        let told = |now_ms| absences.get(PATH, now_ms).is_some();
        keep(absences.stamp(&name));
        assert!(told(99) && !told(100));
        absences.forget(&name);
        assert!(!told(99));
        keep(absences.stamp(&name));
        absences.forget_all();
        assert!(!told(99));
        // It changed while it was being asked for.
        let before = absences.stamp(&name);
        absences.forget(&name);
        keep(before);
        assert!(!told(99));
    }

    #[test]
    fn whoever_asks_for_everything_takes_no_more_memory() {
        let (absences, name): (_, NameKey) = (Absences::new(), "foo".parse().unwrap());
        for number in 0..100_000 {
            let stamp = absences.stamp(&name);
            absences.keep(
                &format!("{PATH}{number}"),
                Bytes::from("none\n"),
                100,
                stamp,
            );
        }
        absences.told.run_pending_tasks();
        assert!(absences.told.weighted_size() <= budget::ABSENCES);
    }
}
