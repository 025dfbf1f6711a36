//! Which facts this node recorded itself, and up to where it knows them all.
//!
//! Who records says so before and after. In between a fact may be in the ledger of
//! which nobody here knows yet whose it is; whoever wants to know waits for those who
//! record right now, and for nobody who begins later.

use crate::ports::Applied;
use crate::succession::Place;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Followed;

/// What this node records, and what it knows of the ledger.
#[derive(Default)]
pub(crate) struct Recordings {
    // Held for look-ups and changes, never across an await.
    state: Mutex<State>,
    ended: Notify,
    /// Shared by all who record and learn what they recorded; held alone by who learns
    /// what others did.
    learning: RwLock<()>,
    /// Given up when nobody can record any more who began here.
    place: Place,
}

#[derive(Default)]
struct State {
    known: u64,
    latest: u64,
    /// Own facts after `known`: there are gaps before them that others may have filled.
    own: BTreeSet<u64>,
    /// Who records right now, by number.
    open: BTreeSet<u64>,
    next: u64,
}

impl State {
    /// Knows all facts that follow without a gap.
    fn advance(&mut self) {
        while self.own.first() == Some(&(self.known + 1)) {
            self.own.pop_first();
            self.known += 1;
        }
        self.latest = self.latest.max(self.known);
    }
}

/// Somebody records; ends when dropped, which is to be after what was recorded is
/// learnt. Nobody may begin another one meanwhile in the same task.
pub(crate) struct Recording<'r> {
    of: &'r Recordings,
    number: u64,
    _shared: RwLockReadGuard<'r, ()>,
}

impl Recordings {
    /// Knows everything up to a position, as when all of it was just read.
    pub(crate) fn from(position: u64, place: Place) -> Self {
        let state = State {
            known: position,
            latest: position,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            place,
            ..Self::default()
        }
    }

    /// The federation's place among those of its process.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Begins to record.
    pub(crate) async fn begin(&self) -> Recording<'_> {
        let shared = self.learning.read().await;
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.open.insert(number);
        drop(state);
        Recording {
            of: self,
            number,
            _shared: shared,
        }
    }

    /// Waits until all have ended who record right now; each of them ends when its
    /// append does, whose time is the ledger's to bound.
    pub(super) async fn until_ended(&self) {
        let now = self.state().next;
        loop {
            let ended = self.ended.notified();
            let open = self.state().open.first().copied();
            if open.is_none_or(|first| first >= now) {
                return;
            }
            ended.await;
        }
    }

    /// Keeps everybody from recording while the guard is held.
    pub(crate) async fn still(&self) -> RwLockWriteGuard<'_, ()> {
        self.learning.write().await
    }

    pub(crate) fn known(&self) -> u64 {
        self.state().known
    }

    pub(super) fn followed(&self) -> Followed {
        let state = self.state();
        Followed {
            known: state.known,
            latest: state.latest,
        }
    }

    pub(super) fn saw(&self, position: u64) {
        let mut state = self.state();
        state.latest = state.latest.max(position);
    }

    pub(super) fn is_own(&self, sequence: u64) -> bool {
        self.state().own.contains(&sequence)
    }

    /// Knows a fact that is the next one.
    pub(super) fn learnt(&self, sequence: u64) {
        let mut state = self.state();
        state.own.remove(&sequence);
        state.known = state.known.max(sequence);
        state.advance();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recording<'_> {
    /// Says what was recorded; what is not said here is taken for somebody else's.
    pub(crate) fn recorded(&self, applied: &[Applied]) {
        let mut state = self.of.state();
        for applied in applied {
            if let Applied::Fact { sequence, .. } = applied
                && *sequence > state.known
            {
                state.own.insert(*sequence);
            }
        }
        state.advance();
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        self.of.state().open.remove(&self.number);
        self.of.ended.notify_waiters();
    }
}
