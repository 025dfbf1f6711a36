//! What an upstream says it is, learnt before anything else of it is believed.
//!
//! A mirror of another Crossdock's view would take over rows that mean something else
//! than they say (`core`, `origin.rs`), and whose the names in them are would be on
//! record for ever. So the first answer waits until the upstream's `config.json` was
//! read, which goes on beside the question; an upstream that is unfit is asked no more
//! and is silent, so what is held is served.
//!
//! An upstream that does not say, or cannot, is taken as it is: most are no Crossdock.

use super::Mirror;
use crate::alarms::AlarmKind;
use crate::federation::Federation;
use crate::ports::{IndexAnswer, Reason, Silence, Upstream, Validators};
use crossdock_core::name::IndexName;
use crossdock_core::origin::Unfit;
use crossdock_core::registry_name::RegistryName;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long an upstream that may be mirrored is believed to stay so.
const FIT_FOR: Duration = Duration::from_secs(60 * 60);

/// How soon one that may not, or that did not say, is looked at again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// How long an index answer waits for a `config.json` that does not come.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known of what an upstream is.
#[derive(Default)]
pub(super) struct Nature {
    // Held for a look or a change, never across an await.
    looked: Mutex<Option<Looked>>,
    /// Held by the one who looks; the others wait for what it finds.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy)]
struct Looked {
    unfit: Option<Unfit>,
    until: Instant,
}

impl Nature {
    /// What was found lately, if anything was.
    fn known(&self) -> Option<Looked> {
        let looked = *self.looked();
        looked.filter(|looked| Instant::now() < looked.until)
    }

    fn keep(&self, unfit: Option<Unfit>, for_: Duration) {
        let until = Instant::now() + for_;
        *self.looked() = Some(Looked { unfit, until });
    }

    /// Looks at it no sooner than in a while: nothing came.
    fn keep_as_it_was(&self) {
        let unfit = self.looked().and_then(|looked| looked.unfit);
        self.keep(unfit, LOOK_AGAIN_AFTER);
    }

    /// Looks unless somebody just did.
    async fn look(&self, upstream: &dyn Upstream, ours: &str, reason: &Reason) -> Option<Unfit> {
        let _looking = self.looking.lock().await;
        if let Some(known) = self.known() {
            return known.unfit;
        }
        match upstream.origin(reason).await {
            Ok(origin) => match origin.and_then(|origin| origin.unfit(ours)) {
                Some(unfit) => self.keep(Some(unfit), LOOK_AGAIN_AFTER),
                None => self.keep(None, FIT_FOR),
            },
            Err(_) => self.keep_as_it_was(),
        }
        self.known().and_then(|known| known.unfit)
    }

    fn looked(&self) -> MutexGuard<'_, Option<Looked>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Federation {
    /// Lists the mirrors whose upstream is no registry that can be mirrored, and why.
    pub fn unfit_mirrors(&self) -> Vec<(RegistryName, String)> {
        let unfit = |(name, mirror): (&RegistryName, &Arc<Mirror>)| {
            let unfit = mirror.nature.looked().and_then(|looked| looked.unfit)?;
            Some((name.clone(), format!("its upstream {unfit}")))
        };
        self.mirrors.iter().filter_map(unfit).collect()
    }
}

impl Mirror {
    /// Asks the upstream for an index file, if it is one that can be mirrored.
    pub(super) async fn index_of_a_registry(
        &self,
        name: &IndexName,
        known: &Validators,
        reason: &Reason,
    ) -> Result<IndexAnswer, Silence> {
        if let Some(looked) = self.nature.known() {
            return match looked.unfit {
                Some(unfit) => Err(self.refused(unfit)),
                None => self.upstream.index(name, known, reason).await,
            };
        }
        let asked = self.upstream.index(name, known, reason);
        let looked = self
            .nature
            .look(&*self.upstream, &self.installation, reason);
        tokio::pin!(asked, looked);
        let (answer, unfit) = tokio::select! {
            biased;
            unfit = &mut looked => match unfit {
                Some(unfit) => return Err(self.refused(unfit)),
                None => (asked.await, None),
            },
            answer = &mut asked => match timeout(PATIENCE, looked).await {
                Ok(unfit) => (answer, unfit),
                Err(_) => {
                    self.nature.keep_as_it_was();
                    (answer, self.nature.known().and_then(|known| known.unfit))
                }
            },
        };
        match unfit {
            Some(unfit) => Err(self.refused(unfit)),
            None => {
                self.alarms.settle(&self.name, None, AlarmKind::NoRegistry);
                answer
            }
        }
    }

    fn refused(&self, unfit: Unfit) -> Silence {
        let (now, kind) = (self.ledger.now(), AlarmKind::NoRegistry);
        let text = format!("its upstream {unfit}");
        self.alarms.raise(&self.name, None, kind, text, now);
        Silence(format!("the upstream of `{}` {unfit}", self.name))
    }
}
