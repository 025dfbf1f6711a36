//! Purges a release for the law's demands: its bytes are not given any more.
//!
//! The fact comes first, then the bytes go: if we die between the two, nobody is given
//! them, and the next start takes them away (`finish.rs`), as does the command done
//! again. What another registry names under the same checksum stays there, because it
//! was not asked to go.
//!
//! It holds for the past as well: epochs and frozen views show the release yanked from
//! then on, whatever they showed before.

mod finish;

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Purged, Words};
use crossdock_core::entry::Entry;
use crossdock_core::fact::ReleaseId;
use crossdock_core::merge::Answer;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use serde::Serialize;
use std::sync::Arc;
use tracing::info;

/// What became of a release.
#[derive(Clone, Debug, Serialize)]
pub struct Purge {
    /// The registry.
    pub registry: String,
    /// The crate.
    pub name: String,
    /// The version.
    pub version: String,
    /// The bytes it had.
    pub checksum: String,
    /// Other registries that have the same bytes, which therefore are kept.
    pub kept_for: Vec<String>,
    /// The purge that stands, if it was purged before.
    pub before: Option<DecidedPurge>,
}

/// Who purged a release, when, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecidedPurge {
    /// The position of the decision in the sequence of facts.
    pub epoch: u64,
    /// When.
    pub time: String,
    /// Who.
    pub actor: String,
    /// Why, in the words of who decided it.
    pub reason: String,
}

impl Federation {
    /// Purges a release; doing it twice is success, with the first reason, which is told.
    ///
    /// # Errors
    /// [`Refusal`]: no such registry or release.
    pub async fn purge(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
        reason: Words,
        actor: &Actor,
    ) -> Result<Purge, Refusal> {
        if !self.configuration.registries.contains_key(registry) {
            return Err(Refusal::absent(format!("no registry `{registry}`")));
        }
        let checksum = self
            .held_checksum(registry, name, version)
            .await
            .ok_or_else(|| Refusal::absent(format!("`{registry}` has no `{name}` {version}")))?;
        let purged = Purged {
            name: name.key(),
            version: version.clone(),
            checksum,
            reason,
        };
        let before = self.decided_purge(registry, name, version);
        if before.is_none() {
            let mut changes = Vec::new();
            let is_hosted =
                !self.mirrors.contains_key(registry) && !self.configuration.is_directory(registry);
            if is_hosted {
                let id = ReleaseId {
                    registry: registry.clone(),
                    name: name.key(),
                    version: version.clone(),
                };
                changes.push(Change::SetYanked { id, yanked: true });
            }
            changes.push(Change::Decide {
                scope: registry.clone(),
                decision: Decision::Purged(purged),
            });
            let recorded = self.record(actor.clone(), changes).await;
            // First the pasts, or a frozen view would be filled from one that knows nothing.
            self.pasts.forget();
            self.served.drop_all();
            recorded?;
            info!(registry = %registry, krate.name = %name, "purged {name} {version} of {registry}");
        }
        let kept_for = self.remove_unnamed(name, version, &checksum).await?;
        for build in self.earlier_builds(registry, &name.key(), version).await? {
            self.remove_unnamed(name, version, &build).await?;
        }
        Ok(Purge {
            registry: registry.to_string(),
            name: name.to_string(),
            version: version.to_string(),
            checksum: checksum.to_string(),
            kept_for: kept_for.iter().map(ToString::to_string).collect(),
            before,
        })
    }

    /// Tells who purged a release, if it was.
    pub(crate) fn decided_purge(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Option<DecidedPurge> {
        let decided = self.decided(registry);
        let (made, purged) = Purged::decided(decided.made(), &name.key(), version)?;
        Some(DecidedPurge {
            epoch: made.sequence,
            time: made.time.to_string(),
            actor: made.actor.to_string(),
            reason: purged.reason.to_string(),
        })
    }

    /// Finds the purge of a release.
    pub(crate) fn purged(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Option<Purged> {
        let decided = self.decided(registry);
        Purged::find(decided.made(), &name.key(), version).cloned()
    }

    /// Refuses to give a release that was purged.
    pub(crate) fn refuse_purged(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Result<(), Refusal> {
        match self.purged(registry, name, version) {
            None => Ok(()),
            Some(purged) => Err(Refusal::new(
                RefusalKind::Purged,
                format!(
                    "`{name}` {version} of `{registry}` was taken away: {}",
                    purged.reason
                ),
            )),
        }
    }

    /// Refuses to publish a version that was purged, whatever its build metadata.
    pub(crate) fn refuse_return(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Result<(), Refusal> {
        let decided = self.decided(registry);
        match Purged::forbidding(decided.made(), &name.key(), version) {
            None => Ok(()),
            Some(purged) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "`{name}` {} was taken away from `{registry}` for good: {}; publish a new version",
                    purged.version, purged.reason
                ),
            )),
        }
    }

    /// Shows an entry with what was purged of it yanked.
    pub(crate) fn without_purged(&self, registry: &RegistryName, entry: Arc<Entry>) -> Arc<Entry> {
        let decided = self.decided(registry);
        Purged::yanked_in(decided.made(), &entry).map_or(entry, Arc::new)
    }

    /// Takes bytes away unless a registry names them that was not asked to let them go;
    /// returns those that do.
    pub(crate) async fn remove_unnamed(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Vec<RegistryName>, Refusal> {
        let mut named_by = Vec::new();
        for registry in self.configuration.registries.keys() {
            let earlier = self.earlier_builds(registry, &name.key(), version).await?;
            let is_named = earlier.contains(checksum)
                || self.held_checksum(registry, name, version).await == Some(*checksum);
            if is_named && self.purged(registry, name, version).is_none() {
                named_by.push(registry.clone());
            }
        }
        if named_by.is_empty() {
            self.blobs.remove(checksum).await?;
        }
        Ok(named_by)
    }

    async fn held_checksum(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Option<Checksum> {
        match self.held_answer(registry, &name.index_name()).await {
            Answer::Has(entry) => Some(entry.release(version)?.checksum),
            Answer::Absent | Answer::Silent => None,
        }
    }
}
