//! The ledger in PostgreSQL: opened, migrated, listened to, and spoken to as PostgreSQL
//! wants it. Several nodes may have it open.
//!
//! What is acknowledged was flushed by the server (`synchronous_commit`). Who appends has
//! a lock that all nodes share until the commit, so positions have no gaps and are seen
//! in order. What is written and read is in `sql`.
//!
//! Absent: poolers that give each transaction another connection, because sessions are
//! prepared here and listen.

mod address;
pub(crate) mod dialect;
mod listen;
mod schema;

#[path = "sql/ledger.rs"]
#[expect(
    clippy::duplicate_mod,
    reason = "statements are written once and compiled for each product"
)]
mod ledger;

pub use address::{PostgresUrl, PostgresUrlError};
pub use ledger::SqlLedger as PostgresLedger;
pub use listen::Listening;

use crate::Clock;
use crossdock_registry::ports::StoreError;
use dialect::told;
use ledger::writer::Writer;
use sqlx::Connection;
use sqlx::postgres::PgPoolOptions;
use std::time::Duration;

/// Readers beside the writer; one of them listens.
const READERS: u32 = 10;

/// How long a reader waits for a connection, a new one included.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(3);

/// A connection that lay idle for longer is asked whether it is still there.
const IDLE_UNASKED: Duration = Duration::from_secs(1);

impl PostgresLedger {
    /// Opens the database, making or migrating its tables as needed.
    ///
    /// Must be called within a tokio runtime. Other nodes may have it open.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be reached, could lose what it acknowledges, or is of
    /// a newer Crossdock.
    pub async fn open(url: &PostgresUrl, clock: Clock) -> Result<Self, StoreError> {
        let options = dialect::options(url);
        let mut connection = dialect::connect(&options).await?;
        dialect::refuse_forgetful(&mut connection).await?;
        schema::migrate(&mut connection).await?;
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_WITHIN)
            .test_before_acquire(false)
            .before_acquire(|connection, lay| {
                Box::pin(async move {
                    Ok(lay.idle_for < IDLE_UNASKED || connection.ping().await.is_ok())
                })
            })
            .connect_with(options.clone())
            .await;
        Ok(Self {
            readers: readers.map_err(told)?,
            writer: Writer::start(connection, options.clone(), clock.clone()),
            clock,
            options,
        })
    }
}
