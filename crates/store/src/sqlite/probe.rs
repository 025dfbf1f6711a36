//! Whether the database takes writes: one is made and taken back.
//!
//! On a connection of its own, because the writer's belongs to the writer; the lock
//! is asked for as the writer asks for it, so a database that somebody holds for long
//! shows here. Nothing is committed, so a full disk shows only where the probe of the
//! archives' folder meets it, which is on the same disk.

use super::{corrupt, told};
use crossdock_registry::ports::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection};

/// Writes, reads the position of the last fact, and takes the write back.
pub(super) async fn probe(options: &SqliteConnectOptions) -> Result<u64, StoreError> {
    // A database that is gone must not be made anew by a question.
    let options = options.clone().create_if_missing(false);
    let connected = SqliteConnection::connect_with(&options).await;
    let mut connection = connected.map_err(told)?;
    let mut tx = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(told)?;
    tx.execute("INSERT INTO vanished (registry, name, version, seconds) VALUES ('', '', '', 0)")
        .await
        .map_err(told)?;
    let (last,): (i64,) = sqlx::query_as("SELECT COALESCE(MAX(sequence), 0) FROM facts")
        .fetch_one(&mut *tx)
        .await
        .map_err(told)?;
    tx.rollback().await.map_err(told)?;
    connection.close().await.map_err(told)?;
    u64::try_from(last).map_err(|_| corrupt("a position"))
}
