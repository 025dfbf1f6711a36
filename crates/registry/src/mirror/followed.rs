//! What other nodes recorded of a mirror, and what this one does when they were first.
//!
//! Rows continue those that were kept before. Whoever asks the upstream on rows that
//! are too old would let it change what another node has shown meanwhile, so the ledger
//! refuses what continues other rows than it keeps, and the question is asked anew.

use super::{Held, Mirror, MirrorAnswer, MirrorError};
use crate::ports::{SeenRows, StoreError};
use crate::privacy::Permit;
use crate::stamps::Stamp;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::MirroredReleases;
use crossdock_core::name::IndexName;
use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;

/// How often the upstream is asked anew because another node recorded rows first. Each
/// time somebody made progress, so two would do.
const ROUNDS_MAX: usize = 4;

/// What was held before the upstream is asked, and the stamp that was taken before that
/// was read.
pub(super) struct Before {
    pub(super) stamp: Stamp,
    pub(super) held: Option<Arc<Held>>,
}

impl Mirror {
    /// Reads what is held, to ask the upstream on it.
    pub(super) async fn before(&self, name: &IndexName) -> Result<Before, StoreError> {
        let stamp = self.stamps.take(&name.key());
        let held = self.held(name).await?;
        Ok(Before { stamp, held })
    }

    /// Asks the upstream, anew if another node recorded rows meanwhile. Who asks has just
    /// read what was held `before`; the ledger refuses what does not continue its rows.
    pub(super) async fn ask(
        &self,
        name: &IndexName,
        permit: &Permit,
        Before { mut stamp, held }: Before,
    ) -> MirrorAnswer {
        let mut before = self.held.get(name).or(held);
        for _ in 1..ROUNDS_MAX {
            let answer = self.ask_once(name, permit, before).await;
            self.unless_forgotten(name, stamp);
            match answer {
                Err(MirrorError::Overtaken) => self.forget(name),
                answer => return answer,
            }
            stamp = self.stamps.take(&name.key());
            before = self.held(name).await?;
        }
        self.ask_once(name, permit, before).await
    }

    /// Lets go of what was held since a stamp was taken, if the name was forgotten
    /// meanwhile: it may have been read before.
    pub(super) fn unless_forgotten(&self, name: &IndexName, stamp: Stamp) {
        if !self.stamps.stands(stamp) {
            self.held.invalidate(name);
        }
    }

    /// Forgets the rows of a name; the ledger has others.
    pub(crate) fn forget(&self, name: &IndexName) {
        self.stamps.turn(&name.key());
        self.recognised.forget(name);
        self.held.invalidate(name);
    }

    /// Learns that the upstream has a name.
    pub(crate) fn learn_observed(&self, name: &IndexName) {
        self.observed.learn(&self.name, name);
    }

    /// Learns what another node did not find at the upstream any more.
    pub(crate) fn learn_vanished(&self, gone: &MirroredReleases, since: Timestamp) {
        let mut state = self.removals.state();
        for version in &gone.versions {
            state.missing.vanished(&gone.name, version, since);
        }
    }

    /// Learns what another node found again.
    pub(crate) fn learn_returned(&self, back: &MirroredReleases) {
        let mut state = self.removals.state();
        for version in &back.versions {
            state.missing.returned(&back.name, version);
        }
        drop(state);
        self.settle_mass();
    }
}

/// Says which rows a change continues: those that were held before, if any were.
pub(super) fn seen_rows(before: Option<&Arc<Held>>) -> SeenRows {
    let rows = before
        .map(|held| &held.rows)
        .filter(|rows| !rows.is_empty());
    rows.map_or(SeenRows::Nothing, |rows| SeenRows::Rows(Checksum::of(rows)))
}
