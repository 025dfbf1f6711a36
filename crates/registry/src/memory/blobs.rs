//! Archives in memory.

use super::faults::Faults;
use super::writes::Writes;
use crate::ports::{Blobs, StoreError, Stored};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Archives in memory, with faults on command.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    // Held for a look-up or an insert, never across an await.
    kept: Mutex<BTreeMap<Checksum, Bytes>>,
    keeps: Faults,
    reads: Faults,
    // Another for each test, replaced at its beginning alone.
    writes: Mutex<Arc<Writes>>,
    // When each was kept last; never locked while `kept` waits for it.
    times: Mutex<BTreeMap<Checksum, Timestamp>>,
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

    /// Lets a blob have been kept at another time.
    pub fn set_kept(&self, checksum: &Checksum, time: Timestamp) {
        self.times().insert(*checksum, time);
    }

    fn times(&self) -> MutexGuard<'_, BTreeMap<Checksum, Timestamp>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
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
            self.times().insert(*checksum, now());
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

    async fn list(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let (times, kept) = (self.times(), self.lock());
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = kept.range((after, Bound::Unbounded)).take(limit.max(1));
        Ok(found
            .map(|(checksum, bytes)| Stored {
                checksum: *checksum,
                bytes: bytes.len() as u64,
                kept: times.get(checksum).copied().unwrap_or_else(now),
            })
            .collect())
    }

    async fn examine(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        self.read(checksum).await
    }

    async fn heal(&self, checksum: &Checksum) -> Result<bool, StoreError> {
        match self.read(checksum).await {
            Ok(read) => Ok(read.is_some()),
            Err(StoreError::Corrupt(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn remove_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let (times, mut kept) = (self.times(), self.lock());
        let is_older = times.get(checksum).is_none_or(|kept| *kept < time);
        Ok(is_older && kept.remove(checksum).is_some())
    }

    async fn damaged(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or_default();
    Timestamp::from_unix_seconds(seconds).expect("a clock that is set to a year we know")
}
