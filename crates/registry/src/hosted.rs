//! Hosted registries: which names they have, and a name's entry.
//!
//! The names of all hosted registries are in memory, because whether a name is
//! private is asked for every dependency of every row that a view shows.

use crate::ports::{HostedCrate, Ledger, StoreError};
use crate::stored_target;
use crossdock_core::entry::Entry;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_wire::index_line;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// The names of the hosted registries, by key.
pub(crate) struct HostedNames {
    // Held for look-ups and single inserts, never across an await.
    names: RwLock<BTreeMap<RegistryName, BTreeMap<NameKey, CrateName>>>,
    // As above. The directories whose folders cannot be read, and why.
    silent: RwLock<BTreeMap<RegistryName, String>>,
}

impl HostedNames {
    /// Reads the names of `registries` from the ledger.
    pub(crate) async fn load<'r>(
        ledger: &dyn Ledger,
        registries: impl Iterator<Item = &'r RegistryName>,
    ) -> Result<Self, StoreError> {
        let mut names = BTreeMap::new();
        for registry in registries {
            let of_registry = ledger.hosted_names(registry).await?;
            names.insert(
                registry.clone(),
                of_registry
                    .into_iter()
                    .map(|name| (name.key(), name))
                    .collect(),
            );
        }
        Ok(Self {
            names: RwLock::new(names),
            silent: RwLock::default(),
        })
    }

    pub(crate) fn insert(&self, registry: &RegistryName, name: &CrateName) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names
            .entry(registry.clone())
            .or_default()
            .entry(name.key())
            .or_insert_with(|| name.clone());
    }

    /// Notes how a name is spelled now: a folder's files may be renamed.
    pub(crate) fn spell(&self, registry: &RegistryName, name: &CrateName) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        let of_registry = names.entry(registry.clone()).or_default();
        of_registry.insert(name.key(), name.clone());
    }

    /// Notes whether a directory can say what it has, and if not, why.
    pub(crate) fn hear(&self, registry: &RegistryName, silence: Option<String>) {
        let mut silent = self.silent.write().unwrap_or_else(PoisonError::into_inner);
        match silence {
            Some(why) => silent.insert(registry.clone(), why),
            None => silent.remove(registry),
        };
    }

    /// Says why a registry cannot tell whether it has a name that is not known of it.
    pub(crate) fn silence(&self, registry: &RegistryName) -> Option<String> {
        let silent = self.silent.read().unwrap_or_else(PoisonError::into_inner);
        silent.get(registry).cloned()
    }

    pub(crate) fn spelling(&self, registry: &RegistryName, name: &NameKey) -> Option<CrateName> {
        self.names
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(registry)?
            .get(name)
            .cloned()
    }

    pub(crate) fn all(&self, registry: &RegistryName) -> Vec<CrateName> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names
            .get(registry)
            .map(|names| names.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns the hosted inside members of a view that have a name.
    pub(crate) fn holders(&self, policy: &ViewPolicy, name: &NameKey) -> BTreeSet<RegistryName> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let has = |member: &&RegistryName| {
            names
                .get(*member)
                .is_some_and(|names| names.contains_key(name))
        };
        policy
            .eligible(Side::Inside, name)
            .filter(|member| {
                policy
                    .members
                    .get(*member)
                    .is_some_and(|m| !m.kind.is_mirror())
            })
            .filter(has)
            .cloned()
            .collect()
    }
}

/// Reads a stored crate's rows.
///
/// `pubtime` is the time of the publish fact and `yanked` the last word of its
/// yanks; neither is part of the stored text.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored row is not one of ours.
pub(crate) fn entry(krate: &HostedCrate) -> Result<Entry, StoreError> {
    let releases: Result<Vec<Release>, StoreError> = krate
        .releases
        .iter()
        .map(|stored| {
            let mut release =
                index_line::decode(&stored.row, &stored_target::decode).map_err(|error| {
                    StoreError::Corrupt(format!("stored row of `{}`: {error}", krate.name))
                })?;
            release.yanked = stored.yanked;
            release.pubtime = Some(stored.published);
            Ok(release)
        })
        .collect();
    Entry::new(releases?)
        .map_err(|error| StoreError::Corrupt(format!("stored rows of `{}`: {error}", krate.name)))
}
