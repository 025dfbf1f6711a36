//! The ledger in an SQL database: one writer that commits in groups, readers beside it.
//!
//! Facts are the truth; the other tables are projections, written in the same
//! transaction and derivable from facts and row texts.
//!
//! All rows a mirror ever kept can be read back; superseded ones are stored as small
//! differences (`earlier.rs`). Of databases from before that, only the newest rows of
//! a name were there to be kept.
//!
//! This file and its folder are compiled once for each product, as a part of
//! `sqlite.rs` and of `postgres.rs`: a statement is written once and checked against
//! both. What the products do not share is in their `dialect.rs`, and its names are all
//! that is known of a product here.
//!
//! Absent: the tables and how a database is opened, which each product has of its own.

mod apply;
mod earlier;
mod mend;
mod probe;
mod read;
pub(super) mod writer;

use super::dialect::{self, Db, Options};
use crate::Clock;
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
use sqlx::Pool;
use std::time::Duration;
use writer::Writer;

/// A ledger in a database; see the crate's front for the products.
pub struct SqlLedger {
    pub(crate) readers: Pool<Db>,
    pub(super) writer: Writer,
    pub(super) clock: Clock,
    pub(crate) options: Options,
}

impl SqlLedger {
    /// Writes what is waiting, then closes the database.
    pub async fn close(&self) {
        // Readers first: whoever leaves last tidies SQLite's log up, and a reader may not.
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Tells how many transactions were committed since the start.
    pub fn commits(&self) -> u64 {
        self.writer.commits()
    }
}

#[async_trait::async_trait]
impl Ledger for SqlLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Applied>, AppendError> {
        self.writer.append(batch).await
    }

    async fn hosted(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<HostedCrate>, StoreError> {
        within(read::hosted(&self.readers, registry, name)).await
    }

    async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<HostedRelease>, StoreError> {
        within(read::earlier_builds(&self.readers, registry, name)).await
    }

    async fn hosted_names(&self, registry: &RegistryName) -> Result<Vec<CrateName>, StoreError> {
        within(read::hosted_names(&self.readers, registry)).await
    }

    async fn mirrored(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Mirrored>, StoreError> {
        within(read::mirrored(&self.readers, registry, name)).await
    }

    async fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Option<Observed>, StoreError> {
        within(earlier::observed(&self.readers, registry, name, epoch)).await
    }

    async fn mirrored_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError> {
        within(read::mirrored_names(&self.readers, registry)).await
    }

    async fn confirmed(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Timestamp)>, StoreError> {
        within(read::confirmed(&self.readers, registry)).await
    }

    async fn vanished(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError> {
        within(read::vanished(&self.readers, registry)).await
    }

    async fn ownership(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Ownership>, StoreError> {
        within(read::ownership_of(&self.readers, view, name)).await
    }

    async fn ownerships(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
        within(read::ownerships(&self.readers, view)).await
    }

    async fn faces(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
        within(read::faces(&self.readers, view)).await
    }

    async fn shown(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Version, Source)>, StoreError> {
        within(read::shown(&self.readers, view)).await
    }

    async fn decisions(&self, scope: &RegistryName, after: u64) -> Result<Vec<Made>, StoreError> {
        within(read::decisions(&self.readers, scope, after)).await
    }

    async fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError> {
        within(read::facts_about(&self.readers, scope, name)).await
    }

    async fn latest(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        within(read::latest(&self.readers)).await
    }

    async fn position(&self) -> Result<u64, StoreError> {
        Ok(self.latest().await?.map_or(0, |(position, _)| position))
    }

    fn is_shared(&self) -> bool {
        dialect::IS_SHARED
    }

    async fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError> {
        within(read::epoch_at(&self.readers, time)).await
    }

    async fn probe(&self) -> Result<u64, StoreError> {
        within(probe::probe(&self.options)).await
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        within(read::facts(&self.readers, after, limit)).await
    }
}

/// Reads no longer than the product is given for it.
async fn within<T>(read: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    bounded(dialect::READ_WITHIN, read)
        .await
        .unwrap_or_else(|| {
            Err(StoreError::Unavailable(
                "the database does not answer".to_owned(),
            ))
        })
}

/// Waits for work, or for as long as it may take: then there is no outcome.
async fn bounded<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}
