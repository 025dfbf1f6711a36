//! The one writer: takes what is waiting, commits it together, answers all.
//!
//! A durable commit costs a sync of the disk whether it holds one batch or two
//! hundred. A batch that is refused rolls back alone, to its savepoint; if the
//! commit itself fails, nobody is acknowledged.

use super::{Clock, apply, told};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{AppendError, Applied, Batch, StoreError};
use sqlx::{Connection, Executor, Row, Sqlite, SqliteConnection, Transaction};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Batches waiting at one time; beyond it callers wait before they are queued.
const WAITING_MAX: usize = 1024;

/// Batches of one commit: enough to spread the sync, few enough to answer soon.
const GROUP_MAX: usize = 256;

type Outcome = Result<Vec<Applied>, AppendError>;

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Outcome>,
}

/// The task that owns the writing connection.
pub(super) struct Writer {
    // Taken when the writer closes, which ends the task once the queue is empty.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection, clock: Clock) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(run(connection, waiting, clock, commits.clone()));
        Self {
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
            commits,
        }
    }

    pub(super) async fn append(&self, batch: Batch) -> Outcome {
        let closed =
            || AppendError::Store(StoreError::Unavailable("the ledger is closed".to_owned()));
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        queue
            .send(Waiting { batch, answer })
            .await
            .map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(super) async fn close(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let task = self
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

async fn run(
    mut connection: SqliteConnection,
    mut waiting: mpsc::Receiver<Waiting>,
    clock: Clock,
    commits: Arc<AtomicU64>,
) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        let (batches, answers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|one| (one.batch, one.answer)).unzip();
        let outcomes = match commit(&mut connection, &batches, &clock).await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![Err(AppendError::Store(error)); batches.len()],
        };
        commits.fetch_add(1, Ordering::Relaxed);
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Who asked may have gone away; what was committed stands.
            let _ = answer.send(outcome);
        }
    }
    let _ = connection.close().await;
}

async fn commit(
    connection: &mut SqliteConnection,
    batches: &[Batch],
    clock: &Clock,
) -> Result<Vec<Outcome>, StoreError> {
    let mut tx = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(told)?;
    let time = now(&mut tx, clock).await?;
    let mut outcomes = Vec::with_capacity(batches.len());
    for batch in batches {
        tx.execute("SAVEPOINT batch").await.map_err(told)?;
        let outcome = apply::batch(&mut tx, batch, time).await;
        if outcome.is_err() {
            tx.execute("ROLLBACK TO batch").await.map_err(told)?;
        }
        tx.execute("RELEASE batch").await.map_err(told)?;
        outcomes.push(outcome);
    }
    tx.commit().await.map_err(told)?;
    Ok(outcomes)
}

/// The time of this transaction: the clock's, but never before the last fact's.
async fn now(tx: &mut Transaction<'_, Sqlite>, clock: &Clock) -> Result<Timestamp, StoreError> {
    let last = sqlx::query("SELECT seconds FROM facts ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(&mut **tx)
        .await
        .map_err(told)?;
    let last = last.and_then(|row| Timestamp::from_unix_seconds(row.get(0)));
    Ok(clock().max(last.unwrap_or_else(|| clock())))
}
