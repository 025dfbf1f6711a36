//! What gates stop or would stop, and what was decided about them, told to people.
//!
//! Looked at is what the view holds: names on record of members that a gate
//! concerns. The list is bounded, and says how much more there is.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::gate::{self, Effect, Finding, Gate, GateState, Mode, Outcome};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use serde::Serialize;

/// Names that are looked at for one report: a second's work.
const NAMES_MAX: usize = 20_000;

/// Releases that one report lists; more are counted.
const HELD_MAX: usize = 1_000;

/// The gates of a view, what they find, and what was decided about them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GateReport {
    /// The gates that are asked.
    pub gates: Vec<AskedGate>,
    /// What they find of the releases that the view holds, newest first per crate.
    pub held: Vec<HeldRelease>,
    /// How many more were found than are listed.
    pub more: usize,
    /// Whether all names were looked at.
    pub complete: bool,
    /// What was approved.
    pub approvals: Vec<ListedApproval>,
    /// What waits for an approval.
    pub queue: Vec<ListedRequest>,
    /// Waivers that hold.
    pub waivers: Vec<ListedWaiver>,
}

/// A gate that is asked.
#[derive(Clone, Debug, Serialize)]
pub struct AskedGate {
    /// Which.
    pub gate: &'static str,
    /// `audit` or `enforce`.
    pub mode: &'static str,
    /// `yank` or `block`.
    pub effect: &'static str,
}

/// A release of which a gate found something.
#[derive(Clone, Debug, Serialize)]
pub struct HeldRelease {
    /// The crate.
    pub name: String,
    /// The version.
    pub version: String,
    /// The member it is from.
    pub from: String,
    /// What the gate says.
    #[serde(flatten)]
    pub verdict: GateVerdict,
}

/// What one gate says of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateVerdict {
    /// The gate.
    pub gate: &'static str,
    /// `passed`, `unknown` (nothing is known yet that it could look at), `waived`,
    /// `audited`, `yanked` or `blocked`.
    pub outcome: &'static str,
    /// Why, unless it passed.
    pub reason: Option<String>,
    /// When that will be otherwise by the passing of time alone.
    pub until: Option<String>,
}

/// Versions that somebody approved.
#[derive(Clone, Debug, Serialize)]
pub struct ListedApproval {
    /// `NAME@VERSIONS`.
    pub releases: String,
    /// Who.
    pub by: String,
    /// When.
    pub time: String,
}

/// A release that waits for an approval.
#[derive(Clone, Debug, Serialize)]
pub struct ListedRequest {
    /// `NAME@VERSION`.
    pub release: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub time: String,
}

/// A waiver that holds.
#[derive(Clone, Debug, Serialize)]
pub struct ListedWaiver {
    /// `NAME@VERSION`.
    pub release: String,
    /// The gate.
    pub gate: &'static str,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// Until when.
    pub until: String,
}

impl Federation {
    /// Reports the gates of a view.
    ///
    /// # Errors
    /// [`Refusal`]: no such view, or the store cannot answer.
    pub async fn gate_report(&self, view: &RegistryName) -> Result<GateReport, Refusal> {
        let policy = self.policy(view)?;
        let state = self.gate_state(view);
        let mut report = decided(&state, self.ledger.now());
        report.gates = asked(policy);
        report.complete = true;
        for member in policy.members.keys() {
            let concerned = |gate: &Gate| {
                let rule = policy.gates.rule(*gate);
                rule.is_some_and(|rule| rule.concerns(policy, member))
            };
            if Gate::ALL.iter().any(concerned) {
                self.report_member(policy, &state, member, &mut report)
                    .await?;
            }
        }
        Ok(report)
    }

    async fn report_member(
        &self,
        policy: &ViewPolicy,
        state: &GateState,
        member: &RegistryName,
        report: &mut GateReport,
    ) -> Result<(), Refusal> {
        let shown = self.names_of(member).await?.into_iter().filter(|name| {
            let record = self.records.get(&policy.view, &name.key());
            record.is_some_and(|record| record.speakers().any(|speaker| speaker == member))
        });
        for (number, name) in shown.enumerate() {
            if number >= NAMES_MAX {
                report.complete = false;
                break;
            }
            let Some(entry) = self.member_entry_held(member, &name).await? else {
                continue;
            };
            let of_member = |release: &Release| (member.clone(), release.clone());
            let rows: Vec<_> = entry.releases().iter().map(of_member).collect();
            let seen = self.first_seen(policy, &rows).await?;
            for (_, release) in rows.iter().rev() {
                for finding in gate::findings(policy, &self.hour(state, &seen), member, release) {
                    if report.held.len() >= HELD_MAX {
                        report.more += 1;
                        continue;
                    }
                    report.held.push(HeldRelease {
                        name: release.name.to_string(),
                        version: release.version.to_string(),
                        from: member.to_string(),
                        verdict: verdict(&finding),
                    });
                }
            }
        }
        Ok(())
    }

    /// Says of each gate that is asked whether a release passes it, and why not.
    pub(crate) async fn gate_verdicts(
        &self,
        policy: &ViewPolicy,
        member: &RegistryName,
        release: &Release,
    ) -> Result<Vec<GateVerdict>, Refusal> {
        let state = self.gate_state(&policy.view);
        let rows = [(member.clone(), release.clone())];
        let seen = self.first_seen(policy, &rows).await?;
        let findings = gate::findings(policy, &self.hour(&state, &seen), member, release);
        let asked = Gate::ALL.into_iter().filter(|gate| {
            let rule = policy.gates.rule(*gate);
            rule.is_some_and(|rule| rule.concerns(policy, member))
        });
        let told = asked.map(|gate| {
            let found = findings.iter().find(|finding| finding.gate == gate);
            found.map_or_else(|| passed(gate, &state, release), verdict)
        });
        Ok(told.collect())
    }
}

impl GateVerdict {
    /// Tells whether it found something, waived or not.
    pub(crate) fn is_finding(&self) -> bool {
        !matches!(self.outcome, "passed" | "unknown")
    }

    /// Tells whether the archive is refused for it.
    pub(crate) fn blocks(&self) -> bool {
        self.outcome == "blocked"
    }

    /// Tells whether the row is shown yanked for it.
    pub(crate) fn yanks(&self) -> bool {
        matches!(self.outcome, "yanked" | "blocked")
    }
}

fn verdict(finding: &Finding) -> GateVerdict {
    let (outcome, reason) = match &finding.outcome {
        Outcome::Waived(waiver) => (
            "waived",
            format!(
                "{}; {} waives it: {}",
                finding.reason, waiver.actor, waiver.reason
            ),
        ),
        Outcome::Audited => ("audited", finding.reason.clone()),
        Outcome::Yanked => ("yanked", finding.reason.clone()),
        Outcome::Blocked => ("blocked", finding.reason.clone()),
    };
    GateVerdict {
        gate: finding.gate.word(),
        outcome,
        reason: Some(reason),
        until: finding.until.map(|until| until.to_string()),
    }
}

fn passed(gate: Gate, state: &GateState, release: &Release) -> GateVerdict {
    let (outcome, reason) = match gate {
        Gate::Licences => {
            let (name, version) = (release.name.key(), &release.version);
            match state.licence(&name, version, &release.checksum) {
                Some(licence) => ("passed", Some(format!("its licence is {licence}"))),
                None => {
                    let reason = "its licence is not known until its archive is fetched";
                    ("unknown", Some(reason.to_owned()))
                }
            }
        }
        _ => ("passed", None),
    };
    GateVerdict {
        gate: gate.word(),
        outcome,
        reason,
        until: None,
    }
}

fn asked(policy: &ViewPolicy) -> Vec<AskedGate> {
    let rules = Gate::ALL
        .into_iter()
        .filter_map(|gate| Some((gate, policy.gates.rule(gate)?)));
    let told = rules.map(|(gate, rule)| AskedGate {
        gate: gate.word(),
        mode: match rule.mode {
            Mode::Off => "off",
            Mode::Audit => "audit",
            Mode::Enforce => "enforce",
        },
        effect: match rule.effect {
            Effect::Yank => "yank",
            Effect::Block => "block",
        },
    });
    told.collect()
}

fn decided(state: &GateState, now: crossdock_core::timestamp::Timestamp) -> GateReport {
    let approvals = state.approvals().map(|(name, approval)| ListedApproval {
        releases: format!("{name}@{}", approval.versions),
        by: approval.actor.to_string(),
        time: approval.time.to_string(),
    });
    let queue = state.queue().map(|(name, version, request)| ListedRequest {
        release: format!("{name}@{version}"),
        by: request.actor.to_string(),
        time: request.time.to_string(),
    });
    let waivers = state
        .waivers()
        .filter(|(_, _, _, waiver)| now < waiver.until);
    let waivers = waivers.map(|(name, version, gate, waiver)| ListedWaiver {
        release: format!("{name}@{version}"),
        gate: gate.word(),
        reason: waiver.reason.to_string(),
        by: waiver.actor.to_string(),
        until: waiver.until.to_string(),
    });
    GateReport {
        approvals: approvals.collect(),
        queue: queue.collect(),
        waivers: waivers.collect(),
        ..GateReport::default()
    }
}
