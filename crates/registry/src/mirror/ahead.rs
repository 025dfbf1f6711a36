//! What cargo will ask this upstream for next, told before it does.
//!
//! Who fetches ahead notes what rows in a resolution want of a name, and from that
//! follows which of its releases is looked at. A name that is asked for and of which
//! nothing was noted stands in a manifest, whose requirement nobody here has seen.
//!
//! Absent: the fetching (`prefetch.rs`), and which releases those are (`core`).

use super::{Held, Mirror, MirrorAnswer, Row};
use crate::privacy::Permit;
use crossdock_core::foresight::{Need, asked_next};
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use moka::sync::Cache;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// A name that will be asked for, and what will be wanted of it.
pub(crate) type Ahead = (IndexName, Need);

/// A hint to fetch a name of a registry ahead.
pub(crate) type Hint = (RegistryName, Ahead);

/// How long what was noted counts: a resolution is over by then.
const NOTED_FOR: Duration = Duration::from_secs(10);

/// Names of which something is noted at a time; a workspace of some thousand crates.
const NOTED_MAX: u64 = 8192;

/// Different needs of one name; more say that somebody plays with us.
const NEEDS_MAX: usize = 64;

/// How long the word of an upstream that was asked ahead is good for the first who asks,
/// where every answer is confirmed anew. A wave of a resolution takes less; and whoever
/// asks again, as cargo does every second after a publish, is told by the upstream.
const AHEAD_FOR_MS: u64 = 2_000;

/// Until when an upstream's word waits for the first who asks, in milliseconds since the
/// mirror was opened; zero if none does. Set by who asks ahead, taken by who asks.
#[derive(Default)]
pub(super) struct Waiting(AtomicU64);

impl Waiting {
    fn set(&self, now_ms: u64) {
        let until_ms = now_ms.saturating_add(AHEAD_FOR_MS);
        self.0.store(until_ms, Ordering::Relaxed);
    }

    /// Takes the word, if there is one.
    pub(super) fn take(&self, now_ms: u64) -> bool {
        self.0.load(Ordering::Relaxed) > now_ms && self.0.swap(0, Ordering::Relaxed) > now_ms
    }
}

/// What a mirror notes of the resolutions that are under way.
pub(super) struct Foresight {
    needs: Cache<IndexName, Arc<Mutex<BTreeSet<Need>>>>,
    /// Where to tell what cargo will ask for next; set once, when fetching ahead starts.
    hints: OnceLock<Sender<Hint>>,
}

/// What that takes, by and by, for a name with ten dependencies: names, requirements and
/// features. It is known only after the rows are held, so all are counted alike.
pub(super) const NEXT_BYTES: usize = 2 * 1024;

/// What follows from rows: for which needs it was asked last, and what came out.
pub(super) type Next = Mutex<Option<(BTreeSet<Need>, Arc<[Ahead]>)>>;

impl Foresight {
    pub(super) fn new() -> Self {
        Self {
            needs: Cache::builder()
                .max_capacity(NOTED_MAX)
                .time_to_live(NOTED_FOR)
                .build(),
            hints: OnceLock::new(),
        }
    }
}

impl Mirror {
    /// Tells what rows make cargo ask for next through `hints` from now on.
    pub(crate) fn look_ahead_through(&self, hints: Sender<Hint>) {
        // Set twice only if fetching ahead were started twice; the first stays.
        let _ = self.foresight.hints.set(hints);
    }

    /// Notes what is wanted of a name.
    fn note(&self, name: &IndexName, need: Need) {
        let noted = self.foresight.needs.get_with_by_ref(name, Arc::default);
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() < NEEDS_MAX {
            noted.insert(need);
        }
    }

    /// Answers for a name as [`Mirror::rows`] does, before anybody asked for it: what the
    /// upstream says to that is good for the first who does.
    pub(crate) async fn rows_ahead(
        self: &Arc<Self>,
        name: &IndexName,
        permit: &Permit,
    ) -> MirrorAnswer {
        let of_this_burst = |held: &Arc<Held>| {
            let age_ms = self.now_ms().saturating_sub(held.since_ms);
            held.confirmed.is_set() && age_ms < AHEAD_FOR_MS
        };
        // Who asked before it was asked ahead has had the word.
        if let Some(held) = self.held.get(name).filter(of_this_burst) {
            return Ok(held);
        }
        let held = self.rows(name, permit).await?;
        if held.confirmed.is_set() && self.fresh_for_ms(&held) == 0 {
            held.ahead.set(self.now_ms());
        }
        Ok(held)
    }

    /// Names what cargo will ask this upstream for, once it has seen these rows.
    ///
    /// What will be wanted of these is noted at once: whoever is answered may ask before
    /// anything is fetched ahead, and then nobody has to guess what for.
    pub(crate) fn asked_next(&self, name: &IndexName, held: &Held) -> Arc<[Ahead]> {
        let next = self.next_of(name, held);
        for (name, need) in next.iter() {
            self.note(name, need.clone());
        }
        next
    }

    fn next_of(&self, name: &IndexName, held: &Held) -> Arc<[Ahead]> {
        let needs = self.noted(name);
        let mut next = held.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, names)) = &*next
            && *of == needs
        {
            return names.clone();
        }
        let asked = self
            .entry(name, held)
            .map(|entry| asked_next(entry.releases(), &needs))
            .unwrap_or_default();
        let names: Arc<[Ahead]> = asked.into_iter().map(ahead).collect();
        *next = Some((needs, names.clone()));
        names
    }

    /// Tells what new rows make cargo ask for, before they are kept.
    pub(super) fn look_ahead(&self, name: &IndexName, rows: &[Row]) {
        let Some(hints) = self.foresight.hints.get() else {
            return;
        };
        let releases = rows.iter().map(|(_, release)| release);
        for next in asked_next(releases, &self.noted(name)) {
            let (next, need) = ahead(next);
            self.note(&next, need.clone());
            // A full queue loses hints; cargo will ask by itself.
            let _ = hints.try_send((self.name.clone(), (next, need)));
        }
    }

    fn noted(&self, name: &IndexName) -> BTreeSet<Need> {
        let Some(noted) = self.foresight.needs.get(name) else {
            return BTreeSet::new();
        };
        let noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.clone()
    }
}

fn ahead((name, need): (CrateName, Need)) -> Ahead {
    (name.index_name(), need)
}
