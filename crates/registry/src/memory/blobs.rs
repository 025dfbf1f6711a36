//! Archives in memory.

use super::faults::Faults;
use super::writes::Writes;
use crate::ports::{Blobs, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Archives in memory, with faults on command.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    // Held for a look-up or an insert, never across an await.
    kept: Mutex<BTreeMap<Checksum, Bytes>>,
    keeps: Faults,
    reads: Faults,
    // Another for each test, replaced at its beginning alone.
    writes: Mutex<Arc<Writes>>,
}

impl MemoryBlobs {
    /// Makes the next [`Blobs::keep`] fail and keep nothing.
    pub fn fail_next_keep(&self, error: StoreError) {
        self.keeps.add(error);
    }

    /// Makes the next [`Blobs::read`] fail.
    pub fn fail_next_read(&self, error: StoreError) {
        self.reads.add(error);
    }

    /// Counts its writes in `writes` from now on.
    pub fn count_in(&self, writes: &Arc<Writes>) {
        *self.writes.lock().unwrap_or_else(PoisonError::into_inner) = writes.clone();
    }

    /// Puts other bytes where those of `checksum` were.
    pub fn damage(&self, checksum: &Checksum) {
        self.lock()
            .insert(*checksum, Bytes::from_static(b"not what was kept"));
    }

    /// Forgets a blob, as a disk would that was restored from too old a backup.
    pub fn lose(&self, checksum: &Checksum) {
        self.lock().remove(checksum);
    }

    /// Lists what is kept, sorted.
    pub fn checksums(&self) -> Vec<Checksum> {
        self.lock().keys().copied().collect()
    }

    fn writes(&self) -> Arc<Writes> {
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Checksum, Bytes>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn keep(&self, checksum: &Checksum, bytes: Bytes) -> Result<(), StoreError> {
        self.keeps.meet()?;
        let keep = || {
            self.lock().insert(*checksum, bytes);
            Ok(())
        };
        self.writes().make("archive kept".to_owned(), keep).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.keeps.meet()
    }

    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        self.reads.meet()?;
        let bytes = self.lock().get(checksum).cloned();
        match bytes {
            Some(bytes) if Checksum::of(&bytes) != *checksum => Err(StoreError::Corrupt(format!(
                "archive {checksum} has other content than it was stored with"
            ))),
            bytes => Ok(bytes),
        }
    }

    async fn remove(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let remove = || {
            self.lock().remove(checksum);
            Ok(())
        };
        let what = "archive taken away".to_owned();
        self.writes().make(what, remove).await
    }
}
