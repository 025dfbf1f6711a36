//! Brings what a mirror holds up to date: on command, for webhooks, every so often.
//!
//! Held names are asked for again, however fresh, a few at a time; the answer says what
//! is new. Names that became private meanwhile are not asked for. What changed is not
//! served from memory any more, so a release that a webhook tells of is seen at once.
//!
//! Absent: names of which nothing is held; nobody needs them yet, unless somebody did a
//! moment ago and the upstream's answer was refused.

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::mirror::{Mirror, MirrorError};
use crate::privacy::{Passage, Wish};
use crate::refusal::{Refusal, RefusalKind};
use crossdock_core::entry::Entry;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use futures::StreamExt;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{info, warn};

/// Names asked for at one time: beside them builds have room among the hundred streams
/// that HTTP/2 servers commonly allow.
const AT_ONCE: usize = 16;

/// What became of a mirror's names.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SyncReport {
    /// How many names the upstream was asked for.
    pub asked: usize,
    /// The names whose rows are others than before, sorted.
    pub changed: Vec<ChangedName>,
    /// The names for which there was no answer, sorted; what is held of them stays.
    pub silent: Vec<SilentName>,
    /// How many names were not asked for, because they are private by now.
    pub private: usize,
    /// How many names were not asked for, because nothing is held of them.
    pub not_held: usize,
}

/// A name whose rows changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedName {
    /// The name.
    pub name: String,
    /// Versions that were not there before.
    pub added: Vec<String>,
    /// Versions whose row is another one, such as by a yank.
    pub changed: Vec<String>,
}

/// A name of which the upstream said nothing.
#[derive(Clone, Debug, Serialize)]
pub struct SilentName {
    /// The name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What became of one name.
enum Synced {
    Same,
    Changed(ChangedName),
    Silent(SilentName),
    Private,
    NotHeld,
}

/// The tasks that bring mirrors up to date every so often.
#[derive(Default)]
pub(crate) struct Syncing {
    // Taken at shutdown.
    tasks: Mutex<Vec<JoinHandle<()>>>,
    /// When each mirror was asked again last, or the first of the federations began.
    // Held for a look or a change, never across an await.
    last: Arc<Mutex<BTreeMap<RegistryName, Instant>>>,
}

impl Syncing {
    /// That of the federation that comes after: what is due then stays due then.
    pub(crate) fn next(&self) -> Self {
        Self {
            tasks: Mutex::default(),
            last: self.last.clone(),
        }
    }

    /// Starts a task for each mirror that wants one; they end with the federation.
    pub(crate) fn start(&self, federation: &Arc<Federation>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, registry) in &federation.configuration.registries {
            if let RegistryKind::Mirror {
                sync: Some(every), ..
            } = &registry.kind
            {
                let federation = Arc::downgrade(federation);
                tasks.push(tokio::spawn(again_and_again(
                    federation,
                    name.clone(),
                    *every,
                    self.last.clone(),
                )));
            }
        }
    }

    pub(crate) fn stop(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.drain(..).for_each(|task| task.abort());
    }
}

async fn again_and_again(
    federation: Weak<Federation>,
    mirror: RegistryName,
    every: Duration,
    last: Arc<Mutex<BTreeMap<RegistryName, Instant>>>,
) {
    let last = || last.lock().unwrap_or_else(PoisonError::into_inner);
    // A server that just started has other work.
    let began = *last().entry(mirror.clone()).or_insert_with(Instant::now);
    let mut ticks = tokio::time::interval_at(began + every, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        last().insert(mirror.clone(), Instant::now());
        let Some(federation) = federation.upgrade() else {
            return;
        };
        if federation.decisions.is_retired(&mirror) {
            return;
        }
        match federation.sync(&mirror, None).await {
            Ok(report) => info!(
                registry = %mirror,
                "asked for {} names again: {} changed, {} without an answer",
                report.asked, report.changed.len(), report.silent.len()
            ),
            Err(refusal) => warn!(registry = %mirror, "cannot ask again: {refusal}"),
        }
    }
}

impl Federation {
    /// Lists the names that a mirror holds, sorted.
    ///
    /// # Errors
    /// [`Refusal`]: no such mirror, or the store cannot.
    pub async fn held_names(&self, mirror: &RegistryName) -> Result<Vec<IndexName>, Refusal> {
        self.mirror(mirror)?;
        Ok(self.ledger.mirrored_names(mirror).await?)
    }

    /// Asks a mirror's upstream again: for these names as far as they are held, or for
    /// all that are held.
    ///
    /// # Errors
    /// [`Refusal`]: no such mirror, or the store cannot.
    pub async fn sync(
        &self,
        registry: &RegistryName,
        names: Option<&[IndexName]>,
    ) -> Result<SyncReport, Refusal> {
        let mirror = self.mirror(registry)?;
        if self.decisions.is_retired(registry) {
            return Err(Refusal::new(
                RefusalKind::Unsupported,
                format!(
                    "`{registry}` is retired: its upstream is not asked any more, and what is held of it stays"
                ),
            ));
        }
        let names = match names {
            Some(names) => names.to_vec(),
            None => self.held_names(registry).await?,
        };
        let mut report = SyncReport::default();
        let work = futures::stream::iter(names)
            .map(|name| async move { self.sync_one(registry, mirror, &name).await })
            .buffer_unordered(AT_ONCE);
        let mut work = std::pin::pin!(work);
        while let Some(synced) = work.next().await {
            report.asked += usize::from(!matches!(synced, Synced::Private | Synced::NotHeld));
            match synced {
                Synced::Same => {}
                Synced::Changed(changed) => report.changed.push(changed),
                Synced::Silent(silent) => report.silent.push(silent),
                Synced::Private => report.private += 1,
                Synced::NotHeld => report.not_held += 1,
            }
        }
        report
            .changed
            .sort_by(|left, right| left.name.cmp(&right.name));
        report
            .silent
            .sort_by(|left, right| left.name.cmp(&right.name));
        Ok(report)
    }

    async fn sync_one(
        &self,
        registry: &RegistryName,
        mirror: &Arc<Mirror>,
        name: &IndexName,
    ) -> Synced {
        let silent = |why: String| {
            Synced::Silent(SilentName {
                name: name.to_string(),
                why,
            })
        };
        let before = match mirror.held(name).await {
            Ok(Some(held)) if !held.rows.is_empty() => Some(held),
            // Somebody wanted it a moment ago and was refused what the upstream said.
            Ok(_) if mirror.was_refused(name) => None,
            Ok(_) => return Synced::NotHeld,
            Err(error) => return silent(error.to_string()),
        };
        let key = name.key();
        let permit = match self.privacy.passage(registry, &key, &Wish::Again).await {
            Passage::Granted(permit) => permit,
            Passage::Private => return Synced::Private,
            Passage::Undecided(why) => return silent(why),
        };
        let after = match mirror.ask_again(name, &permit).await {
            Ok(after) => after,
            Err(MirrorError::Silent(why)) => return silent(why.to_string()),
            Err(why) => return silent(why.to_string()),
        };
        let rows_before = before.as_ref().map(|before| before.rows.clone());
        if after.rows == rows_before.unwrap_or_default() {
            return Synced::Same;
        }
        self.drop_named(registry, name);
        let before = before.and_then(|before| mirror.entry(name, &before));
        let after = mirror.entry(name, &after);
        Synced::Changed(changed(name, before.as_deref(), after.as_deref()))
    }
}

fn changed(name: &IndexName, before: Option<&Entry>, after: Option<&Entry>) -> ChangedName {
    let releases = after.map(Entry::releases).unwrap_or_default();
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for release in releases {
        match before.and_then(|before| before.release(&release.version)) {
            None => added.push(release.version.to_string()),
            Some(old) if old != release => changed.push(release.version.to_string()),
            Some(_) => {}
        }
    }
    ChangedName {
        name: name.to_string(),
        added,
        changed,
    }
}
