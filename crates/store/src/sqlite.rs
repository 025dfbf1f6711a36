//! The ledger in SQLite: one writer that commits in groups, readers beside it.
//!
//! Write-ahead log with `synchronous=FULL`: what is acknowledged survives the loss
//! of power. Facts are the truth; the other tables are projections, written in the
//! same transaction and derivable from facts and row texts.
//!
//! All rows a mirror ever kept can be read back; superseded ones are stored as small
//! differences (`earlier.rs`). Of databases from before that, only the newest rows of
//! a name were there to be kept.

mod apply;
mod difference;
mod earlier;
mod packed;
mod probe;
mod read;
mod schema;
mod writer;

use crossdock_core::decision::Made;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{
    AppendError, Applied, Batch, HostedCrate, HostedRelease, Ledger, Mirrored, Observed, StoreError,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use writer::Writer;

/// Tells the time; facts take theirs from it within their transaction.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Readers beside the writer; answers come from memory, so few suffice.
const READERS: u32 = 4;

/// How long a statement waits for a lock; only backups take one for long.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A ledger in a SQLite database.
pub struct SqliteLedger {
    readers: SqlitePool,
    writer: Writer,
    clock: Clock,
    options: SqliteConnectOptions,
}

impl SqliteLedger {
    /// Opens the database, making or migrating it as needed.
    ///
    /// Must be called within a tokio runtime. That no other process has it open is
    /// the caller's care ([`crate::DataLock`]).
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is of a newer Crossdock.
    pub async fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
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

    /// Writes what is waiting, then closes the database and empties its log.
    pub async fn close(&self) {
        // Readers first: whoever leaves last tidies the log up, and a reader may not.
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Tells how many transactions were committed since the start.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

#[async_trait::async_trait]
impl Ledger for SqliteLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Applied>, AppendError> {
        self.writer.append(batch).await
    }

    async fn hosted(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<HostedCrate>, StoreError> {
        read::hosted(&self.readers, registry, name).await
    }

    async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<HostedRelease>, StoreError> {
        read::earlier_builds(&self.readers, registry, name).await
    }

    async fn hosted_names(&self, registry: &RegistryName) -> Result<Vec<CrateName>, StoreError> {
        read::hosted_names(&self.readers, registry).await
    }

    async fn mirrored(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Mirrored>, StoreError> {
        read::mirrored(&self.readers, registry, name).await
    }

    async fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Option<Observed>, StoreError> {
        earlier::observed(&self.readers, registry, name, epoch).await
    }

    async fn mirrored_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError> {
        read::mirrored_names(&self.readers, registry).await
    }

    async fn confirmed(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Timestamp)>, StoreError> {
        read::confirmed(&self.readers, registry).await
    }

    async fn vanished(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError> {
        read::vanished(&self.readers, registry).await
    }

    async fn ownership(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Ownership>, StoreError> {
        read::ownership_of(&self.readers, view, name).await
    }

    async fn ownerships(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
        read::ownerships(&self.readers, view).await
    }

    async fn faces(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
        read::faces(&self.readers, view).await
    }

    async fn shown(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Version, Source)>, StoreError> {
        read::shown(&self.readers, view).await
    }

    async fn decisions(&self, scope: &RegistryName, after: u64) -> Result<Vec<Made>, StoreError> {
        read::decisions(&self.readers, scope, after).await
    }

    async fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError> {
        read::facts_about(&self.readers, scope, name).await
    }

    async fn latest(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        read::latest(&self.readers).await
    }

    async fn position(&self) -> Result<u64, StoreError> {
        Ok(self.latest().await?.map_or(0, |(position, _)| position))
    }

    fn is_shared(&self) -> bool {
        // One process has the data folder (`lock.rs`).
        false
    }

    async fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError> {
        read::epoch_at(&self.readers, time).await
    }

    async fn probe(&self) -> Result<u64, StoreError> {
        probe::probe(&self.options).await
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        read::facts(&self.readers, after, limit).await
    }
}

/// Says of a database error what the caller can do about it.
pub(crate) fn told(error: sqlx::Error) -> StoreError {
    let text = format!("SQLite: {error}");
    let code = match &error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            return StoreError::Corrupt(text);
        }
        _ => None,
    };
    // Extended codes carry the primary code in their low byte: 13 is SQLITE_FULL,
    // 8 SQLITE_READONLY, 11 SQLITE_CORRUPT, 26 SQLITE_NOTADB.
    match code.map(|code| code & 0xff) {
        Some(13 | 8) => StoreError::Full(text),
        Some(11 | 26) => StoreError::Corrupt(text),
        _ => StoreError::Unavailable(text),
    }
}

fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in the database is not one of ours"))
}
