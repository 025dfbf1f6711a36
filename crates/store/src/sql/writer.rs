//! The one writer: takes what is waiting, commits it together, answers all.
//!
//! A durable commit costs a sync of the disk whether it holds one batch or two
//! hundred. A batch that is refused rolls back alone, to its savepoint; if the
//! commit itself fails, nobody is acknowledged.

use super::dialect::{
    BEFORE_COMMIT, BEGIN_WRITING, COMMIT_WITHIN, Connection, Db, Options, connect, is_there, told,
};
use super::{apply, bounded, read};
use crate::Clock;
use crate::rows::packed::{Packed, pack};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{AppendError, Applied, Batch, StoreError};
use sqlx::{Connection as _, Executor, Transaction};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Batches waiting at one time; beyond it callers wait before they are queued.
const WAITING_MAX: usize = 1024;

/// Batches of one commit: enough to spread the sync, few enough to answer soon.
pub(in super::super) const GROUP_MAX: usize = 256;

type Outcome = Result<Vec<Applied>, AppendError>;

struct Prepared {
    batch: Batch,
    packed: Vec<Option<Packed>>,
}

struct Waiting {
    prepared: Prepared,
    answer: oneshot::Sender<Outcome>,
}

/// The task that owns the writing connection.
pub(in super::super) struct Writer {
    // Taken when the writer closes, which ends the task once the queue is empty.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the task; `options` are for another connection, should this one fail.
    pub(in super::super) fn start(connection: Connection, options: Options, clock: Clock) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(run(connection, options, waiting, clock, commits.clone()));
        Self {
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
            commits,
        }
    }

    pub(in super::super) async fn append(&self, batch: Batch) -> Outcome {
        let closed =
            || AppendError::Store(StoreError::Unavailable("the ledger is closed".to_owned()));
        let packed = pack(&batch).await?;
        let prepared = Prepared { batch, packed };
        let (answer, answered) = oneshot::channel();
        let queue = locked(&self.queue).clone().ok_or_else(closed)?;
        queue
            .send(Waiting { prepared, answer })
            .await
            .map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(in super::super) async fn close(&self) {
        drop(locked(&self.queue).take());
        let task = locked(&self.task).take();
        if let Some(task) = task {
            // An error means that it panicked, and then nothing is left to wait for.
            let _ = task.await;
        }
    }

    pub(in super::super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn run(
    mut connection: Connection,
    options: Options,
    mut waiting: mpsc::Receiver<Waiting>,
    clock: Clock,
    commits: Arc<AtomicU64>,
) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        let (batches, answers): (Vec<_>, Vec<_>) = group
            .drain(..)
            .map(|one| (one.prepared, one.answer))
            .unzip();
        let committing = commit(&mut connection, &options, &batches, &clock);
        let outcomes = match bounded(COMMIT_WITHIN, committing).await {
            Some(Ok(outcomes)) => {
                commits.fetch_add(1, Ordering::Relaxed);
                outcomes
            }
            failed => {
                let error = failed.and_then(Result::err).unwrap_or_else(unanswered);
                connection = begun_anew(connection, &options).await;
                vec![Err(AppendError::Store(error)); batches.len()]
            }
        };
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Who asked may have gone away; what was committed stands.
            let _ = answer.send(outcome);
        }
    }
    // What was acknowledged is kept already, whether this succeeds or not.
    let _ = bounded(COMMIT_WITHIN, connection.close()).await;
}

/// Says that a database was silent for too long.
fn unanswered() -> StoreError {
    StoreError::Unavailable(
        "the database does not answer; what was to be recorded may be, or not".to_owned(),
    )
}

/// Replaces a connection whose transaction failed.
///
/// SQLite rolls back by itself when it runs out of space, of which sqlx does not
/// know: it would take the next transaction for a part of this one, for ever.
async fn begun_anew(failed: Connection, options: &Options) -> Connection {
    match connect(options).await {
        Ok(fresh) => {
            // Its transaction goes with it, and that is all we want of it.
            let _ = failed.close_hard().await;
            fresh
        }
        // The next group fails like this one or tries again.
        Err(_) => failed,
    }
}

/// Begins to write, on another connection if this one is gone: nothing was asked of it
/// yet, so nothing is done twice.
async fn begun<'c>(
    connection: &'c mut Connection,
    options: &Options,
) -> Result<Transaction<'c, Db>, StoreError> {
    if !is_there(connection).await {
        *connection = connect(options).await?;
    }
    connection.begin_with(BEGIN_WRITING).await.map_err(told)
}

async fn commit(
    connection: &mut Connection,
    options: &Options,
    batches: &[Prepared],
    clock: &Clock,
) -> Result<Vec<Outcome>, StoreError> {
    let mut tx = begun(connection, options).await?;
    let (mut head, time) = head(&mut tx, clock).await?;
    let mut outcomes = Vec::with_capacity(batches.len());
    for (index, Prepared { batch, packed }) in batches.iter().enumerate() {
        // Ends the one before in the same breath: each statement is another thread's turn.
        let begin = match index {
            0 => "SAVEPOINT batch",
            _ => "RELEASE batch; SAVEPOINT batch",
        };
        tx.execute(begin).await.map_err(told)?;
        let before = head;
        let outcome = apply::batch(&mut tx, batch, packed, &mut head, time).await;
        if let Err(refused) = &outcome {
            let undone = tx.execute("ROLLBACK TO batch").await;
            undone.map_err(|error| given_up(refused, error))?;
            head = before;
        }
        outcomes.push(outcome);
    }
    if let Some(said) = BEFORE_COMMIT {
        tx.execute(said).await.map_err(told)?;
    }
    tx.commit().await.map_err(told)?;
    Ok(outcomes)
}

/// Says why a transaction is lost whose savepoint is gone: that which the database gave
/// it up for, rather than that it did.
fn given_up(refused: &AppendError, error: sqlx::Error) -> StoreError {
    match refused {
        AppendError::Store(cause) => cause.clone(),
        _ => told(error),
    }
}

/// The position of the last fact, and the time of this transaction: the clock's, but
/// never before the last fact's.
async fn head(tx: &mut Transaction<'_, Db>, clock: &Clock) -> Result<(u64, Timestamp), StoreError> {
    let last: Option<(i64, i64)> =
        sqlx::query_as("SELECT sequence, seconds FROM facts ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(&mut **tx)
            .await
            .map_err(told)?;
    let now = clock();
    match last {
        Some((sequence, seconds)) => {
            let time = read::moment(seconds)?.max(now);
            Ok((read::position(sequence)?, time))
        }
        None => Ok((0, now)),
    }
}
