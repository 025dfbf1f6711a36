//! Which names inside mirrors are known to have, by key.
//!
//! An index cannot be asked by key, and cargo tries `-` for `_`: a name that was
//! read from an inside mirror once is private from then on in every spelling.
//! Only mirrors that are inside somewhere are remembered; what the others have is
//! nobody's secret.

use crate::configuration::Configuration;
use crate::ports::{Ledger, StoreError};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use std::collections::{BTreeMap, HashSet};
use std::sync::{PoisonError, RwLock};

/// The names of inside mirrors, as far as they were read.
#[derive(Default)]
pub(crate) struct ObservedNames {
    // Held for look-ups and single inserts, never across an await.
    names: RwLock<BTreeMap<RegistryName, HashSet<NameKey>>>,
}

impl ObservedNames {
    /// Reads what inside mirrors keep from the ledger.
    pub(crate) async fn load(
        ledger: &dyn Ledger,
        configuration: &Configuration,
    ) -> Result<Self, StoreError> {
        let mut names = BTreeMap::new();
        for view in configuration.views.values() {
            for (member, settings) in &view.policy.members {
                if settings.side != Side::Inside || !settings.kind.is_mirror() {
                    continue;
                }
                if !names.contains_key(member) {
                    let kept = ledger.mirrored_names(member).await?;
                    names.insert(member.clone(), kept.iter().map(IndexName::key).collect());
                }
            }
        }
        Ok(Self {
            names: RwLock::new(names),
        })
    }

    /// Learns that a mirror has a name; of mirrors that are inside nowhere nothing is
    /// kept.
    pub(crate) fn learn(&self, mirror: &RegistryName, name: &IndexName) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = names.get_mut(mirror) {
            names.insert(name.key());
        }
    }

    /// Returns the inside mirrors of a view that are known to have a name.
    pub(crate) fn holders(&self, policy: &ViewPolicy, name: &NameKey) -> Vec<RegistryName> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let has =
            |member: &&RegistryName| names.get(*member).is_some_and(|names| names.contains(name));
        policy
            .eligible(Side::Inside, name)
            .filter(has)
            .cloned()
            .collect()
    }
}
