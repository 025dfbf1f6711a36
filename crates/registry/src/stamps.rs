//! Moments in the histories of names, by which one who was overtaken learns it.
//!
//! Whoever makes something of the rows of a name takes the name's stamp first; a change
//! turns it, and what was made of older rows shows a stamp that stands no more. Names
//! share stamps by hash, so the memory is fixed, whoever asks for whatever.
//!
//! Absent: what is made, and what is dropped when a name changes.

use crossdock_core::name::NameKey;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

/// Stamps are shared by names with one hash; too few would make publishes of one
/// name keep readers of others from caching.
const STAMPS: usize = 1024;

/// The stamps of all names.
pub(crate) struct Stamps(Box<[AtomicU64]>);

/// A moment in the history of one name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    slot: usize,
    turn: u64,
}

impl Stamps {
    pub(crate) fn new() -> Self {
        Self((0..STAMPS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Takes the stamp of a name; to be done before its rows are read.
    pub(crate) fn take(&self, name: &NameKey) -> Stamp {
        let slot = slot(name);
        let turn = self.0[slot].load(Ordering::SeqCst);
        Stamp { slot, turn }
    }

    /// Tells whether nothing of the name changed since its stamp was taken.
    pub(crate) fn stands(&self, stamp: Stamp) -> bool {
        self.0[stamp.slot].load(Ordering::SeqCst) == stamp.turn
    }

    /// Notes a change of a name; to be done after it is durable.
    pub(crate) fn turn(&self, name: &NameKey) {
        self.0[slot(name)].fetch_add(1, Ordering::SeqCst);
    }

    /// Notes a change that can concern any name.
    pub(crate) fn turn_all(&self) {
        for stamp in &self.0 {
            stamp.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn slot(name: &NameKey) -> usize {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    usize::try_from(hasher.finish() % STAMPS as u64).unwrap_or_default()
}
