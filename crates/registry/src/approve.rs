//! Approving releases: by requirement, as the closure of a lock, and back.
//!
//! An approval is a fact of the view and holds at once. Taking one back removes
//! exactly what was approved: `serde@^1` is not made smaller by taking back
//! `serde@1.0.210`, which would promise what another approval breaks.

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::address::{Address, Place};
use crossdock_core::decision::{Decision, GateDecision};
use crossdock_core::gate::{Gate, GateState, ReleasePattern, Versions};
use crossdock_core::name::NameKey;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_wire::lockfile::{self, LockedSource};
use serde::Serialize;

/// Releases in one command; a lock of a large workspace names two thousand.
const RELEASES_MAX: usize = 20_000;

/// What is done with releases that people name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approving {
    /// They are let in.
    Approve,
    /// An approval in exactly these words is taken back.
    Revoke,
    /// They are put into the queue.
    Request,
}

/// What became of the releases of a command.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Approved {
    /// Recorded.
    pub done: Vec<String>,
    /// Already so: approved, or in the queue.
    pub unchanged: Vec<String>,
}

impl Federation {
    /// Approves releases, takes approvals back, or asks for them; each is `NAME`,
    /// `NAME@VERSION` or `NAME@REQUIREMENT`.
    ///
    /// # Errors
    /// [`Refusal`]: what is no release, an approval that there is not, a view that
    /// there is not, or a store that cannot.
    pub async fn approve(
        &self,
        actor: &Actor,
        view: &RegistryName,
        action: Approving,
        releases: &[String],
    ) -> Result<Approved, Refusal> {
        self.policy(view)?;
        let mut named = Vec::new();
        for text in releases {
            let (name, versions) = ReleasePattern::parse_one(text).map_err(Refusal::invalid)?;
            named.push((name.key(), versions));
        }
        self.decide_all(actor, view, action, named).await
    }

    /// Approves every release that a lock has from a view: exactly those versions.
    /// What gates do not ask approval for, such as crates of one's own, is left out.
    ///
    /// # Errors
    /// [`Refusal`]: the lock cannot be read, a view that there is not, or a store that
    /// cannot.
    pub async fn approve_lock(
        &self,
        actor: &Actor,
        view: &RegistryName,
        lock: &str,
    ) -> Result<Approved, Refusal> {
        let policy = self.policy(view)?;
        let lock = lockfile::decode(lock).map_err(Refusal::invalid)?;
        let wanted = lock.packages.into_iter().filter(|package| {
            self.is_from(view, &package.source) && self.wants_approval(policy, &package.name.key())
        });
        let named: Vec<_> = wanted
            .map(|package| (package.name.key(), Versions::Exactly(package.version)))
            .collect();
        self.decide_all(actor, view, Approving::Approve, named)
            .await
    }

    async fn decide_all(
        &self,
        actor: &Actor,
        view: &RegistryName,
        action: Approving,
        named: Vec<(NameKey, Versions)>,
    ) -> Result<Approved, Refusal> {
        if named.len() > RELEASES_MAX {
            return Err(Refusal::invalid(format!(
                "{} releases are more than {RELEASES_MAX} at once; approve them in parts",
                named.len()
            )));
        }
        let (state, scope) = (self.gate_state(view), view.clone());
        let (mut answer, mut changes) = (Approved::default(), Vec::new());
        for (name, versions) in named {
            let text = format!("{name}@{versions}");
            let Some(decision) = decision(&state, action, name, versions)? else {
                answer.unchanged.push(text);
                continue;
            };
            answer.done.push(text);
            let (scope, decision) = (scope.clone(), Decision::Gate(decision));
            changes.push(Change::Decide { scope, decision });
        }
        if !changes.is_empty() {
            self.record(actor.clone(), changes).await?;
            self.served.drop_all();
        }
        Ok(answer)
    }

    /// Tells whether a lock's source is a view: by its address, by a face of it, or by
    /// the crates.io identity, which clients of the view replace by it.
    fn is_from(&self, view: &RegistryName, source: &LockedSource) -> bool {
        let LockedSource::Registry(address) = source else {
            return false;
        };
        let Ok(address) = Address::parse(address) else {
            return false;
        };
        match self.book.place(&address) {
            Place::CratesIo => true,
            Place::View(of) | Place::Face { view: of, .. } => of == *view,
            _ => false,
        }
    }

    /// Tells whether releases of a name are asked for an approval: not those of a
    /// member on record that the gate does not concern.
    fn wants_approval(&self, policy: &ViewPolicy, name: &NameKey) -> bool {
        let Some(rule) = policy.gates.rule(Gate::Admit) else {
            return true;
        };
        let record = self.records.get(&policy.view, name);
        record.is_none_or(|record| {
            record
                .speakers()
                .any(|speaker| rule.concerns(policy, speaker))
        })
    }
}

fn decision(
    state: &GateState,
    action: Approving,
    name: NameKey,
    versions: Versions,
) -> Result<Option<GateDecision>, Refusal> {
    let is_approved = state
        .approvals()
        .any(|(of, approval)| *of == name && approval.versions == versions);
    Ok(match (action, versions) {
        (Approving::Approve, _) if is_approved => None,
        (Approving::Approve, versions) => Some(GateDecision::Approved { name, versions }),
        (Approving::Revoke, versions) if is_approved => {
            Some(GateDecision::Revoked { name, versions })
        }
        (Approving::Revoke, versions) => {
            let approved: Vec<_> = state
                .approvals()
                .filter(|(of, _)| **of == name)
                .map(|(of, approval)| format!("`{of}@{}`", approval.versions))
                .collect();
            return Err(Refusal::invalid(match approved.is_empty() {
                true => format!("nothing of `{name}` is approved"),
                false => format!(
                    "`{name}@{versions}` was not approved in these words; approved are {}",
                    approved.join(", ")
                ),
            }));
        }
        (Approving::Request, Versions::Exactly(version)) => {
            let known = state.is_approved(&name, &version) || state.is_requested(&name, &version);
            (!known).then_some(GateDecision::Requested { name, version })
        }
        (Approving::Request, _) => {
            return Err(Refusal::invalid(format!(
                "one release is requested at a time: write `{name}@VERSION`"
            )));
        }
    })
}
