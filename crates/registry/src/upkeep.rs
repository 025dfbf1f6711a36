//! Work on what is kept while it is served: examinations, and tidying up.
//!
//! One job at a time, in the background; whoever began it asks how far it is, and how it
//! ended. A stop ends it where it is, which harms nothing: what it does is whole at each
//! step.
//!
//! Absent: making derived rows again, because what is in memory would be wrong then.

use crate::federation::Federation;
use crate::fsck::{Derived, Fsck, Mended, Repairs};
use crate::gc::Gc;
use crate::ports::{Scratches, StoreError};
use crate::refusal::{Refusal, RefusalKind};
use async_trait::async_trait;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tracing::{info, warn};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Holds what is kept against itself.
    Fsck {
        /// Whether archives that are corrupt are put right or fetched again.
        repair: bool,
    },
    /// Takes away what nobody names.
    Gc {
        /// How long nobody must have kept it.
        grace: Duration,
        /// Whether it is only said what would go.
        dry_run: bool,
    },
}

/// How far the job is, or how the last one ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpkeepState {
    /// The word of the job; nothing if there was none since the start.
    pub job: Option<&'static str>,
    /// Whether it is under way.
    pub working: bool,
    /// Archives that were looked at.
    pub archives: u64,
    /// Why it failed, if it did.
    pub failed: Option<String>,
    /// What was found and done, once it is done.
    pub report: Option<serde_json::Value>,
}

/// The work of a federation on what it keeps.
#[derive(Default)]
pub(crate) struct Upkeep {
    // Held for a look or a change, never across an await.
    inner: Mutex<Inner>,
    looked_at: Arc<AtomicU64>,
}

#[derive(Default)]
struct Inner {
    scratches: Option<Arc<dyn Scratches>>,
    state: UpkeepState,
    task: Option<JoinHandle<()>>,
    is_stopped: bool,
}

impl Upkeep {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the job that is under way.
    pub(crate) async fn stop(&self) {
        let task = {
            let mut inner = self.inner();
            inner.is_stopped = true;
            inner.task.take()
        };
        if let Some(task) = task {
            task.abort();
            // It was aborted, or had ended before.
            let _ = task.await;
        }
    }
}

impl Federation {
    /// Says where ledgers for a while are made; without it nothing can be examined.
    pub fn examine_in(&self, scratches: Arc<dyn Scratches>) {
        self.upkeep.inner().scratches = Some(scratches);
    }

    /// Tells how far the job is, or how the last one ended.
    pub fn upkeep(&self) -> UpkeepState {
        let mut state = self.upkeep.inner().state.clone();
        if state.working {
            state.archives = self.upkeep.looked_at.load(Ordering::Relaxed);
        }
        state
    }

    /// Begins a job in the background.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`Refusal`] while another is under way.
    pub fn begin_upkeep(self: &Arc<Self>, job: Job) -> Result<(), Refusal> {
        let word = match job {
            Job::Fsck { .. } => "fsck",
            Job::Gc { .. } => "gc",
        };
        let mut inner = self.upkeep.inner();
        if inner.state.working || inner.is_stopped {
            return Err(Refusal::new(
                RefusalKind::Unavailable,
                "what is kept is being worked on already; try again when that is done",
            ));
        }
        self.upkeep.looked_at.store(0, Ordering::Relaxed);
        inner.state = UpkeepState {
            job: Some(word),
            working: true,
            ..UpkeepState::default()
        };
        let (federation, scratches) = (self.clone(), inner.scratches.clone());
        inner.task = Some(tokio::spawn(async move {
            let done = federation.work(job, scratches).await;
            let mut inner = federation.upkeep.inner();
            inner.state.working = false;
            inner.state.archives = federation.upkeep.looked_at.load(Ordering::Relaxed);
            match done {
                Ok(report) => {
                    info!("{word} is done");
                    inner.state.report = Some(report);
                }
                Err(error) => {
                    warn!("{word} failed: {error}");
                    inner.state.failed = Some(error);
                }
            }
        }));
        Ok(())
    }

    async fn work(
        self: &Arc<Self>,
        job: Job,
        scratches: Option<Arc<dyn Scratches>>,
    ) -> Result<serde_json::Value, String> {
        match job {
            Job::Fsck { repair } => {
                let scratches = scratches.ok_or("there is no room for an examination")?;
                let scratch = scratches.open().await.map_err(|error| error.to_string())?;
                let beside = BesideServing(self);
                let looked_at = self.upkeep.looked_at.clone();
                let fsck = Fsck {
                    ledger: &*self.ledger,
                    blobs: &*self.blobs,
                    scratch: scratch.ledger(),
                    set_clock: &|time| scratch.set_clock(time),
                    repairs: repair.then_some(&beside as &dyn Repairs),
                    step: &move || {
                        looked_at.fetch_add(1, Ordering::Relaxed);
                    },
                };
                let report = fsck.run().await;
                scratch.close().await;
                let report = report.map_err(|error| error.to_string())?;
                serde_json::to_value(report).map_err(|error| error.to_string())
            }
            Job::Gc { grace, dry_run } => {
                let gc = Gc {
                    ledger: &*self.ledger,
                    blobs: &*self.blobs,
                    grace,
                    now: self.ledger.now(),
                    dry_run,
                };
                let report = gc.run().await.map_err(|error| error.to_string())?;
                serde_json::to_value(report).map_err(|error| error.to_string())
            }
        }
    }
}

/// What can be put right while others are served.
struct BesideServing<'f>(&'f Arc<Federation>);

#[async_trait]
impl Repairs for BesideServing<'_> {
    async fn refetch(
        &self,
        mirror: &RegistryName,
        name: &IndexName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Mended, StoreError> {
        let Ok(krate) = CrateName::parse(name.as_str()) else {
            return Ok(Mended::not("nobody can ask for a name like this"));
        };
        let fetched = self.0.fetch_again(mirror, &krate, version, checksum).await;
        Ok(match fetched {
            Ok(()) => Mended::done("fetched again, with the checksum of its row"),
            Err(refusal) => Mended::not(format!(
                "it could not be fetched again ({refusal}); it is not given as it is, and asked for when somebody wants it"
            )),
        })
    }

    async fn derive(&self, _what: &Derived) -> Result<Mended, StoreError> {
        Ok(Mended::not(
            "stop the server and run `crossdock fsck --repair`: what it has in memory would be wrong",
        ))
    }
}
