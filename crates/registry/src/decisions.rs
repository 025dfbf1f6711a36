//! What was decided by command, in memory; the ledger keeps it.
//!
//! Decisions are few and are made by people, so all of a scope are held, and a
//! decision drops everything served. What follows from them is folded by whoever
//! needs it.

use crate::federation::Federation;
use crate::ports::{Applied, Change, Ledger, StoreError};
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, Made, Retired};
use crossdock_core::freeze::Frozen;
use crossdock_core::registry_name::RegistryName;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The decisions of all scopes.
pub(crate) struct Decisions {
    // Held for look-ups and inserts, never across an await.
    scopes: RwLock<HashMap<RegistryName, Arc<Decided>>>,
}

/// What was decided for one registry or view; another value after each decision.
#[derive(Debug, Default)]
pub struct Decided {
    made: Vec<Made>,
    frozen: Option<Frozen>,
}

impl Decided {
    fn of(made: Vec<Made>) -> Self {
        let frozen = Frozen::of(&made);
        Self { made, frozen }
    }

    /// Whether a view stands still, and where: asked for every file that is made.
    pub fn frozen(&self) -> Option<&Frozen> {
        self.frozen.as_ref()
    }

    /// All decisions, in the order in which they were made.
    pub fn made(&self) -> &[Made] {
        &self.made
    }

    /// The decisions up to an epoch, in order.
    pub fn until(&self, epoch: u64) -> &[Made] {
        let end = self.made.partition_point(|made| made.sequence <= epoch);
        &self.made[..end]
    }
}

impl Decisions {
    pub(crate) async fn load<'s>(
        ledger: &dyn Ledger,
        scopes: impl Iterator<Item = &'s RegistryName>,
    ) -> Result<Self, StoreError> {
        let mut loaded = HashMap::new();
        for scope in scopes {
            let made = ledger.decisions(scope, 0).await?;
            loaded.insert(scope.clone(), Arc::new(Decided::of(made)));
        }
        Ok(Self {
            scopes: RwLock::new(loaded),
        })
    }

    pub(crate) fn of(&self, scope: &RegistryName) -> Arc<Decided> {
        let scopes = self.scopes.read().unwrap_or_else(PoisonError::into_inner);
        scopes.get(scope).cloned().unwrap_or_default()
    }

    /// Tells whether a mirror's upstream is not asked any more.
    pub(crate) fn is_retired(&self, registry: &RegistryName) -> bool {
        Retired::is_retired(self.of(registry).made())
    }

    /// Learns what an append recorded.
    pub(crate) fn learn(&self, actor: &Actor, changes: &[Change], applied: &[Applied]) {
        for (change, applied) in changes.iter().zip(applied) {
            let (Change::Decide { scope, decision }, Applied::Fact { sequence, time }) =
                (change, applied)
            else {
                continue;
            };
            // There may be many of these, and they are folded as they come (`accounts.rs`).
            if matches!(decision, Decision::Account(_)) {
                continue;
            }
            let learnt = Made {
                sequence: *sequence,
                time: *time,
                actor: actor.clone(),
                decision: decision.clone(),
            };
            self.learn_made(scope, learnt);
        }
    }

    /// Learns a decision, whoever made it; one that is known already changes nothing.
    pub(crate) fn learn_made(&self, scope: &RegistryName, learnt: Made) {
        let mut scopes = self.scopes.write().unwrap_or_else(PoisonError::into_inner);
        let of_scope = scopes.entry(scope.clone()).or_default();
        // Two that decide at once may come here in either order.
        let place = of_scope.until(learnt.sequence).len();
        let known = place
            .checked_sub(1)
            .and_then(|last| of_scope.made.get(last));
        if known.is_some_and(|known| known.sequence == learnt.sequence) {
            return;
        }
        let mut made = of_scope.made.clone();
        made.insert(place, learnt);
        *of_scope = Arc::new(Decided::of(made));
    }
}

impl Federation {
    /// Returns what was decided for a registry or view.
    pub fn decided(&self, scope: &RegistryName) -> Arc<Decided> {
        self.decisions.of(scope)
    }

    /// Records a decision and lets every answer be made anew.
    ///
    /// # Errors
    /// [`Refusal`]: decided before what can be decided only once, or the store cannot.
    pub async fn decide(
        &self,
        actor: &Actor,
        scope: &RegistryName,
        decision: Decision,
    ) -> Result<Applied, Refusal> {
        let change = Change::Decide {
            scope: scope.clone(),
            decision,
        };
        let recorded = self.record(actor.clone(), vec![change]).await?;
        // First the pasts, or a frozen view would be filled from one that does not know.
        self.pasts.forget();
        self.served.drop_all();
        let mut applied = recorded.applied.into_iter();
        applied
            .next()
            .ok_or_else(|| Refusal::unavailable("the ledger did not say what became of it"))
    }
}
