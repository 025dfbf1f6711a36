//! Waiving a gate for one release, for a time.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision, Words};
use crossdock_core::gate::{Gate, ReleasePattern, Versions};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;

impl Federation {
    /// Lifts a gate for one release, `NAME@VERSION`, until an hour: a time, a day
    /// (`YYYY-MM-DD`, its beginning in UTC), or `now`, which ends a waiver. Returns
    /// the hour.
    ///
    /// # Errors
    /// [`Refusal`]: what makes no sense, a view that there is not, or a store that cannot.
    pub async fn waive(
        &self,
        actor: &Actor,
        view: &RegistryName,
        release: &str,
        (gate, reason, expires): (&str, &str, &str),
    ) -> Result<Timestamp, Refusal> {
        self.policy(view)?;
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
        let waived = GateDecision::Waived {
            name: name.key(),
            version,
            gate,
            reason,
            until,
        };
        self.decide(actor, view, Decision::Gate(waived)).await?;
        Ok(until)
    }
}
