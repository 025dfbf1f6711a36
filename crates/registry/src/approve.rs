//! Approving releases: by requirement, and back.
//!
//! An approval is a fact of the view and holds at once. Taking one back removes
//! exactly what was approved: `serde@^1` is not made smaller by taking back
//! `serde@1.0.210`, which would promise what another approval breaks. A view that asks
//! no approval takes none: whoever gave it would believe that it protects something.
//!
//! Absent: the closure of a lock (`approve_lock.rs`).

use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision};
use crossdock_core::gate::{Gate, GateState, ReleasePattern, Rule, Versions};
use crossdock_core::name::CrateName;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
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
    /// The view.
    pub view: String,
    /// Recorded.
    pub done: Vec<String>,
    /// Already so: approved, or in the queue.
    pub unchanged: Vec<String>,
    /// Of a lock: what is from elsewhere, so that the view's gates do not see it.
    pub elsewhere: Vec<NotApproved>,
    /// Of a lock: what is from the view by its source and is not what the view holds.
    pub refused: Vec<NotApproved>,
    /// What was recorded and has no effect today, each a sentence for a person.
    pub warnings: Vec<String>,
}

/// A release of a lock that was not approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotApproved {
    /// `NAME@VERSION`.
    pub release: String,
    /// Why, for a person: a fragment that can follow a colon.
    pub reason: String,
}

impl Federation {
    /// Approves releases, takes approvals back, or asks for them; each is `NAME`,
    /// `NAME@VERSION` or `NAME@REQUIREMENT`.
    ///
    /// # Errors
    /// [`Refusal`]: what is no release, an approval that there is not, a view that
    /// there is not or that asks no approval, or a store that cannot.
    pub async fn approve(
        &self,
        actor: &Actor,
        view: &RegistryName,
        action: Approving,
        releases: &[String],
    ) -> Result<Approved, Refusal> {
        let policy = self.policy(view)?;
        if action != Approving::Revoke {
            required(policy, Gate::Admit)?;
        }
        let (mut named, mut warnings) = (Vec::new(), Vec::new());
        for text in releases {
            let (name, versions) = ReleasePattern::parse_one(text).map_err(Refusal::invalid)?;
            if action != Approving::Revoke {
                warnings.extend(self.unheld(policy, &name, &versions).await?);
            }
            named.push((name, versions));
        }
        let mut answer = self.decide_all(actor, view, action, named).await?;
        answer.warnings = warnings;
        Ok(answer)
    }

    /// Warns of releases that the view does not hold, which nothing is decided about.
    pub(crate) async fn unheld(
        &self,
        policy: &ViewPolicy,
        name: &CrateName,
        versions: &Versions,
    ) -> Result<Option<String>, Refusal> {
        let rows = self.held_rows(policy, name).await?;
        let view = &policy.view;
        Ok((!exists_as(versions, &rows)).then(|| {
            format!("view `{view}` holds no release `{name}@{versions}`; look at the spelling")
        }))
    }

    pub(crate) async fn decide_all(
        &self,
        actor: &Actor,
        view: &RegistryName,
        action: Approving,
        named: Vec<(CrateName, Versions)>,
    ) -> Result<Approved, Refusal> {
        if named.len() > RELEASES_MAX {
            return Err(Refusal::invalid(format!(
                "{} releases are more than {RELEASES_MAX} at once; approve them in parts",
                named.len()
            )));
        }
        let (state, scope) = (self.gate_state(view), view.clone());
        let mut answer = Approved {
            view: view.to_string(),
            ..Approved::default()
        };
        let mut changes = Vec::new();
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
}

/// Returns the rule of a gate, or refuses what would have no effect without it.
pub(crate) fn required(policy: &ViewPolicy, gate: Gate) -> Result<&Rule, Refusal> {
    policy.gates.rule(gate).ok_or_else(|| {
        let asked = Gate::ALL.into_iter();
        let asked = asked.filter(|gate| policy.gates.rule(*gate).is_some());
        let asked: Vec<_> = asked.map(Gate::word).collect();
        let has = match asked.is_empty() {
            true => "it has no gates".to_owned(),
            false => format!("its gates are: {}", asked.join(", ")),
        };
        let view = &policy.view;
        Refusal::invalid(format!(
            "view `{view}` has no gate `{gate}`, so this would have no effect; {has}"
        ))
    })
}

/// Tells whether any of some rows is of these versions.
pub(crate) fn exists_as(versions: &Versions, rows: &[(RegistryName, Release)]) -> bool {
    rows.iter().any(|(_, row)| versions.covers(&row.version))
}

fn decision(
    state: &GateState,
    action: Approving,
    name: CrateName,
    versions: Versions,
) -> Result<Option<GateDecision>, Refusal> {
    let name = name.key();
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
