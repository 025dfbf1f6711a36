//! One federation after another, without a stop: another policy comes into force while
//! requests go on.
//!
//! A policy is in hundreds of answers that were begun, so it never changes under them.
//! A second federation is opened over the same ports with the new policy; what comes in
//! from then on is answered by that one, what was begun ends on the one before. As long
//! as both can record, they are to each other what two nodes are (`abreast.rs`): what is
//! in memory is given after a look at the ledger. Who can still record is known exactly,
//! because whoever can holds the same [`Place`].
//!
//! Taken over are alarms about registries, when mirrors are asked again, and what
//! upstreams confirmed; all else is read or made anew, as at a start.
//!
//! Absent: what is exchanged where requests come in, and when somebody wants it.

use crate::configuration::Configuration;
use crate::federation::{Federation, Ports};
use crate::ports::StoreError;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// How a federation comes up.
pub(crate) enum Comes<'f> {
    /// Nobody was there before.
    First,
    /// As this one was at some moment: it says what is private and who has which name.
    AsPastOf(&'f Federation),
    /// In the place of this one.
    After(&'f Federation),
}

/// A federation's place among those of one process and ledger; given up when dropped,
/// which is when nobody can record any more who began there.
pub(crate) struct Place(Arc<Places>);

struct Places {
    /// How many are held.
    held: watch::Sender<usize>,
    /// Set with the second place, and cleared when whoever is alone again learnt what
    /// the others recorded. Changed under the lock of `held` alone.
    in_company: AtomicBool,
}

impl Default for Place {
    fn default() -> Self {
        Self(Arc::new(Places {
            held: watch::Sender::new(1),
            in_company: AtomicBool::new(false),
        }))
    }
}

impl Place {
    /// Takes another place.
    pub(crate) fn next(&self) -> Self {
        self.0.held.send_modify(|held| {
            *held += 1;
            self.0.in_company.store(true, Ordering::SeqCst);
        });
        Self(self.0.clone())
    }

    /// Tells whether another federation records or recorded what this one may not have
    /// learnt.
    pub(crate) fn is_in_company(&self) -> bool {
        self.0.in_company.load(Ordering::SeqCst)
    }

    /// Waits until this is the only place.
    async fn alone(&self) {
        let mut held = self.0.held.subscribe();
        // The sender is in `self`, so there always is one.
        let _always = held.wait_for(|held| *held == 1).await;
    }

    /// Notes that all is learnt, unless somebody came meanwhile.
    fn leave_company(&self) {
        self.0.held.send_if_modified(|held| {
            if *held == 1 {
                self.0.in_company.store(false, Ordering::SeqCst);
            }
            false
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.held.send_modify(|held| *held -= 1);
    }
}

impl Federation {
    /// Opens a federation that is to take the place of this one, over the same ports,
    /// and puts its policies in force. What comes in is to be answered by it at once.
    ///
    /// # Errors
    /// [`Refusal`]: the settings contradict what was decided by command, or the store
    /// cannot answer. Then nothing is recorded, and everything is as it was.
    pub async fn succeed(
        &self,
        configuration: Configuration,
        ports: Ports,
        actor: &Actor,
    ) -> Result<Arc<Self>, Refusal> {
        // What upstreams just confirmed is not asked for again.
        self.record_confirmations().await;
        let next = Self::open_as(Comes::After(self), configuration, ports).await?;
        let adopted = async {
            // Who asks while a large folder is read for the first time would be refused.
            next.look_at_all_folders().await;
            next.catch_up().await?;
            next.adopt_policies(actor).await
        };
        if let Err(refusal) = adopted.await {
            next.rest().await;
            return Err(refusal);
        }
        let known = &next.configuration.registries;
        // Of views they follow from the policy, and the next look notices them again.
        next.alarms.keep_of(|registry| known.contains_key(registry));
        Ok(next)
    }

    /// Ends what this federation does by itself, after another took its place; requests
    /// that were begun are answered to their end.
    pub async fn retire_itself(&self) {
        self.rest().await;
    }

    /// Waits until nothing is under way any more of the federations before, and learns
    /// what they recorded. From then on what is in memory is the truth again.
    ///
    /// # Errors
    /// [`StoreError`]: the ledger cannot be read; answers go on being given after a look.
    pub async fn settle_alone(&self) -> Result<(), StoreError> {
        self.recordings.place().alone().await;
        self.catch_up().await?;
        self.recordings.place().leave_company();
        Ok(())
    }

    /// Tells whether requests are under way that began on a federation before this one,
    /// or what those recorded is not learnt yet.
    pub fn has_predecessors(&self) -> bool {
        self.recordings.place().is_in_company()
    }

    /// Tells whether somebody else may record facts: another node, or the federation
    /// before this one. Then what is in memory may be behind.
    pub(crate) fn is_shared(&self) -> bool {
        self.ledger.is_shared() || self.recordings.place().is_in_company()
    }
}
