//! The ledger in memory: one state, replaced whole when a batch was applied whole.

use super::clock::Clock;
use super::faults::Faults;
use super::projection::Kept;
use super::writes::Writes;
use crate::ports::{
    AppendError, Applied, Batch, HostedCrate, HostedRelease, Ledger, Mirrored, Observed, StoreError,
};
use async_trait::async_trait;
use crossdock_core::decision::Made;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A ledger in memory, with faults on command.
pub struct MemoryLedger {
    clock: Clock,
    // Readers take the state as it is; an append puts another in its place. Held
    // for that, never across an await.
    kept: Mutex<Arc<Kept>>,
    appends: Faults,
    answers: Faults,
    reads: Faults,
    // Another for each test, replaced at its beginning alone.
    writes: Mutex<Arc<Writes>>,
    is_shared: bool,
}

impl MemoryLedger {
    /// Makes an empty ledger whose facts take their time from `clock`.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
            appends: Faults::default(),
            answers: Faults::default(),
            reads: Faults::default(),
            writes: Mutex::default(),
            is_shared: true,
        }
    }

    /// Makes an empty ledger of which one process knows, as with a data folder.
    pub fn of_one_process(clock: Clock) -> Self {
        Self {
            is_shared: false,
            ..Self::new(clock)
        }
    }

    /// Counts its appends in `writes` from now on.
    pub fn count_in(&self, writes: &Arc<Writes>) {
        *self.writes.lock().unwrap_or_else(PoisonError::into_inner) = writes.clone();
    }

    /// Makes the next append fail and record nothing.
    pub fn fail_next_append(&self, error: StoreError) {
        self.appends.add(error);
    }

    /// Makes the next append record its batch and fail all the same, as when a
    /// connection breaks between commit and answer.
    pub fn fail_next_append_once_recorded(&self, error: StoreError) {
        self.answers.add(error);
    }

    /// Makes the next read of any kind fail.
    pub fn fail_next_read(&self, error: StoreError) {
        self.reads.add(error);
    }

    fn writes(&self) -> Arc<Writes> {
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.clone()
    }

    fn replace(&self, batch: &Batch) -> Result<Vec<Applied>, AppendError> {
        let mut kept = self.lock();
        let mut next = Kept::clone(&kept);
        let applied = next.append(batch, (self.clock)())?;
        *kept = Arc::new(next);
        Ok(applied)
    }

    fn read(&self) -> Result<Arc<Kept>, StoreError> {
        self.reads.meet()?;
        Ok(self.lock().clone())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Applied>, AppendError> {
        self.appends.meet()?;
        let writes = self.writes();
        let applied = writes.make(told(&batch), || self.replace(&batch)).await?;
        self.answers.meet()?;
        Ok(applied)
    }

    async fn hosted(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<HostedCrate>, StoreError> {
        Ok(self.read()?.hosted(registry, name))
    }

    async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<HostedRelease>, StoreError> {
        Ok(self.read()?.earlier_builds(registry, name))
    }

    async fn hosted_names(&self, registry: &RegistryName) -> Result<Vec<CrateName>, StoreError> {
        Ok(self.read()?.hosted_names(registry))
    }

    async fn mirrored(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Mirrored>, StoreError> {
        Ok(self.read()?.mirrored(registry, name))
    }

    async fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Option<Observed>, StoreError> {
        Ok(self.read()?.observed(registry, name, epoch))
    }

    async fn mirrored_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError> {
        Ok(self.read()?.mirrored_names(registry))
    }

    async fn confirmed(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Timestamp)>, StoreError> {
        Ok(self.read()?.confirmed(registry))
    }

    async fn vanished(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError> {
        Ok(self.read()?.vanished(registry))
    }

    async fn ownership(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Ownership>, StoreError> {
        let place = (view.clone(), name.clone());
        Ok(self.read()?.ownerships.get(&place).cloned())
    }

    async fn ownerships(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Ownership)>, StoreError> {
        Ok(self.read()?.ownerships(view))
    }

    async fn faces(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError> {
        Ok(self.read()?.faces(view))
    }

    async fn shown(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Version, Source)>, StoreError> {
        Ok(self.read()?.shown(view))
    }

    async fn decisions(&self, scope: &RegistryName, after: u64) -> Result<Vec<Made>, StoreError> {
        self.read()?.decisions(scope, after)
    }

    async fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError> {
        self.read()?.facts_about(scope, name)
    }

    async fn latest(&self) -> Result<Option<(u64, Timestamp)>, StoreError> {
        Ok(self.read()?.latest())
    }

    async fn position(&self) -> Result<u64, StoreError> {
        Ok(self.read()?.facts.len() as u64)
    }

    fn is_shared(&self) -> bool {
        self.is_shared
    }

    async fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError> {
        self.read()?.epoch_at(time)
    }

    async fn probe(&self) -> Result<u64, StoreError> {
        self.appends.meet()?;
        Ok(self.read()?.facts.len() as u64)
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        self.read()?.facts(after, limit)
    }
}

/// Says what a batch records, for who counts writes.
fn told(batch: &Batch) -> String {
    let events = batch.changes.iter().map(|change| match change.event() {
        Some(event) => event.kind().to_owned(),
        None => "a note".to_owned(),
    });
    format!("recorded: {}", events.collect::<Vec<_>>().join(", "))
}
