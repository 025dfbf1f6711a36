//! Packing in the background: archives of one crate are kept together, in less room.
//!
//! One task goes over the crates of the registries that want it, one at a time, and
//! rests after each piece of work three times as long as that took: a quarter of one
//! core is the most it takes. If nothing was kept since, there is nothing to go over.
//! Registries that do not want it are kept raw again, in the same way.
//!
//! Folders that are registries are left out: what lies in them is not kept for long.
//!
//! Absent: how archives are packed, and which of them stay at hand: a store's part.

use crate::federation::Federation;
use crate::ports::{Compaction, Line, LineRelease, Raw, StoreError, Tiers};
use crate::refusal::Refusal;
use crossdock_core::entry::Entry;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

/// How often it is looked whether something is to be done: an archive that just came is
/// asked for now and can wait.
pub const COMPACT_EVERY: Duration = Duration::from_secs(60);

/// How many times longer than its work the packer rests.
const RESTS_TIMES: u32 = 3;

/// What the packer is to do.
#[derive(Clone)]
pub struct Packer {
    /// The store that packs.
    pub store: Arc<dyn Compaction>,
    /// The registries whose archives are packed; those of the others are kept raw.
    pub registries: BTreeSet<RegistryName>,
    /// How often it is looked whether something is to be done; the first look is after
    /// this time, too.
    pub every: Duration,
}

/// What is kept how, and what the packer did since the start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Compacted {
    /// By registry, as of the packer's last round.
    pub registries: BTreeMap<String, KeptOf>,
    /// The most bytes of packed archives that are at hand raw as well.
    pub hot_bytes_max: u64,
    /// Archives that were read as they are since the start.
    pub hot_reads: u64,
    /// Archives that had to be made again since the start.
    pub cold_reads: u64,
    /// Files of packed archives that are damaged.
    pub damaged: u64,
    /// What the packer does and did.
    pub packer: PackerState,
}

/// What is kept of one registry.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct KeptOf {
    /// Whether its archives are packed.
    pub compact: bool,
    /// Archives that are packed.
    pub packed: u64,
    /// Archives that are raw alone; counted for registries that are packed.
    pub raw: u64,
    /// Bytes of all these archives as they are given.
    pub archive_bytes: u64,
    /// Bytes they take: packed, at hand, and raw alone.
    pub kept_bytes: u64,
    /// Of these, bytes of packed archives that are at hand raw as well.
    pub hot_bytes: u64,
    /// Bytes that are saved.
    pub saved_bytes: u64,
}

/// What the packer does and did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PackerState {
    /// Whether it is at work.
    pub working: bool,
    /// Rounds it finished.
    pub rounds: u64,
    /// Archives it packed.
    pub packed: u64,
    /// Chains it kept raw again.
    pub unpacked: u64,
    /// Why its last round ended early, if it did.
    pub failed: Option<String>,
}

/// The packer of a federation.
#[derive(Default)]
pub(crate) struct Compacting {
    // Set once at the start, taken at shutdown; never held across an await.
    running: Mutex<Option<Running>>,
    // Written by the packer, for reading short.
    told: Mutex<Told>,
}

struct Running {
    packer: Packer,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Told {
    state: PackerState,
    raw: BTreeMap<RegistryName, Raw>,
}

impl Federation {
    /// Packs in the background from now on, until the federation ends.
    ///
    /// Must be called within a tokio runtime.
    pub fn compact(self: &Arc<Self>, packer: Packer) {
        let (stop, stopped) = watch::channel(false);
        let task = again_and_again(Arc::downgrade(self), packer.clone(), stopped);
        let task = tokio::spawn(task);
        let running = Running { packer, stop, task };
        let mut before = self.compacting.lock_running();
        if let Some(before) = before.replace(running) {
            // It ends after the piece of work it is at.
            let _ = before.stop.send(true);
        }
    }

    /// Tells what is kept how; nothing if this installation never packs.
    pub fn compacted(&self) -> Option<Compacted> {
        let running = self.compacting.lock_running();
        let packer = running.as_ref().map(|running| running.packer.clone())?;
        drop(running);
        let told = self.compacting.tell(|told| told.clone());
        Some(summed(&packer, packer.store.tiers(), &told))
    }
}

impl Compacting {
    /// Ends packing after the piece of work that is under way.
    pub(crate) async fn stop(&self) {
        let running = self.lock_running().take();
        if let Some(Running { stop, task, .. }) = running {
            let _ = stop.send(true);
            // It was awaited, or it died and said so in the log.
            let _ = task.await;
        }
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn again_and_again(
    federation: Weak<Federation>,
    packer: Packer,
    mut stopped: watch::Receiver<bool>,
) {
    let mut seen = None;
    loop {
        if rest(packer.every, &mut stopped).await {
            return;
        }
        let Some(federation) = federation.upgrade() else {
            return;
        };
        // Before the round: what is kept meanwhile is for the next one.
        let kept = packer.store.kept();
        if seen == Some(kept) {
            continue;
        }
        federation.compacting.tell(|told| told.state.working = true);
        let done = round(&federation, &packer, &mut stopped).await;
        let ended = matches!(done, Ok(Ended::All));
        federation.compacting.tell(|told| {
            told.state.working = false;
            told.state.rounds += u64::from(ended);
            told.state.failed = done.as_ref().err().map(ToString::to_string);
        });
        match done {
            Ok(Ended::All) => seen = Some(kept),
            Ok(Ended::Stopped) => return,
            Err(error) => warn!("packing archives ended early, and is tried again: {error}"),
        }
    }
}

/// Rests; says whether it is time to end.
async fn rest(time: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => *stopped.borrow(),
        // Told to end, or nobody is left who could.
        _ = stopped.changed() => true,
    }
}

enum Ended {
    All,
    Stopped,
}

/// Goes over everything once.
async fn round(
    federation: &Arc<Federation>,
    packer: &Packer,
    stopped: &mut watch::Receiver<bool>,
) -> Result<Ended, Refusal> {
    for registry in federation.configuration.registries.keys() {
        if federation.configuration.is_directory(registry) {
            continue;
        }
        let ended = match packer.registries.contains(registry) {
            true => pack(federation, packer, registry, stopped).await?,
            false => unpack(federation, packer, registry, stopped).await?,
        };
        if let Ended::Stopped = ended {
            return Ok(Ended::Stopped);
        }
    }
    Ok(Ended::All)
}

async fn pack(
    federation: &Arc<Federation>,
    packer: &Packer,
    registry: &RegistryName,
    stopped: &mut watch::Receiver<bool>,
) -> Result<Ended, Refusal> {
    let (mut raw, mut archives) = (Raw::default(), 0);
    for name in federation.compacted_names(registry).await? {
        let started = Instant::now();
        let Some(line) = federation.line(registry, &name).await? else {
            continue;
        };
        let mut worked = started.elapsed();
        loop {
            if rest(worked * RESTS_TIMES, stopped).await {
                return Ok(Ended::Stopped);
            }
            let started = Instant::now();
            let packed = packer.store.pack(&line).await?;
            worked = started.elapsed();
            archives += packed.archives;
            let compacting = &federation.compacting;
            compacting.tell(|told| told.state.packed += packed.archives);
            if !packed.more {
                raw.archives += packed.raw.archives;
                raw.bytes += packed.raw.bytes;
                break;
            }
        }
        if rest(worked * RESTS_TIMES, stopped).await {
            return Ok(Ended::Stopped);
        }
    }
    let compacting = &federation.compacting;
    compacting.tell(|told| told.raw.insert(registry.clone(), raw));
    if archives > 0 {
        info!(%registry, archives, "packed {archives} archives of {registry}");
    }
    Ok(Ended::All)
}

async fn unpack(
    federation: &Arc<Federation>,
    packer: &Packer,
    registry: &RegistryName,
    stopped: &mut watch::Receiver<bool>,
) -> Result<Ended, Refusal> {
    loop {
        let started = Instant::now();
        if !packer.store.unpack(registry).await? {
            return Ok(Ended::All);
        }
        let compacting = &federation.compacting;
        compacting.tell(|told| told.state.unpacked += 1);
        if rest(started.elapsed() * RESTS_TIMES, stopped).await {
            return Ok(Ended::Stopped);
        }
    }
}

impl Federation {
    async fn compacted_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError> {
        if self.mirrors.contains_key(registry) {
            return self.ledger.mirrored_names(registry).await;
        }
        let names = self.ledger.hosted_names(registry).await?;
        Ok(names.iter().map(|name| name.index_name()).collect())
    }

    /// The releases of a crate, those included that newer builds took the place of;
    /// nothing if there is no such crate any more, or its rows cannot be read.
    async fn line(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Line>, Refusal> {
        let mut releases = match self.mirrors.get(registry) {
            // Not over what is held in memory: each name is looked at once in a round.
            Some(mirror) => {
                let kept = self.ledger.mirrored(registry, name).await?;
                let entry = kept.and_then(|kept| mirror.read_rows(name, &kept.rows));
                entry.map(|entry| of(&entry)).unwrap_or_default()
            }
            None => {
                let key = name.key();
                let mut releases = match self.ledger.hosted(registry, &key).await? {
                    Some(krate) => of(&crate::hosted::entry(&krate)?),
                    None => return Ok(None),
                };
                for build in self.ledger.earlier_builds(registry, &key).await? {
                    releases.push(crate::builds::line_release(&build)?);
                }
                releases
            }
        };
        releases.sort_by(|one, other| one.version.cmp(&other.version));
        let (registry, name) = (registry.clone(), name.clone());
        Ok(Some(Line {
            registry,
            name,
            releases,
        }))
    }
}

fn of(entry: &Entry) -> Vec<LineRelease> {
    let releases = entry.releases().iter().map(|release| LineRelease {
        version: release.version.clone(),
        checksum: release.checksum,
        published: release.pubtime,
    });
    releases.collect()
}

fn summed(packer: &Packer, tiers: Tiers, told: &Told) -> Compacted {
    let mut registries: BTreeMap<String, KeptOf> = BTreeMap::new();
    for registry in &packer.registries {
        registries.entry(registry.to_string()).or_default().compact = true;
    }
    for (registry, kept) in &tiers.registries {
        let of_registry = registries.entry(registry.to_string()).or_default();
        of_registry.packed = kept.archives;
        of_registry.archive_bytes = kept.archive_bytes;
        of_registry.kept_bytes = kept.packed_bytes + kept.hot_bytes;
        of_registry.hot_bytes = kept.hot_bytes;
    }
    for (registry, raw) in &told.raw {
        let of_registry = registries.entry(registry.to_string()).or_default();
        of_registry.raw = raw.archives;
        of_registry.archive_bytes += raw.bytes;
        of_registry.kept_bytes += raw.bytes;
    }
    for kept in registries.values_mut() {
        kept.saved_bytes = kept.archive_bytes.saturating_sub(kept.kept_bytes);
    }
    Compacted {
        registries,
        hot_bytes_max: tiers.hot_bytes_max,
        hot_reads: tiers.hot_reads,
        cold_reads: tiers.cold_reads,
        damaged: tiers.damaged,
        packer: told.state.clone(),
    }
}
