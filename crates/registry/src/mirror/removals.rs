//! What is missing from one upstream, and what is made of it.
//!
//! The state is on record (`vanished` and `returned` facts, decisions to accept), so
//! that a restart does not begin to wait anew; how the upstream did lately is not, so
//! that after a restart it has to show that it is well first. What follows is decided
//! in `core`.

use super::{Held, Mirror, MirrorAnswer, MirrorError, Row};
use crate::alarms::AlarmKind;
use crate::ports::{Applied, Change, Ledger, StoreError};
use crossdock_core::decision::{Decision, Made};
use crossdock_core::fact::{MirroredReleases, VERSIONS_MAX};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::removal::{Health, Look, Missing, NAMES_MANY, Verdict};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::index_line;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How many versions an alarm names.
const NAMED_MAX: usize = 5;

/// How long an upstream is silent before somebody should look; shorter outages are
/// everyday, and what is held is served meanwhile.
const SILENT_ALARM_SECS: i64 = 600;

/// How an upstream did lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpstreamHealth {
    /// How often it answered for an index file since the start.
    pub answers: u64,
    /// How often it could not.
    pub silences: u64,
    /// Whether it could not when it was last asked.
    pub silent: bool,
    /// Whether it is held to be down, so that only a probe is let through to it.
    pub paused: bool,
    /// Seconds since it last answered; nothing before it did.
    pub answered_secs_ago: Option<i64>,
}

/// What is missing from one upstream.
pub(crate) struct Removals {
    confirm_after: Duration,
    // Held for a look or a change, never across an await.
    state: Mutex<State>,
    /// How many names are held; counted when many vanish, for only then it matters.
    held: OnceCell<usize>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) missing: Missing,
    health: Health,
    /// Since when nothing at all is answered.
    silent_since: Option<Timestamp>,
    /// When the upstream last answered anything.
    answered: Option<Timestamp>,
    answers: u64,
    silences: u64,
}

impl Removals {
    /// Reads what is on record as missing, and what of it was accepted.
    pub(crate) async fn load(
        ledger: &dyn Ledger,
        mirror: &RegistryName,
        decisions: &[Made],
        confirm_after: Duration,
    ) -> Result<Self, StoreError> {
        let mut missing = Missing::default();
        for (name, version, since) in ledger.vanished(mirror).await? {
            missing.vanished(&name, &version, since);
        }
        for made in decisions {
            if let Decision::AcceptRemovals(accepted) = &made.decision {
                missing.accept(&accepted.names, made.time);
            }
        }
        Ok(Self {
            confirm_after,
            state: Mutex::new(State {
                missing,
                ..State::default()
            }),
            held: OnceCell::new(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mirror {
    /// Lists what is missing from the upstream, by name.
    pub(crate) fn missing(&self) -> BTreeMap<IndexName, Vec<Version>> {
        let state = self.removals.state();
        let names = state.missing.names();
        names
            .map(|name| (name.clone(), state.missing.of(name).cloned().collect()))
            .collect()
    }

    /// Tells how the upstream did lately.
    pub(crate) fn health(&self, now: Timestamp) -> UpstreamHealth {
        let state = self.removals.state();
        let ago = |at: Timestamp| now.unix_seconds().saturating_sub(at.unix_seconds());
        UpstreamHealth {
            answers: state.answers,
            silences: state.silences,
            silent: state.silent_since.is_some(),
            paused: self.upstream.is_paused(),
            answered_secs_ago: state.answered.map(ago),
        }
    }

    /// Shows what is missing of a name yanked where that was accepted or is confirmed.
    pub(crate) async fn settle_missing(&self, name: &IndexName) -> Result<(), MirrorError> {
        let Some(held) = self.held(name).await? else {
            return Ok(());
        };
        if let Err(MirrorError::Overtaken) = self.judged(name, held).await.map(drop) {
            self.forget(name);
        }
        Ok(())
    }

    /// Learns that what was missing at a moment is gone.
    pub(crate) fn accept_missing(&self, names: &BTreeSet<NameKey>, at: Timestamp) {
        self.removals.state().missing.accept(names, at);
        self.settle_mass();
    }

    /// Notes an answer of any kind.
    pub(super) fn note_answer(&self, now: Timestamp) {
        let mut state = self.removals.state();
        state.answered = Some(now);
        state.answers += 1;
        let was_silent = state.silent_since.take().is_some();
        drop(state);
        for kind in [AlarmKind::NoIndex, AlarmKind::RefusedAnswer] {
            self.alarms.settle(&self.name, None, kind);
        }
        if was_silent {
            let kind = AlarmKind::SilentUpstream;
            self.alarms.settle(&self.name, None, kind);
        }
    }

    /// Notes that there was no answer, and raises the alarm after a while.
    pub(super) fn note_silence(&self, now: Timestamp, why: &str) {
        let mut state = self.removals.state();
        state.health.silent = Some(now);
        state.silences += 1;
        let since = *state.silent_since.get_or_insert(now);
        drop(state);
        if now.unix_seconds() - since.unix_seconds() >= SILENT_ALARM_SECS {
            let text =
                format!("has not answered since {since}, what is held is served; last: {why}");
            let kind = AlarmKind::SilentUpstream;
            self.alarms.raise(&self.name, None, kind, text, now);
        }
    }

    /// Says what a look that ended without some versions and found the others makes
    /// of what is missing; to be recorded together with the rows.
    pub(super) fn missed(
        &self,
        name: &IndexName,
        gone: &[Version],
        there: impl Fn(&Version) -> bool,
    ) -> Vec<Change> {
        let state = self.removals.state();
        let before: BTreeSet<&Version> = state.missing.of(name).collect();
        let news = gone.iter().filter(|version| !before.contains(version));
        let news: Vec<_> = news.cloned().collect();
        let back = before.iter().filter(|version| there(version));
        let back: Vec<_> = back.map(|version| (*version).clone()).collect();
        let releases = |versions: &[Version]| MirroredReleases {
            registry: self.name.clone(),
            name: name.clone(),
            versions: versions.to_vec(),
        };
        let vanish = news.chunks(VERSIONS_MAX).map(releases).map(Change::Vanish);
        let back = back.chunks(VERSIONS_MAX).map(releases).map(Change::Return);
        vanish.chain(back).collect()
    }

    /// Learns what [`Self::missed`] became on record, and how the upstream did.
    pub(super) fn learn_missed(
        &self,
        name: &IndexName,
        changes: &[Change],
        applied: &[Applied],
        now: Timestamp,
    ) {
        let mut state = self.removals.state();
        for (change, applied) in changes.iter().zip(applied) {
            match (change, applied) {
                (Change::Vanish(gone), applied) => {
                    let since = match applied {
                        Applied::Fact { time, .. } => *time,
                        Applied::Unchanged | Applied::Stands(_) | Applied::ShownOtherwise => now,
                    };
                    for version in &gone.versions {
                        state.missing.vanished(name, version, since);
                    }
                }
                (Change::Return(back), _) => {
                    for version in &back.versions {
                        state.missing.returned(name, version);
                    }
                }
                _ => {}
            }
        }
        if state.missing.of(name).next().is_none() {
            state.health.whole = Some(now);
        }
        drop(state);
        self.settle_mass();
    }

    /// Judges what is missing of a name, and tells of what is not settled.
    ///
    /// Returns the versions that are shown yanked.
    pub(super) async fn removed(
        &self,
        name: &IndexName,
        now: Timestamp,
    ) -> Result<BTreeSet<Version>, StoreError> {
        if self.removals.state().missing.of(name).next().is_none() {
            let kind = AlarmKind::Vanished;
            self.alarms.settle(&self.name, Some(name.as_str()), kind);
            return Ok(BTreeSet::new());
        }
        let held = self.names_held().await?;
        let state = self.removals.state();
        let confirm_after_secs = self.removals.confirm_after.as_secs();
        let look = Look {
            health: state.health,
            held,
            confirm_after_secs: i64::try_from(confirm_after_secs).unwrap_or(i64::MAX),
        };
        let (mut removed, mut waiting, mut mass) = (BTreeSet::new(), Vec::new(), None);
        for version in state.missing.of(name) {
            match state.missing.verdict(name, version, now, &look) {
                Verdict::Removed => {
                    removed.insert(version.clone());
                    continue;
                }
                Verdict::Mass { names } => mass = mass.max(Some(names)),
                Verdict::Waits | Verdict::There => {}
            }
            waiting.push(version.clone());
        }
        drop(state);
        self.tell_missing(name, &waiting, mass, now);
        Ok(removed)
    }

    /// Takes the alarm of a mass disappearance back once few names are missing.
    pub(super) fn settle_mass(&self) {
        let few = self.removals.state().missing.waiting() < NAMES_MANY;
        if few {
            let kind = AlarmKind::MassDisappearance;
            self.alarms.settle(&self.name, None, kind);
        }
    }

    /// Counts the names held, if that can matter.
    async fn names_held(&self) -> Result<usize, StoreError> {
        if self.removals.state().missing.waiting() < NAMES_MANY {
            return Ok(0);
        }
        let counted = self.removals.held.get_or_try_init(|| async {
            let names = self.ledger.mirrored_names(&self.name).await?;
            Ok(names.len())
        });
        counted.await.copied()
    }

    /// Answers with what is held of a name, of which the upstream showed nothing new,
    /// after judging what is missing of it.
    pub(super) async fn judged(&self, name: &IndexName, before: Arc<Held>) -> MirrorAnswer {
        let removed = self.removed(name, self.ledger.now()).await?;
        let mut rows = match removed.is_empty() {
            true => Vec::new(),
            false => self.decoded(name, &before.rows),
        };
        let is_shown = |(_, release): &Row| release.yanked || !removed.contains(&release.version);
        if rows.iter().all(is_shown) {
            let held = self.keep_again(name, &before, self.revalidate_after);
            held.confirmed.set(self.ledger.now());
            return Ok(held);
        }
        yank(&mut rows, &removed);
        self.replace(name, rows, before).await
    }
}

/// Shows versions yanked.
pub(super) fn yank(rows: &mut [Row], removed: &BTreeSet<Version>) {
    for row in rows {
        if removed.contains(&row.1.version) {
            set_yanked(row, true);
        }
    }
}

/// Changes the yank of a row, in its text too.
pub(super) fn set_yanked((text, release): &mut Row, yanked: bool) {
    if release.yanked == yanked {
        return;
    }
    // What was decoded as a row is an object.
    if let Ok(changed) = index_line::with_yanked(text, yanked) {
        (*text, release.yanked) = (changed, yanked);
    }
}

/// Lists versions, the first few of many.
pub(super) fn some_of(versions: &[Version]) -> String {
    let named: Vec<_> = versions
        .iter()
        .take(NAMED_MAX)
        .map(ToString::to_string)
        .collect();
    let more = versions.len().saturating_sub(NAMED_MAX);
    match more {
        0 => named.join(", "),
        _ => format!("{} and {more} more", named.join(", ")),
    }
}
