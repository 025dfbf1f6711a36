//! Fetches the index files cargo will ask for next.
//!
//! One task owns the queue and all requests, at most [`IN_FLIGHT_MAX`] at a time;
//! it ends with the federation. A name that may not be sent to the upstream is not
//! fetched ahead either.

use crate::mirror::Mirror;
use crate::privacy::{Passage, Privacy, Wish};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use moka::sync::Cache;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Requests ahead of cargo at one time; HTTP/2 servers commonly allow 100 streams,
/// and what cargo itself asks for must fit beside them.
const IN_FLIGHT_MAX: usize = 64;

/// Names waiting at one time; a workspace of a thousand crates fits.
const WAITING_MAX: usize = 4096;

/// How long a name is not fetched ahead again, fresh or not: a resolution is over by
/// then. Where answers are good for a moment only (`revalidate-after = "0s"`), every
/// one of them would otherwise set off the whole tree behind it anew, for nothing:
/// whoever asks for a name has it confirmed themselves.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

type Wanted = (RegistryName, IndexName);

/// Takes hints and fetches ahead.
pub(crate) struct Prefetcher {
    hints: mpsc::Sender<Wanted>,
    // Taken once, at shutdown.
    task: Mutex<Option<JoinHandle<()>>>,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Prefetcher {
    pub(crate) fn start(
        mirrors: BTreeMap<RegistryName, Arc<Mirror>>,
        privacy: Arc<Privacy>,
    ) -> Self {
        let (hints, received) = mpsc::channel(WAITING_MAX);
        for mirror in mirrors.values() {
            mirror.look_ahead_through(hints.clone());
        }
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let task = tokio::spawn(run(received, stopped, mirrors, privacy));
        Self {
            hints,
            task: Mutex::new(Some(task)),
            stop,
        }
    }

    /// Asks for names of `registry` that cargo will ask for.
    ///
    /// Hints beyond the queue's bound are dropped: cargo will ask by itself.
    pub(crate) fn hint(&self, registry: &RegistryName, names: &[IndexName]) {
        for name in names {
            let _ = self.hints.try_send((registry.clone(), name.clone()));
        }
    }

    /// Stops fetching and awaits the task.
    pub(crate) async fn shutdown(&self) {
        let _ = self.stop.send(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

async fn run(
    mut hints: mpsc::Receiver<Wanted>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
    mirrors: BTreeMap<RegistryName, Arc<Mirror>>,
    privacy: Arc<Privacy>,
) {
    let (mut waiting, mut flying) = (VecDeque::<Wanted>::new(), JoinSet::new());
    let mut in_flight: HashSet<Wanted> = HashSet::new();
    let lately = Cache::<Wanted, ()>::builder()
        .max_capacity(2 * WAITING_MAX as u64)
        .time_to_live(AGAIN_AFTER)
        .build();
    loop {
        while flying.len() < IN_FLIGHT_MAX
            && let Some(wanted) = waiting.pop_front()
        {
            let Some(mirror) = mirrors.get(&wanted.0) else {
                continue;
            };
            let needless = mirror.is_fresh(&wanted.1) || lately.contains_key(&wanted);
            if needless || !in_flight.insert(wanted.clone()) {
                continue;
            }
            lately.insert(wanted.clone(), ());
            flying.spawn(fetch(mirror.clone(), privacy.clone(), wanted));
        }
        tokio::select! {
            _ = stopped.changed() => return,
            hint = hints.recv() => match hint {
                Some(wanted) => push(&mut waiting, wanted),
                None => return,
            },
            Some(done) = flying.join_next() => {
                if let Ok((wanted, next)) = done {
                    for name in next {
                        push(&mut waiting, (wanted.0.clone(), name));
                    }
                    in_flight.remove(&wanted);
                }
            }
        }
    }
}

fn push(waiting: &mut VecDeque<Wanted>, wanted: Wanted) {
    if waiting.len() < WAITING_MAX {
        waiting.push_back(wanted);
    }
}

async fn fetch(
    mirror: Arc<Mirror>,
    privacy: Arc<Privacy>,
    wanted: Wanted,
) -> (Wanted, Vec<IndexName>) {
    let key = wanted.1.key();
    let passage = privacy.passage(&wanted.0, &key, &Wish::Ahead).await;
    let Passage::Granted(permit) = passage else {
        return (wanted, Vec::new());
    };
    let next = match mirror.rows(&wanted.1, &permit).await {
        Ok(held) => mirror.asked_next(&wanted.1, &held).to_vec(),
        Err(_) => Vec::new(),
    };
    (wanted, next)
}
