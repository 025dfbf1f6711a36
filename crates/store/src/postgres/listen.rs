//! Hears of what others recorded, as soon as it is.
//!
//! Only that there is something is told, not what: whoever is woken asks. A listener that
//! is cut off costs time and nothing else, because nodes look from time to time anyway.

use super::PostgresLedger;
use super::dialect::{CHANNEL, Db};
use sqlx::Pool;
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a listener that heard nothing more waits before it tries again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listening {
    task: JoinHandle<()>,
}

impl PostgresLedger {
    /// Calls `wake` whenever something was recorded, by this node or another, and when
    /// something may have been while nobody heard.
    ///
    /// Must be called within a tokio runtime.
    pub fn listen(&self, wake: impl Fn() + Send + Sync + 'static) -> Listening {
        let pool = self.readers.clone();
        let task = tokio::spawn(async move {
            while !pool.is_closed() {
                // An error is told by whoever needs the database; here it is silence.
                let _ = heard(&pool, &wake).await;
                let_go_of_idle(&pool);
                wake();
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
        });
        Listening { task }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Closes the connections that nobody uses: whatever cut off the listener cut them off,
/// too, and they would tell so only to the next request.
fn let_go_of_idle(pool: &Pool<Db>) {
    for _ in 0..pool.num_idle() {
        let Some(idle) = pool.try_acquire() else {
            return;
        };
        drop(idle.detach());
    }
}

async fn heard(pool: &Pool<Db>, wake: &(impl Fn() + Sync)) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    wake();
    // Nothing means that the connection was lost, and is made again by the next turn.
    while let Some(_said) = listener.try_recv().await? {
        wake();
    }
    Ok(())
}
