//! Rows that files were made of in the run before, recognised when they are read back.
//!
//! A file knows the rows it was made of by their id, and ids are of one run. A file that
//! is taken along knows their hash: the rows get their id before they are read, and
//! whoever reads rows with that hash gives it to them.

use super::{Held, Mirror, RowsId};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The rows to be recognised, by name.
#[derive(Default)]
pub(super) struct Recognised {
    // Held for a look or a change, never across an await.
    rows: Mutex<HashMap<IndexName, (Checksum, RowsId)>>,
}

impl Recognised {
    /// Forgets what a name's rows were.
    pub(super) fn forget(&self, name: &IndexName) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.remove(name);
    }

    fn get(&self, name: &IndexName) -> Option<(Checksum, RowsId)> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.get(name).copied()
    }
}

impl Mirror {
    /// Says by which id rows of a name with this hash will be known.
    pub(crate) fn recognise(&self, name: &IndexName, hash: Checksum) -> RowsId {
        let mut rows = self
            .recognised
            .rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // The same rows stand behind a view's file, a face's and a registry's.
        match rows.get(name) {
            Some((known, id)) if *known == hash => *id,
            _ => {
                let id = RowsId::new();
                rows.insert(name.clone(), (hash, id));
                id
            }
        }
    }

    /// Returns the hash of the rows that are held of a name, if their id is this one.
    pub(crate) fn hash_of(&self, name: &IndexName, id: RowsId) -> Option<Checksum> {
        match self.held.get(name) {
            Some(held) => (held.id == id).then(|| Checksum::of(&held.rows)),
            // Never read back since the start, or let go again.
            None => {
                let known = self.recognised.get(name).filter(|(_, known)| *known == id);
                known.map(|(hash, _)| hash)
            }
        }
    }

    /// Tells for how many milliseconds rows that were held before the start may be shown
    /// unasked.
    pub(crate) fn good_for_ms(&self, name: &IndexName) -> u64 {
        let good_for = self.still_good_for(name).map(|(_, good_for)| good_for);
        u64::try_from(good_for.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
    }

    /// Gives rows that were read back the id by which they are known.
    pub(super) fn known_again(&self, name: &IndexName, held: Held) -> Held {
        match self.recognised.get(name) {
            Some((hash, id)) if Checksum::of(&held.rows) == hash => Held { id, ..held },
            _ => held,
        }
    }
}
