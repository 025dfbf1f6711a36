//! What served rows rest on besides owners and faces, in memory; the ledger keeps it.
//!
//! Absent: what has to be held, which `core::pins` says.

use crate::ports::{Change, Ledger, StoreError};
use crossdock_core::decision::{Decision, Pin};
use crossdock_core::pins::Pins;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The pins of all views.
pub(crate) struct HeldRoutes {
    // Held for look-ups and inserts, never across an await.
    views: RwLock<BTreeMap<RegistryName, Arc<Pins>>>,
}

impl HeldRoutes {
    pub(crate) async fn load<'v>(
        ledger: &dyn Ledger,
        views: impl Iterator<Item = &'v RegistryName>,
    ) -> Result<Self, StoreError> {
        let mut loaded = BTreeMap::new();
        for view in views {
            let pins = Pins::of(&ledger.decisions(view, 0).await?);
            loaded.insert(view.clone(), Arc::new(pins));
        }
        Ok(Self {
            views: RwLock::new(loaded),
        })
    }

    pub(crate) fn of(&self, view: &RegistryName) -> Arc<Pins> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        views.get(view).cloned().unwrap_or_default()
    }

    /// Learns what an append recorded.
    pub(crate) fn learn(&self, changes: &[Change]) {
        for change in changes {
            let Change::Decide {
                scope,
                decision: Decision::Pin(pin),
            } = change
            else {
                continue;
            };
            self.learn_of(scope, pin);
        }
    }

    /// Learns a pin, whoever recorded it.
    pub(crate) fn learn_of(&self, view: &RegistryName, pin: &Pin) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(views.entry(view.clone()).or_default()).learn(pin);
    }

    /// Learns what somebody else pinned first.
    pub(crate) async fn relearn(
        &self,
        ledger: &dyn Ledger,
        view: &RegistryName,
    ) -> Result<(), StoreError> {
        loop {
            let before = self.of(view);
            let pins = Pins::of(&ledger.decisions(view, 0).await?);
            let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
            let known = views.entry(view.clone()).or_default();
            // Somebody pinned since, which was perhaps not read.
            if Arc::ptr_eq(known, &before) || **known == *before {
                *known = Arc::new(pins);
                return Ok(());
            }
        }
    }
}
