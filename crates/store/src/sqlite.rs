//! The ledger in SQLite: opened, migrated, and spoken to as SQLite wants it.
//!
//! Write-ahead log with `synchronous=FULL`: what is acknowledged survives the loss
//! of power. What is written and read is in `sql`.

pub(crate) mod dialect;
#[cfg(test)]
mod groups;
mod schema;

#[path = "sql/ledger.rs"]
mod ledger;

pub use ledger::SqlLedger as SqliteLedger;

use crate::Clock;
use crossdock_registry::ports::StoreError;
use dialect::told;
use ledger::writer::Writer;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// Readers beside the writer; answers come from memory, so few suffice.
const READERS: u32 = 4;

/// How long a statement waits for a lock; only backups take one for long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl SqliteLedger {
    /// Opens the database, making or migrating it as needed.
    ///
    /// Must be called within a tokio runtime. That no other process has it open is
    /// the caller's care ([`crate::DataLock`]).
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is of a newer Crossdock.
    pub async fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::open_with(path, clock, SqliteSynchronous::Full).await
    }

    /// Opens a database that is made again if it is lost: what is recorded survives the
    /// end of the process, and not the loss of power.
    ///
    /// # Errors
    /// [`StoreError`] as for [`Self::open`].
    pub async fn open_scratch(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::open_with(path, clock, SqliteSynchronous::Off).await
    }

    async fn open_with(
        path: &Path,
        clock: Clock,
        synchronous: SqliteSynchronous,
    ) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(told)?;
        schema::migrate(&mut connection).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file does not go away like a network; asking costs as much as reading.
            .test_before_acquire(false)
            .connect_with(options.clone().read_only(true))
            .await;
        Ok(Self {
            readers: readers.map_err(told)?,
            writer: Writer::start(connection, options.clone(), clock.clone()),
            clock,
            options,
        })
    }
}
