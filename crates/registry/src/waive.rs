//! Waiving a gate for one release, for a time.

use crate::approve::required;
use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision, Words};
use crossdock_core::gate::{Gate, ReleasePattern, Versions};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use serde::Serialize;

/// A waiver as it was recorded.
#[derive(Clone, Debug, Serialize)]
pub struct Waived {
    /// The view.
    pub view: String,
    /// Until when it holds.
    pub until: String,
    /// Why it has no effect today, if so: sentences for a person.
    pub warnings: Vec<String>,
}

impl Federation {
    /// Lifts a gate for one release, `NAME@VERSION`, until an hour: a time, a day
    /// (`YYYY-MM-DD`, its beginning in UTC), or `now`, which ends a waiver.
    ///
    /// # Errors
    /// [`Refusal`]: what makes no sense, a view that there is not or that has no such
    /// gate, or a store that cannot.
    pub async fn waive(
        &self,
        actor: &Actor,
        view: &RegistryName,
        release: &str,
        (gate, reason, expires): (&str, &str, &str),
    ) -> Result<Waived, Refusal> {
        let policy = self.policy(view)?;
        let (name, versions) = ReleasePattern::parse_one(release).map_err(Refusal::invalid)?;
        let Versions::Exactly(version) = versions else {
            return Err(Refusal::invalid(format!(
                "a waiver is for one release: write `{name}@VERSION`"
            )));
        };
        let gate: Gate = gate.parse().map_err(Refusal::invalid)?;
        let reason = Words::parse(reason)
            .map_err(|error| Refusal::invalid(format!("the reason {error}")))?;
        let now = self.ledger.now();
        let until = match expires {
            "now" => now,
            day if day.len() == "YYYY-MM-DD".len() => {
                Timestamp::parse(&format!("{day}T00:00:00Z")).map_err(Refusal::invalid)?
            }
            time => Timestamp::parse(time).map_err(Refusal::invalid)?,
        };
        if until < now {
            return Err(Refusal::invalid(format!(
                "a waiver that ends at {until} has ended; it is {now}"
            )));
        }
        let mut warnings = Vec::new();
        // A waiver can be ended though its gate is gone.
        if until > now {
            required(policy, gate)?;
            let exactly = Versions::Exactly(version.clone());
            warnings.extend(self.unheld(policy, &name, &exactly).await?);
        }
        let waived = GateDecision::Waived {
            name: name.key(),
            version,
            gate,
            reason,
            until,
        };
        self.decide(actor, view, Decision::Gate(waived)).await?;
        Ok(Waived {
            view: view.to_string(),
            until: until.to_string(),
            warnings,
        })
    }
}
