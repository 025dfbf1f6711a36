//! What is missing from an upstream, and a person's word that it is gone.
//!
//! Absent: what is believed without such a word (`core::removal`).

use crate::federation::Federation;
use crate::mirror::Mirror;
use crate::ports::Applied;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{AcceptRemovals, Decision};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most names in one decision; a fact names each, and a name has up to 64 characters.
const NAMES_MAX: usize = 800;

/// Names whose rows are written at a time: the ledger commits what waits together.
const AT_A_TIME: usize = 64;

/// A name of which versions are missing upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingName {
    /// The name.
    pub name: String,
    /// The versions.
    pub versions: Vec<String>,
}

impl Federation {
    /// Lists what is held of a mirror and missing from its upstream, by name.
    ///
    /// # Errors
    /// [`Refusal`] if the registry is no mirror.
    pub fn missing(&self, registry: &RegistryName) -> Result<Vec<MissingName>, Refusal> {
        Ok(told(self.mirror(registry)?, &BTreeSet::new()))
    }

    /// Accepts that what is missing from a mirror's upstream is gone: of some names,
    /// or of all; it is shown yanked from now on. Returns what that is.
    ///
    /// # Errors
    /// [`Refusal`]: the registry is no mirror, nothing is missing of one of the names,
    /// or the store cannot.
    pub async fn accept_removals(
        &self,
        actor: &Actor,
        registry: &RegistryName,
        names: &[CrateName],
    ) -> Result<Vec<MissingName>, Refusal> {
        let mirror = self.mirror(registry)?;
        let names: BTreeSet<NameKey> = names.iter().map(CrateName::key).collect();
        if names.len() > NAMES_MAX {
            return Err(Refusal::invalid(format!(
                "more than {NAMES_MAX} names at once; name none to accept all that is missing"
            )));
        }
        let missing = mirror.missing();
        let missing_keys: BTreeSet<_> = missing.keys().map(IndexName::key).collect();
        if let Some(there) = names.difference(&missing_keys).next() {
            return Err(Refusal::absent(format!(
                "nothing of `{there}` is missing from the upstream of `{registry}`"
            )));
        }
        let accepted = told(mirror, &names);
        if accepted.is_empty() {
            return Ok(accepted);
        }
        let decision = Decision::AcceptRemovals(AcceptRemovals {
            names: names.clone(),
        });
        let Applied::Fact { time, .. } = self.decide(actor, registry, decision).await? else {
            return Err(Refusal::unavailable(
                "the ledger did not record the decision",
            ));
        };
        mirror.accept_missing(&names, time);
        let concerned = missing.into_keys();
        let concerned = concerned.filter(|name| names.is_empty() || names.contains(&name.key()));
        let concerned: Vec<_> = concerned.map(|name| (mirror.clone(), name)).collect();
        let settled = futures::stream::iter(concerned)
            .map(|(mirror, name)| async move { mirror.settle_missing(&name).await })
            .buffer_unordered(AT_A_TIME);
        // What cannot be written now is written by the next look, since it is decided.
        let settled: Result<(), _> = settled.try_collect().await;
        self.served.drop_all();
        settled.map_err(Refusal::unavailable)?;
        Ok(accepted)
    }

    pub(crate) fn mirror(&self, registry: &RegistryName) -> Result<&Arc<Mirror>, Refusal> {
        self.mirrors.get(registry).ok_or_else(|| {
            let text = format!("`{registry}` is no mirror: it has no upstream");
            Refusal::new(RefusalKind::Unsupported, text)
        })
    }
}

/// Tells what is missing of some names, or of all if there are none.
fn told(mirror: &Mirror, names: &BTreeSet<NameKey>) -> Vec<MissingName> {
    let missing = mirror.missing().into_iter();
    let wanted = |name: &IndexName| names.is_empty() || names.contains(&name.key());
    missing
        .filter(|(name, _)| wanted(name))
        .map(|(name, versions)| MissingName {
            name: name.to_string(),
            versions: versions.iter().map(ToString::to_string).collect(),
        })
        .collect()
}
