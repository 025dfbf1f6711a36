//! Whose crate a name is, as recorded, in memory; the ledger decides who was first.
//!
//! A view may have hundreds of thousands of names and has a handful of different
//! owners: equal records are one in memory, which takes a sixth of what they would.

use crate::ports::{Applied, Change, Ledger, StoreError};
use crossdock_core::epoch::Learnt;
use crossdock_core::name::NameKey;
use crossdock_core::owner::extended;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

/// The owners on record in all views.
pub(crate) struct Records {
    // Held for look-ups and inserts, never across an await.
    views: RwLock<BTreeMap<RegistryName, OfView>>,
}

/// The owners on record in one view.
#[derive(Default)]
struct OfView {
    by_name: HashMap<NameKey, Arc<Ownership>>,
    /// Each ownership once; there are as many as combinations of members.
    different: BTreeSet<Arc<Ownership>>,
}

impl OfView {
    fn of(records: Vec<(NameKey, Ownership)>) -> Self {
        let mut of_view = Self {
            by_name: HashMap::with_capacity(records.len()),
            different: BTreeSet::new(),
        };
        for (name, ownership) in records {
            of_view.insert(name, &ownership);
        }
        of_view
    }

    fn insert(&mut self, name: NameKey, ownership: &Ownership) {
        let known = self.different.get(ownership).cloned();
        let shared = known.unwrap_or_else(|| {
            let new = Arc::new(ownership.clone());
            self.different.insert(new.clone());
            new
        });
        self.by_name.insert(name, shared);
    }
}

impl Records {
    pub(crate) async fn load<'v>(
        ledger: &dyn Ledger,
        views: impl Iterator<Item = &'v RegistryName>,
    ) -> Result<Self, StoreError> {
        let mut loaded = BTreeMap::new();
        for view in views {
            loaded.insert(view.clone(), OfView::of(ledger.ownerships(view).await?));
        }
        Ok(Self {
            views: RwLock::new(loaded),
        })
    }

    pub(crate) fn get(&self, view: &RegistryName, name: &NameKey) -> Option<Ownership> {
        self.views
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(view)?
            .by_name
            .get(name)
            .map(|ownership| Ownership::clone(ownership))
    }

    /// Says whose a name is once declarations newer than the record are heard.
    pub(crate) fn extended(&self, policy: &ViewPolicy, name: &NameKey) -> Option<Ownership> {
        extended(policy, name, self.get(&policy.view, name))
    }

    /// Learns a record that another node made.
    pub(crate) fn learn_of(&self, view: &RegistryName, name: &NameKey, record: Ownership) {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        let of_view = views.entry(view.clone()).or_default();
        of_view.insert(name.clone(), &record);
    }

    /// Reads a view's anew, as after a decision that replaced one.
    pub(crate) async fn reload(
        &self,
        ledger: &dyn Ledger,
        view: &RegistryName,
    ) -> Result<(), StoreError> {
        let read = OfView::of(ledger.ownerships(view).await?);
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        views.insert(view.clone(), read);
        Ok(())
    }

    /// Takes in what was on record of the past all along.
    pub(crate) fn put(&self, view: &RegistryName, learnt: &Learnt) {
        if let Learnt::Owner(name, ownership) = learnt {
            self.learn_of(view, name, ownership.clone());
        }
    }

    /// Lists a view's records, sorted by name.
    pub(crate) fn all(&self, view: &RegistryName) -> Vec<(NameKey, Ownership)> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        let mut records: Vec<_> = views
            .get(view)
            .into_iter()
            .flat_map(|of_view| &of_view.by_name)
            .map(|(name, owner)| (name.clone(), Ownership::clone(owner)))
            .collect();
        records.sort_by(|left, right| left.0.cmp(&right.0));
        records
    }

    /// Learns what an append did; tells whether somebody else was first anywhere.
    pub(crate) fn learn(&self, changes: &[Change], applied: &[Applied]) -> bool {
        let mut overtaken = false;
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        for (change, applied) in changes.iter().zip(applied) {
            let (Change::RecordOwner {
                view,
                name,
                ownership,
            }
            | Change::TakeName {
                view,
                name,
                ownership,
                ..
            }
            | Change::SettleConflict {
                view,
                name,
                ownership,
                ..
            }) = change
            else {
                continue;
            };
            let stands = match applied {
                Applied::Stands(standing) => standing,
                Applied::Fact { .. } | Applied::Unchanged | Applied::ShownOtherwise => ownership,
            };
            overtaken |= stands != ownership;
            views
                .entry(view.clone())
                .or_default()
                .insert(name.clone(), stands);
        }
        overtaken
    }
}
