//! Brings what left from memory, where it is noted at once, to where it is kept.
//!
//! A task writes what was summed up every [`EVERY`], and only then if anything left;
//! a question has it written first, so nobody who asks sees an old record. A process
//! that is killed loses what left within that time, and nothing else.
//!
//! Here, because memory (`upstream`) and disk (`store`) never know each other.

use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Departed, EgressQuestion, EgressRecord, ErrandKind, StoreError};
use crossdock_store::EgressTable;
use crossdock_upstream::Egress;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

/// How late the kept record may be: a sync of the disk in two seconds is no load, and
/// what a killed process loses of it is less than one build.
const EVERY: Duration = Duration::from_secs(2);

/// The record of what left, in memory and on disk.
pub(crate) struct EgressKeeper {
    memory: Arc<Egress>,
    table: EgressTable,
    /// Held while sums are on their way to the disk, so that a question waits for them.
    writing: Mutex<()>,
    stop: watch::Sender<bool>,
    // Taken once, when it closes.
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl EgressKeeper {
    /// Begins to keep what `memory` notes; must be called within a tokio runtime.
    pub(crate) fn start(memory: Arc<Egress>, table: EgressTable) -> Arc<Self> {
        let (stop, mut stopped) = watch::channel(false);
        let keeper = Arc::new(Self {
            memory,
            table,
            writing: Mutex::new(()),
            stop,
            task: std::sync::Mutex::default(),
        });
        let keeping = keeper.clone();
        let task = tokio::spawn(async move {
            // The wait ends early when it is time to stop.
            while tokio::time::timeout(EVERY, stopped.changed())
                .await
                .is_err()
            {
                keeping.keep_or_say().await;
            }
        });
        *keeper.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        keeper
    }

    /// Writes what is left to write, and stops.
    pub(crate) async fn close(&self) {
        let _nobody_waits = self.stop.send(true);
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            let _ended = task.await;
        }
        self.keep_or_say().await;
    }

    async fn keep_or_say(&self) {
        if let Err(error) = self.keep().await {
            tracing::error!(
                "the record of what left cannot be kept, and goes on in memory: {error}"
            );
        }
    }

    async fn keep(&self) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let sums = self.memory.take_sums();
        if sums.lost > 0 {
            tracing::error!(
                lost = sums.lost,
                "{} requests that left are counted but not on the record: it could not be kept for too long",
                sums.lost
            );
        }
        if sums.departed.is_empty() {
            return Ok(());
        }
        let added = self.table.add(&sums.departed).await;
        if added.is_err() {
            // What was lost was told, and is not told again.
            self.memory
                .give_back(crossdock_upstream::egress::Sums { lost: 0, ..sums });
        }
        added
    }
}

#[async_trait::async_trait]
impl EgressRecord for EgressKeeper {
    async fn departed(&self, question: &EgressQuestion) -> Result<Vec<Departed>, StoreError> {
        self.keep().await?;
        self.table.departed(question).await
    }

    fn sent(&self) -> BTreeMap<(RegistryName, ErrandKind), u64> {
        let counts = self.memory.counts().into_iter();
        counts.map(|(what, counts)| (what, counts.sent)).collect()
    }
}
