//! The federation as it was at a moment: the same use cases over a ledger that knows
//! nothing later.
//!
//! Nothing of reading is written twice. A federation is opened on [`LedgerAt`], which
//! answers every question as of an epoch, and with upstreams that know what had been
//! published by then; whatever stage a row passes through, it passes through here as
//! well. What was never recorded is decided today, by the live federation, and becomes
//! a fact that stands for all earlier epochs (law 10); a past records nothing itself.
//!
//! Today's are: which names are private, and who has which name, so that nothing
//! leaves because it used to be public.

mod ledger;
mod upstream;

use crate::configuration::{Configuration, RegistryKind};
use crate::federation::{Federation, Ports};
use crate::ports::{StoreError, Upstream};
use crate::refusal::Refusal;
use crate::succession::Comes;
use crossdock_core::decision::{Decision, PolicyAdopted};
use crossdock_core::epoch::{Learnt, Moment};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::policy_text;
use crossdock_core::registry_name::RegistryName;
use ledger::LedgerAt;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use upstream::UpstreamAt;

/// Pasts in memory at one time. A build reads one, an office a few; each has what its
/// views had on record, and finished files of its own.
const PASTS_MAX: usize = 8;

/// Pasts that are opened at one time: each reads all records of all views.
const OPENING_MAX: usize = 2;

/// Rows of a past do not change, so its mirrors ask again as good as never.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Memory for the finished files, and for the archives, of one past.
pub(crate) const SERVED_BYTES_MAX: u64 = 24 * 1024 * 1024;

/// Memory for the rows of one past, as text.
pub(crate) const ROWS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Memory for the rows of one past, parsed.
pub(crate) const PARSED_BYTES_MAX: u64 = 8 * 1024 * 1024;

tokio::task_local! {
    /// Whether the reading that this task does rests on something that nobody recorded.
    static MISSING: Cell<bool>;
}

/// The federation at one moment.
pub(crate) struct Past {
    pub(crate) federation: Arc<Federation>,
    ledger: Arc<LedgerAt>,
    /// Held while later facts are read, so that they are learnt in their order.
    learning: tokio::sync::Mutex<()>,
}

/// A past that is opened once, for all who ask for it.
type Opening = Arc<OnceCell<Arc<Past>>>;

/// The pasts in memory, the one asked for last at the end.
pub(crate) struct Pasts {
    // Held for look-ups and inserts, never across an await.
    opened: Mutex<VecDeque<(Moment, Opening)>>,
    opening: Semaphore,
}

impl Pasts {
    pub(crate) fn new() -> Self {
        Self {
            opened: Mutex::default(),
            opening: Semaphore::new(OPENING_MAX),
        }
    }

    /// Forgets all of them, as after a decision that holds for the past as well.
    pub(crate) fn forget(&self) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.clear();
    }

    fn place(&self, moment: Moment) -> Opening {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let known = opened.iter().position(|(at, _)| *at == moment);
        let place = known
            .and_then(|at| opened.remove(at))
            .unwrap_or_else(|| (moment, Arc::default()));
        if opened.len() >= PASTS_MAX {
            opened.pop_front();
        }
        opened.push_back(place.clone());
        place.1
    }
}

impl Federation {
    /// Returns the federation as it was at a moment.
    pub(crate) async fn as_of(&self, moment: Moment) -> Result<Arc<Past>, Refusal> {
        let place = self.pasts.place(moment);
        let past = place.get_or_try_init(|| async {
            let room = self.pasts.opening.acquire().await;
            let opened = Past::open(self, moment).await;
            drop(room);
            opened
        });
        Ok(past.await?.clone())
    }
}

impl Past {
    async fn open(today: &Federation, moment: Moment) -> Result<Arc<Self>, StoreError> {
        let views = today.configuration.views.keys();
        let ledger = LedgerAt::open(today.ledger.clone(), moment, views).await?;
        let ledger = Arc::new(ledger);
        let ports = Ports {
            ledger: ledger.clone(),
            blobs: today.blobs.clone(),
            upstreams: upstreams(today, moment),
            directories: BTreeMap::new(),
            keepsake: None,
        };
        let mut configuration = unhurried(&today.configuration);
        for (view, settings) in &mut configuration.views {
            if let Some(policy) = policy_at(today, view, moment).await? {
                settings.policy = policy;
            }
        }
        let federation = Federation::open_as(Comes::AsPastOf(today), configuration, ports).await?;
        Ok(Arc::new(Self {
            federation,
            ledger,
            learning: tokio::sync::Mutex::default(),
        }))
    }

    /// Does a reading; tells whether it rests on something that nobody recorded, which
    /// then was refused instead of decided.
    pub(crate) async fn strictly<T>(&self, reading: impl Future<Output = T>) -> (T, bool) {
        let done = async {
            let read = reading.await;
            (read, MISSING.with(Cell::get))
        };
        MISSING.scope(Cell::new(false), done).await
    }

    /// Learns what was recorded since: the first record stands for earlier epochs.
    pub(crate) async fn catch_up(&self) -> Result<(), Refusal> {
        let _learning = self.learning.lock().await;
        for (view, learnt) in self.ledger.catch_up().await? {
            self.federation.records.put(&view, &learnt);
            self.federation.faces.put(&view, &learnt);
            if learnt == Learnt::Pin {
                let held = &self.federation.held_routes;
                held.relearn(&*self.ledger, &view).await?;
            }
        }
        Ok(())
    }
}

fn upstreams(today: &Federation, moment: Moment) -> BTreeMap<RegistryName, Arc<dyn Upstream>> {
    let mirrors = today.mirrors.iter();
    let at = mirrors.map(|(name, mirror)| {
        let upstream: Arc<dyn Upstream> = Arc::new(UpstreamAt {
            registry: name.clone(),
            moment,
            mirror: mirror.clone(),
            privacy: today.privacy.clone(),
            ledger: today.ledger.clone(),
        });
        (name.clone(), upstream)
    });
    at.collect()
}

/// Reads the policy of a view that was in force, or else the first that was recorded
/// after the moment; nothing if none ever was, and then today's holds.
async fn policy_at(
    today: &Federation,
    view: &RegistryName,
    moment: Moment,
) -> Result<Option<ViewPolicy>, StoreError> {
    let made = today.ledger.decisions(view, 0).await?;
    let until = made.partition_point(|made| made.sequence <= moment.epoch);
    let first_after = made[until..].iter().find_map(|made| match &made.decision {
        Decision::Policy(adopted) => Some(*adopted),
        _ => None,
    });
    let Some(adopted) = PolicyAdopted::in_force(&made[..until]).or(first_after) else {
        return Ok(None);
    };
    let lost = |why: &str| {
        StoreError::Corrupt(format!(
            "the policy {} of view `{view}` {why}",
            adopted.text
        ))
    };
    let text = today.blobs.read(&adopted.text).await?;
    let text = text.ok_or_else(|| lost("is not in the store"))?;
    let text = std::str::from_utf8(&text).map_err(|_| lost("is no text"))?;
    let policy = policy_text::decode(text).map_err(|error| lost(&error.to_string()))?;
    Ok(Some(policy))
}

/// The settings, but for how often a mirror asks.
fn unhurried(today: &Configuration) -> Configuration {
    let mut then = today.clone();
    for registry in then.registries.values_mut() {
        if let RegistryKind::Mirror {
            revalidate_after,
            sync,
            ..
        } = &mut registry.kind
        {
            *revalidate_after = NEVER;
            *sync = None;
        }
    }
    then
}
