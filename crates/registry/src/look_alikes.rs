//! Public names that are easily taken for a private one, noted when first served.
//!
//! Once, because it is the first answer that does the harm: a name that was in use
//! before a private one came to resemble it stays as it was. Nothing is sent anywhere.

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision};
use crossdock_core::gate::{Gate, looks_like};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::policy::{Side, ViewPolicy};
use std::collections::BTreeSet;

impl Federation {
    /// Notes that a name which is about to be served for the first time is easily
    /// taken for a private one, if it is. `record` is whose it was on record before.
    pub(crate) async fn note_look_alike(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        ownership: &Ownership,
        record: Option<&Ownership>,
    ) -> Result<(), Refusal> {
        let inside = |ownership: &Ownership| {
            let mut members = ownership.members().iter();
            members.any(|member| policy.is_inside(member))
        };
        let asked = policy.gates.rule(Gate::TypoSquats).is_some();
        if !asked || record.is_some() || inside(ownership) {
            return Ok(());
        }
        if self.gate_state(&policy.view).looks_like(name).is_some() {
            return Ok(());
        }
        let Some(like) = looks_like(name, &self.private_names(policy)) else {
            return Ok(());
        };
        let name = name.clone();
        let decision = Decision::Gate(GateDecision::LookedAlike { name, like });
        let scope = policy.view.clone();
        self.record(Actor::server(), vec![Change::Decide { scope, decision }])
            .await?;
        Ok(())
    }

    /// Collects the private names of a view: what inside members have, own, or are
    /// given by an exact claim.
    fn private_names(&self, policy: &ViewPolicy) -> BTreeSet<NameKey> {
        let hosted = policy
            .members
            .iter()
            .filter(|(_, member)| member.side == Side::Inside && !member.kind.is_mirror())
            .flat_map(|(name, _)| self.hosted.all(name));
        let recorded = self.records.all(&policy.view);
        let recorded = recorded.into_iter().filter(|(_, ownership)| {
            let mut members = ownership.members().iter();
            members.any(|member| policy.is_inside(member))
        });
        let claimed = policy
            .claims
            .iter()
            .filter(|(_, member)| policy.is_inside(member))
            .filter_map(|(pattern, _)| pattern.exact()?.parse().ok());
        hosted
            .map(|name| name.key())
            .chain(recorded.map(|(name, _)| name))
            .chain(claimed)
            .collect()
    }
}
