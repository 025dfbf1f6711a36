//! Fetches the index files cargo will ask for next.
//!
//! One task owns the queue and all requests, at most [`IN_FLIGHT_MAX`] at a time;
//! it ends with the federation. A name that may not be sent to the upstream is not
//! fetched ahead either.

use crate::mirror::{Ahead, Hint, Mirror};
use crate::privacy::{Passage, Privacy, Wish};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use moka::sync::Cache;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Requests ahead of cargo at one time; HTTP/2 servers commonly allow 100 streams,
/// and what cargo itself asks for must fit beside them.
const IN_FLIGHT_MAX: usize = 64;

/// Names waiting at one time; a workspace of a thousand crates fits.
const WAITING_MAX: usize = 4096;

/// How long a name is not fetched ahead again for the same need, fresh or not: a
/// resolution is over by then. Where answers are good for a moment only
/// (`revalidate-after = "0s"`), every one of them would otherwise set off the whole tree
/// behind it anew.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

type Wanted = (RegistryName, IndexName);

/// Takes hints and fetches ahead.
pub(crate) struct Prefetcher {
    hints: mpsc::Sender<Hint>,
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
    pub(crate) fn hint(&self, registry: &RegistryName, names: &[Ahead]) {
        for ahead in names {
            let _ = self.hints.try_send((registry.clone(), ahead.clone()));
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
    mut hints: mpsc::Receiver<Hint>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
    mirrors: BTreeMap<RegistryName, Arc<Mirror>>,
    privacy: Arc<Privacy>,
) {
    let (mut waiting, mut flying) = (VecDeque::<Hint>::new(), JoinSet::new());
    let mut in_flight = InFlight::default();
    let lately = Cache::<Hint, ()>::builder()
        .max_capacity(4 * WAITING_MAX as u64)
        .time_to_live(AGAIN_AFTER)
        .build();
    loop {
        while flying.len() < IN_FLIGHT_MAX
            && let Some(hint) = waiting.pop_front()
        {
            let Some(mirror) = mirrors.get(&hint.0) else {
                continue;
            };
            if lately.contains_key(&hint) {
                continue;
            }
            lately.insert(hint.clone(), ());
            let (registry, (name, _)) = hint;
            let wanted = (registry, name);
            if in_flight.begins(&wanted) {
                flying.spawn(fetch(mirror.clone(), privacy.clone(), wanted));
            }
        }
        tokio::select! {
            _ = stopped.changed() => return,
            hint = hints.recv() => match hint {
                Some(hint) => push(&mut waiting, hint),
                None => return,
            },
            Some(done) = flying.join_next() => {
                if let Ok((wanted, next)) = done {
                    for ahead in next.iter() {
                        push(&mut waiting, (wanted.0.clone(), ahead.clone()));
                    }
                    if in_flight.ends(&wanted) && let Some(mirror) = mirrors.get(&wanted.0) {
                        flying.spawn(fetch(mirror.clone(), privacy.clone(), wanted));
                    }
                }
            }
        }
    }
}

/// The names that are being fetched ahead, and whether more of them was wanted since.
#[derive(Default)]
struct InFlight(HashMap<Wanted, bool>);

impl InFlight {
    /// Tells whether a name has to be fetched; if that is under way, what is wanted now
    /// is looked at when it ends.
    fn begins(&mut self, wanted: &Wanted) -> bool {
        if let Some(more) = self.0.get_mut(wanted) {
            *more = true;
            return false;
        }
        self.0.insert(wanted.clone(), false);
        true
    }

    /// Tells whether it begins again.
    fn ends(&mut self, wanted: &Wanted) -> bool {
        let more = self.0.remove(wanted).unwrap_or_default();
        if more {
            self.0.insert(wanted.clone(), false);
        }
        more
    }
}

fn push(waiting: &mut VecDeque<Hint>, hint: Hint) {
    if waiting.len() < WAITING_MAX {
        waiting.push_back(hint);
    }
}

async fn fetch(
    mirror: Arc<Mirror>,
    privacy: Arc<Privacy>,
    wanted: Wanted,
) -> (Wanted, Arc<[Ahead]>) {
    let (nothing, name) = (Arc::default(), wanted.1.clone());
    let passage = privacy.passage(&wanted.0, &name.key(), &Wish::Ahead).await;
    let Passage::Granted(permit) = passage else {
        return (wanted, nothing);
    };
    let next = match mirror.rows_ahead(&name, &permit).await {
        Ok(held) => mirror.asked_next(&name, &held),
        Err(_) => nothing,
    };
    (wanted, next)
}
