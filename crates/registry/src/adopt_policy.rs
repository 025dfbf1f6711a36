//! Makes the policies of the settings the policies that are in force.
//!
//! When a server starts, each view's policy becomes a text, which is kept like an
//! archive, and one fact that names it; an equal text writes nothing. The settings of
//! a node are what it serves: a node whose file differs from what was recorded last,
//! by another node or by a newer start, says so and goes on.
//!
//! Absent: which text a policy has, and what contradicts a decision (`core`).

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::{Refusal, RefusalKind};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::contradiction::{contradicted_by, contradictions};
use crossdock_core::decision::{Decision, PolicyAdopted};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::policy_text::{self, difference};
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;
use tracing::{info, warn};

/// A view's policy held against what is recorded and decided of the view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// The view.
    pub view: String,
    /// Lines that only the recorded policy has (`- `) and only this one (`+ `).
    pub difference: Vec<String>,
    /// What it says against decisions taken by command; it cannot be applied.
    pub contradictions: Vec<String>,
    /// Claims that contradict whose a name is on record; the records stand.
    pub contradicted_claims: Vec<String>,
}

impl PolicyReport {
    /// Tells whether there is nothing to tell.
    pub fn is_quiet(&self) -> bool {
        self.difference.is_empty()
            && self.contradictions.is_empty()
            && self.contradicted_claims.is_empty()
    }
}

/// Contradicted claims that a report names; the rest is counted.
const CLAIMS_TOLD_MAX: usize = 100;

impl Federation {
    /// Puts the policies of the settings in force; to be done when a server
    /// starts, and when another file is applied.
    ///
    /// # Errors
    /// [`Refusal`]: the settings contradict a decision that was taken by command, all
    /// of which are told with the difference; or the store cannot answer. Then no
    /// policy of any view is recorded.
    pub async fn adopt_policies(&self, actor: &Actor) -> Result<(), Refusal> {
        let mut refused = self.unretired();
        let mut changed = Vec::new();
        for view in self.configuration.views.values() {
            let report = self.policy_report(&view.policy).await?;
            for claim in &report.contradicted_claims {
                warn!(view = %report.view, "{claim}");
            }
            if !report.contradictions.is_empty() {
                refused.push(told(&report));
            } else if self.in_force(&view.policy.view).await? != Some(digest(&view.policy)) {
                changed.push((&view.policy, report));
            }
        }
        if !refused.is_empty() {
            return Err(Refusal::new(RefusalKind::Conflict, refused.join("\n")));
        }
        self.declare_aliases().await?;
        let mut changes = Vec::new();
        for (policy, _) in &changed {
            let text = Bytes::from(policy_text::encode(policy));
            let adopted = PolicyAdopted {
                text: Checksum::of(&text),
            };
            self.blobs.keep(&adopted.text, text).await?;
            changes.push(Change::Decide {
                scope: policy.view.clone(),
                decision: Decision::Policy(adopted),
            });
        }
        if changes.is_empty() {
            return Ok(());
        }
        // All of them or none.
        self.record(actor.clone(), changes).await?;
        self.pasts.forget();
        self.served.drop_all();
        for (policy, report) in changed {
            info!(view = %policy.view, "policy of {} in force: {}", policy.view, report.difference.join("; "));
        }
        Ok(())
    }

    /// Holds a policy for a view against what is in force, recorded and decided there.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot answer.
    pub async fn policy_report(&self, policy: &ViewPolicy) -> Result<PolicyReport, Refusal> {
        let view = &policy.view;
        let recorded = self.policy_in_force(view).await?.unwrap_or_default();
        let decided = self.decided(view);
        let against = contradictions(policy, decided.made());
        Ok(PolicyReport {
            view: view.to_string(),
            difference: difference(&recorded, &policy_text::encode(policy)),
            contradictions: against.iter().map(ToString::to_string).collect(),
            contradicted_claims: self.contradicted_claims(policy),
        })
    }

    /// Reads the text of the policy that was recorded last for a view, by whichever
    /// node; nothing if none was yet.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot answer, or lost the text.
    pub async fn policy_in_force(&self, view: &RegistryName) -> Result<Option<String>, Refusal> {
        let Some(digest) = self.in_force(view).await? else {
            return Ok(None);
        };
        let text = self.blobs.read(&digest).await?;
        let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        text.map(Some).ok_or_else(|| {
            Refusal::unavailable(format!(
                "the policy {digest} of `{view}` is missing from the store"
            ))
        })
    }

    /// Reports the views whose served policy is not the recorded one, or has claims
    /// that contradict the record.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot answer.
    pub async fn unsettled_policies(&self) -> Result<Vec<PolicyReport>, Refusal> {
        let mut reports = Vec::new();
        for view in self.configuration.views.values() {
            let mut report = self.policy_report(&view.policy).await?;
            if self.in_force(&view.policy.view).await?.is_none() {
                // None was adopted yet: there is nothing to differ from.
                report.difference.clear();
            }
            if !report.is_quiet() {
                reports.push(report);
            }
        }
        Ok(reports)
    }

    /// Tells whether another policy than the one that is served was recorded last, of
    /// any view.
    ///
    /// # Errors
    /// [`Refusal`]: the store cannot answer.
    pub async fn is_superseded(&self) -> Result<bool, Refusal> {
        for view in self.configuration.views.values() {
            if self.in_force(&view.policy.view).await? != Some(digest(&view.policy)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Finds the policy that was recorded last, other nodes' included.
    async fn in_force(&self, view: &RegistryName) -> Result<Option<Checksum>, Refusal> {
        let decided = self.decided(view);
        let known = decided.made();
        let last = known.last().map_or(0, |made| made.sequence);
        let newer = self.ledger.decisions(view, last).await?;
        let adopted = PolicyAdopted::in_force(&newer).or_else(|| PolicyAdopted::in_force(known));
        Ok(adopted.map(|adopted| adopted.text))
    }

    fn contradicted_claims(&self, policy: &ViewPolicy) -> Vec<String> {
        if policy.claims.is_empty() {
            return Vec::new();
        }
        let (mut told, mut more) = (Vec::new(), 0_usize);
        for (name, record) in self.records.all(&policy.view) {
            let Some((pattern, member)) = contradicted_by(policy, &name, &record) else {
                continue;
            };
            if told.len() == CLAIMS_TOLD_MAX {
                more += 1;
                continue;
            }
            let report = crate::conflicts::contradicted(policy, &name, &record, pattern, member);
            told.push(format!(
                "{}: {}",
                report.text,
                report.cure.unwrap_or_default()
            ));
        }
        if more > 0 {
            told.push(format!("and {more} more, which `crossdock check` lists"));
        }
        told
    }

    /// Lists retired registries that the settings have as something else than mirrors.
    fn unretired(&self) -> Vec<String> {
        let registries = self.configuration.registries.iter();
        registries
            .filter(|(_, registry)| !matches!(registry.kind, RegistryKind::Mirror { .. }))
            .filter(|(name, _)| self.decisions.is_retired(name))
            .map(|(name, _)| {
                format!(
                    "registry `{name}` was retired by command, but the settings have it as no mirror; give the new registry another name"
                )
            })
            .collect()
    }
}

fn digest(policy: &ViewPolicy) -> Checksum {
    Checksum::of(policy_text::encode(policy).as_bytes())
}

fn told(report: &PolicyReport) -> String {
    let mut lines = vec![format!(
        "the settings of view `{}` contradict what was decided by command:",
        report.view
    )];
    lines.extend(report.contradictions.iter().map(|line| format!("  {line}")));
    lines.push("the file differs from the policy on record in:".to_owned());
    lines.extend(report.difference.iter().map(|line| format!("  {line}")));
    lines.join("\n")
}
