//! Whether the database takes writes: one is made and taken back.
//!
//! On a connection of its own, because the writer's belongs to the writer; the lock
//! is asked for as the writer asks for it, so a database that somebody holds for long
//! shows here. Nothing is committed, so a full disk shows only where the probe of the
//! archives' folder meets it, if that is on the same disk.

use super::dialect::{BEGIN_WRITING, Options, connect, told};
use crate::rows::corrupt;
use crossdock_registry::ports::StoreError;
use sqlx::{Connection, Executor};

/// Writes, reads the position of the last fact, and takes the write back.
pub(super) async fn probe(options: &Options) -> Result<u64, StoreError> {
    let mut connection = connect(options).await?;
    let begun = connection.begin_with(BEGIN_WRITING).await;
    let mut tx = begun.map_err(told)?;
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
