//! Which names are reached through which member's face, as recorded.
//!
//! A row that once pointed to a face points there for ever, and the record is the
//! evidence on which an outside member may be asked for a private name.

use crate::ports::{Change, Ledger, StoreError};
use crossdock_core::epoch::Learnt;
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

/// Member and crate depended on, with the crate of the member whose row names it.
type Named = BTreeMap<(RegistryName, NameKey), NameKey>;

/// The faces on record in all views.
#[derive(Default)]
pub(crate) struct Faces {
    // Held for look-ups and inserts, never across an await.
    named: RwLock<BTreeMap<RegistryName, Named>>,
}

impl Faces {
    pub(crate) async fn load<'v>(
        ledger: &dyn Ledger,
        views: impl Iterator<Item = &'v RegistryName>,
    ) -> Result<Self, StoreError> {
        let mut named = BTreeMap::new();
        for view in views {
            let of_view = ledger.faces(view).await?;
            named.insert(
                view.clone(),
                of_view
                    .into_iter()
                    .map(|(member, name, dependent)| ((member, name), dependent))
                    .collect(),
            );
        }
        Ok(Self {
            named: RwLock::new(named),
        })
    }

    pub(crate) fn is_named(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        name: &NameKey,
    ) -> bool {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        named
            .get(view)
            .is_some_and(|named| named.contains_key(&(member.clone(), name.clone())))
    }

    /// Tells whether any row of a view led to a member's face.
    pub(crate) fn is_led_to(&self, view: &RegistryName, member: &RegistryName) -> bool {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let of_view = named.get(view);
        of_view.is_some_and(|named| named.keys().any(|(face, _)| face == member))
    }

    /// Returns the crate of the member whose row, served by any view, names a crate.
    pub(crate) fn evidence(&self, member: &RegistryName, name: &NameKey) -> Option<NameKey> {
        let named = self.named.read().unwrap_or_else(PoisonError::into_inner);
        let face = (member.clone(), name.clone());
        named.values().find_map(|named| named.get(&face)).cloned()
    }

    /// Takes in what was on record of the past all along.
    pub(crate) fn put(&self, view: &RegistryName, learnt: &Learnt) {
        if let Learnt::Face(member, name, dependent) = learnt {
            let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
            let of_view = named.entry(view.clone()).or_default();
            of_view.insert((member.clone(), name.clone()), dependent.clone());
        }
    }

    /// Learns what an append recorded.
    pub(crate) fn learn(&self, changes: &[Change]) {
        let mut named = self.named.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            if let Change::NameFace {
                view,
                member,
                name,
                dependent,
            } = change
            {
                named
                    .entry(view.clone())
                    .or_default()
                    .entry((member.clone(), name.clone()))
                    .or_insert_with(|| dependent.clone());
            }
        }
    }
}
