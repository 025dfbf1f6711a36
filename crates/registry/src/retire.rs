//! Retires a mirror whose upstream is dead: it becomes what is held of it.
//!
//! It is not asked any more (`privacy.rs` is the gate), so a name that it never showed
//! is absent there instead of unanswered, and nobody waits for it.

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, Retired};
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;
use tracing::info;

/// What is left of a mirror that was retired.
#[derive(Clone, Debug, Serialize)]
pub struct Retirement {
    /// The mirror.
    pub registry: String,
    /// How many names are held of it.
    pub names: usize,
    /// Whether it was retired before.
    pub already: bool,
}

impl Federation {
    /// Retires a mirror; doing it twice is success.
    ///
    /// # Errors
    /// [`Refusal`]: no such registry, or it is not a mirror.
    pub async fn retire(
        &self,
        registry: &RegistryName,
        actor: &Actor,
    ) -> Result<Retirement, Refusal> {
        match self.configuration.registries.get(registry) {
            None => return Err(Refusal::absent(format!("no registry `{registry}`"))),
            Some(known) if matches!(known.kind, RegistryKind::Mirror { .. }) => {}
            Some(_) => {
                return Err(Refusal::new(
                    RefusalKind::Unsupported,
                    format!(
                        "`{registry}` has no upstream that could be dead; what is to go from it is yanked or purged"
                    ),
                ));
            }
        }
        let names = self.names_of(registry).await?.len();
        let decision = Decision::Retired(Retired {
            registry: registry.clone(),
        });
        let already = match self.decide(actor, registry, decision).await {
            Ok(_) => false,
            Err(refusal) if refusal.kind == RefusalKind::Exists => true,
            Err(refusal) => return Err(refusal),
        };
        info!(registry = %registry, "retired {registry}: {names} names are held");
        Ok(Retirement {
            registry: registry.to_string(),
            names,
            already,
        })
    }
}
