//! What a view lets through of its mirrored releases.
//!
//! A gate looks at one release and finds something, or does not. What is found is
//! only reported (`audit`), or the row is shown yanked, so that new locks avoid it
//! and old ones go on building, or the archive is refused as well. A gate never
//! adds, removes or changes a row otherwise: what was served stays (law 5).
//!
//! Gates do not know each other, so their order decides nothing; each is a file of
//! the folder. The hour is an argument, and so is what people decided
//! ([`GateState`]): a view at an epoch is judged by both as they were then.
//!
//! Absent: asking members, reading archives, recording what was found.

mod age;
mod licence;
mod look_alike;
mod releases;
mod rule;
mod state;
mod targets;

use crate::policy::{MemberKind, Side, ViewPolicy};
use crate::registry_name::RegistryName;
use crate::release::Release;
use crate::timestamp::Timestamp;
use crate::version::Version;
use age::Birth;
use std::collections::BTreeMap;

pub use age::{MinAge, Sighting};
pub use licence::{FoundLicence, LicenceRefusal, Licences, LicencesError};
pub use look_alike::looks_like;
pub use releases::{ReleaseList, ReleasePattern, ReleasePatternError, Versions};
pub use rule::{Effect, Gate, GateError, Gates, Mode, Rule};
pub use state::{Approval, GateState, Request, Waiver};

/// What gates are asked in the light of.
#[derive(Clone, Copy)]
pub struct Hour<'h> {
    /// What people decided and archives showed until now.
    pub state: &'h GateState,
    /// When mirrors first showed releases; nothing of those of which it is not known.
    pub first_seen: &'h FirstSeen,
    /// The hour at which is judged.
    pub now: Timestamp,
}

/// When members first showed releases of one crate.
pub type FirstSeen = BTreeMap<(RegistryName, Version), Sighting>;

/// What one gate found of one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which gate.
    pub gate: Gate,
    /// Why, for a person: a fragment that can follow a colon.
    pub reason: String,
    /// What follows from it.
    pub outcome: Outcome,
    /// When it will be otherwise by the passing of time alone.
    pub until: Option<Timestamp>,
}

/// What follows from a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing: somebody waived it, for a time.
    Waived(Waiver),
    /// Nothing: the gate only reports.
    Audited,
    /// The row is shown yanked.
    Yanked,
    /// The row is shown yanked and the archive refused.
    Blocked,
}

/// Rows after the gates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The same rows in the same order, some of them yanked now.
    pub rows: Vec<(RegistryName, Release)>,
    /// What was found: the index of the row, and the finding.
    pub findings: Vec<(usize, Finding)>,
    /// The first hour at which the rows may be otherwise by the passing of time alone.
    pub until: Option<Timestamp>,
}

/// Judges rows as a view is about to show them.
pub fn judge(
    policy: &ViewPolicy,
    hour: &Hour<'_>,
    mut rows: Vec<(RegistryName, Release)>,
) -> Judged {
    let (mut all, mut until) = (Vec::new(), None);
    if policy.gates.is_open() {
        return Judged {
            rows,
            findings: all,
            until,
        };
    }
    for (at, (member, release)) in rows.iter_mut().enumerate() {
        for finding in findings(policy, hour, member, release) {
            release.yanked |= finding.outcome.yanks();
            until = earlier(until, finding.until);
            all.push((at, finding));
        }
    }
    Judged {
        rows,
        findings: all,
        until,
    }
}

/// Lists what the gates of a view find of one release, in the order of [`Gate::ALL`].
pub fn findings(
    policy: &ViewPolicy,
    hour: &Hour<'_>,
    member: &RegistryName,
    release: &Release,
) -> Vec<Finding> {
    let asked = Gate::ALL.iter().filter_map(|gate| {
        let rule = policy.gates.rule(*gate)?;
        let (reason, due) = rule
            .concerns(policy, member)
            .then(|| reason(policy, hour, *gate, member, release))??;
        Some(finding(*gate, rule, hour, release, reason, due))
    });
    asked.collect()
}

/// Says why a release does not pass a gate, and when it will by the passing of time;
/// nothing if it passes.
fn reason(
    policy: &ViewPolicy,
    hour: &Hour<'_>,
    gate: Gate,
    member: &RegistryName,
    release: &Release,
) -> Option<(String, Option<Timestamp>)> {
    let gates = &policy.gates;
    let (name, version) = (release.name.key(), &release.version);
    let timeless = |reason: String| (reason, None);
    match gate {
        Gate::MinAge => {
            let seen = hour.first_seen.get(&(member.clone(), version.clone()));
            let kind = policy.members.get(member).map(|member| member.kind);
            let kind = kind.unwrap_or(MemberKind::Mirror);
            let born = Birth::of(kind, release.pubtime, seen.copied());
            gates.min_age.as_ref()?.1.reason(born, hour.now)
        }
        Gate::Deny => gates
            .deny
            .as_ref()?
            .1
            .touching(&name, version)
            .map(timeless),
        Gate::Allow => match gates.allow.as_ref()?.1.covering(&name, version) {
            Some(_) => None,
            None => Some(timeless(
                "it is not on the list of what is allowed".to_owned(),
            )),
        },
        Gate::Admit => (!hour.state.is_approved(&name, version))
            .then(|| timeless("nobody approved it".to_owned())),
        Gate::Licences => {
            let found = hour.state.licence(&name, version, &release.checksum)?;
            let refused = gates.licences.as_ref()?.1.judge(&name, version, found);
            refused.err().map(|refusal| timeless(refusal.to_string()))
        }
        Gate::TypoSquats => {
            let outside = policy.members.get(member)?.side == Side::Outside;
            let like = hour.state.looks_like(&name).filter(|_| outside)?;
            Some(timeless(format!(
                "its name is easily taken for the private `{like}`"
            )))
        }
        Gate::Closed => targets::reason(policy, member, release).map(timeless),
    }
}

fn finding(
    gate: Gate,
    rule: &Rule,
    hour: &Hour<'_>,
    release: &Release,
    reason: String,
    due: Option<Timestamp>,
) -> Finding {
    let waiver = hour
        .state
        .waiver(&release.name.key(), &release.version, gate, hour.now);
    let (outcome, until) = match (waiver, rule.mode, rule.effect) {
        (Some(waiver), _, _) => (
            Outcome::Waived(waiver.clone()),
            earlier(due, Some(waiver.until)),
        ),
        (None, Mode::Enforce, Effect::Yank) => (Outcome::Yanked, due),
        (None, Mode::Enforce, Effect::Block) => (Outcome::Blocked, due),
        (None, Mode::Audit | Mode::Off, _) => (Outcome::Audited, due),
    };
    Finding {
        gate,
        reason,
        outcome,
        until,
    }
}

impl Outcome {
    /// Tells whether the row is shown yanked for it.
    pub fn yanks(&self) -> bool {
        matches!(self, Self::Yanked | Self::Blocked)
    }
}

fn earlier(left: Option<Timestamp>, right: Option<Timestamp>) -> Option<Timestamp> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}
