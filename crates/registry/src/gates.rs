//! The gates of a view at work: rows as they are let through, archives that are not.
//!
//! `core` judges; here it is given the hour and what was decided until then, and what
//! it finds is told to whoever looks at the log, once for each release. The registry's
//! own address has no gates: they are the view's, and its faces are part of it.
//!
//! Absent: what a gate looks at, licences (`licences.rs`), lists for people
//! (`gate_reports.rs`).

use crate::decisions::Decided;
use crate::federation::Federation;
use crate::first_seen::Observations;
use crate::ports::Change;
use crate::privacy::Wish;
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision};
use crossdock_core::gate::{self, Finding, FirstSeen, Gate, GateState, Hour, Judged, Outcome};
use crossdock_core::name::CrateName;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{info, warn};

/// How long a file may be served that will be otherwise at a later hour, in
/// milliseconds. The hour is by the clock of the day and freshness by one that stands
/// still while a machine sleeps: after a minute it is judged anew whatever happened.
const JUDGED_FOR_MS: u64 = 60_000;

/// Requests that may wait in the queue of a view: whoever may read the view fills it,
/// and nobody looks through more.
const REQUESTS_MAX: usize = 1_000;

/// Releases that are remembered as told in the log; beyond it all are told again.
const TOLD_MAX: usize = 100_000;

/// Decisions, and what follows from them.
type Folded = (Arc<Decided>, Arc<GateState>);

/// What is kept in memory for the gates of all views.
#[derive(Default)]
pub(crate) struct Gatekeeper {
    /// The fold of a view's decisions, and the decisions it is the fold of.
    // Held for look-ups and folding, never across an await.
    folded: Mutex<HashMap<RegistryName, Folded>>,
    /// What was told in the log.
    // Held for a look-up, never across an await.
    told: Mutex<HashSet<(RegistryName, String, Gate)>>,
    /// When undated releases were first seen.
    pub(crate) observations: Observations,
}

impl Federation {
    /// Returns what was decided about the gates of a view until now.
    pub(crate) fn gate_state(&self, view: &RegistryName) -> Arc<GateState> {
        let decided = self.decided(view);
        let folded = &self.gatekeeper.folded;
        let mut folded = folded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, state)) = folded.get(view)
            && Arc::ptr_eq(of, &decided)
        {
            return state.clone();
        }
        let state = Arc::new(GateState::of(decided.made()));
        folded.insert(view.clone(), (decided, state.clone()));
        state
    }

    /// Lets rows through the gates of a view, now.
    pub(crate) async fn judged(
        &self,
        policy: &ViewPolicy,
        rows: Vec<(RegistryName, Release)>,
    ) -> Result<Judged, Refusal> {
        let seen = self.first_seen(policy, &rows).await?;
        let state = self.gate_state(&policy.view);
        let judged = gate::judge(policy, &self.hour(&state, &seen), rows);
        for (row, finding) in &judged.findings {
            self.tell(policy, &judged.rows[*row].1, finding);
        }
        Ok(judged)
    }

    /// The hour at which is judged: now, with what was decided until now.
    pub(crate) fn hour<'s>(&self, state: &'s GateState, first_seen: &'s FirstSeen) -> Hour<'s> {
        Hour {
            state,
            first_seen,
            now: self.ledger.now(),
        }
    }

    /// Tells for how many milliseconds a file may be served that will be otherwise at
    /// an hour.
    pub(crate) fn holds_for_ms(&self, until: Option<Timestamp>) -> u64 {
        let Some(until) = until else {
            return u64::MAX;
        };
        let seconds = until.unix_seconds() - self.ledger.now().unix_seconds();
        let milliseconds = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
        milliseconds.min(JUDGED_FOR_MS)
    }

    /// Refuses the archive of a release that a gate of the view blocks.
    ///
    /// # Errors
    /// [`Refusal`] with the reason, or that the store cannot.
    pub(crate) async fn pass_gates(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
    ) -> Result<(), Refusal> {
        let policy = self.policy(view)?;
        if !policy.gates.may_block() {
            return Ok(());
        }
        let Some(entry) = self.member_entry(member, name, Wish::Plain).await? else {
            return Ok(());
        };
        let Some(release) = entry.release(version) else {
            return Ok(());
        };
        let state = self.gate_state(view);
        let rows = [(member.clone(), release.clone())];
        let seen = self.first_seen(policy, &rows).await?;
        let findings = gate::findings(policy, &self.hour(&state, &seen), member, release);
        let blocking: Vec<_> = findings
            .into_iter()
            .filter(|finding| finding.outcome == Outcome::Blocked)
            .collect();
        if blocking.is_empty() {
            return Ok(());
        }
        if blocking.iter().any(|finding| finding.gate == Gate::Admit) {
            self.request(view, &state, release).await?;
        }
        Err(refused(view, release, &blocking))
    }

    /// Puts a release into the queue of those that somebody has to approve.
    async fn request(
        &self,
        view: &RegistryName,
        state: &GateState,
        release: &Release,
    ) -> Result<(), Refusal> {
        let (name, version) = (release.name.key(), release.version.clone());
        if state.is_requested(&name, &version) || state.queue().count() >= REQUESTS_MAX {
            return Ok(());
        }
        let decision = Decision::Gate(GateDecision::Requested { name, version });
        let scope = view.clone();
        self.record(Actor::server(), vec![Change::Decide { scope, decision }])
            .await?;
        Ok(())
    }

    fn tell(&self, policy: &ViewPolicy, release: &Release, finding: &Finding) {
        let (view, gate) = (&policy.view, finding.gate);
        let named = format!("{} {}", release.name, release.version);
        let mut told = self
            .gatekeeper
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if told.len() >= TOLD_MAX {
            told.clear();
        }
        if !told.insert((view.clone(), named.clone(), gate)) {
            return;
        }
        let reason = &finding.reason;
        match &finding.outcome {
            Outcome::Waived(_) => {}
            Outcome::Audited => {
                info!(%view, %gate, krate.name = %release.name, "gate {gate} would stop {named}: {reason}");
            }
            Outcome::Yanked => {
                info!(%view, %gate, krate.name = %release.name, "gate {gate} shows {named} yanked: {reason}");
            }
            Outcome::Blocked => {
                warn!(%view, %gate, krate.name = %release.name, "gate {gate} blocks {named}: {reason}");
            }
        }
    }
}

/// The text that cargo prints: which release, which gates, why, and what to do.
pub(crate) fn refused(view: &RegistryName, release: &Release, blocking: &[Finding]) -> Refusal {
    let named = format!("{}@{}", release.name, release.version);
    let mut text = format!("`{named}` is held back by the gates of view `{view}`\n");
    for Finding { gate, reason, .. } in blocking {
        text += &format!("  {gate}: {reason}\n");
    }
    text += &match blocking {
        [one] if one.gate == Gate::Admit => {
            format!("It is in the queue; `crossdock approve {named} --view {view}` lets it in.")
        }
        [first, ..] => format!(
            "For a while, `crossdock waive {named} --gate {} --view {view} --reason … --expires …` lets it through.",
            first.gate
        ),
        [] => String::new(),
    };
    Refusal::new(RefusalKind::Forbidden, text)
}
