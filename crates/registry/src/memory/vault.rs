//! A place for backups in memory.

use crate::ports::{StoreError, Vault};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things by name in memory, whose writes end after so many on command.
#[derive(Debug, Default)]
pub struct MemoryVault {
    // Held for a look or a change, never across an await.
    inner: Mutex<Inner>,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    things: BTreeMap<String, Bytes>,
    writes: u64,
    writes_max: Option<u64>,
}

impl MemoryVault {
    /// Lets so many writes be done, and all that follow fail; none means that none fails.
    pub fn end_after(&self, writes: Option<u64>) {
        let mut inner = self.inner();
        inner.writes = 0;
        inner.writes_max = writes;
    }

    /// Counts writes since the last [`Self::end_after`].
    pub fn writes(&self) -> u64 {
        self.inner().writes
    }

    /// Copies what is there.
    #[must_use]
    pub fn copied(&self) -> Self {
        let inner = Mutex::new(self.inner().clone());
        Self { inner }
    }

    /// Names what is there, sorted.
    pub fn names(&self) -> Vec<String> {
        self.inner().things.keys().cloned().collect()
    }

    /// Changes a byte of a thing.
    pub fn damage(&self, name: &str, place: usize) {
        if let Some(bytes) = self.inner().things.get_mut(name) {
            let mut changed = bytes.to_vec();
            let place = place % changed.len().max(1);
            if let Some(byte) = changed.get_mut(place) {
                *byte ^= 1;
            }
            *bytes = changed.into();
        }
    }

    fn write(&self, change: impl FnOnce(&mut BTreeMap<String, Bytes>)) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.writes_max.is_some_and(|max| inner.writes >= max) {
            return Err(StoreError::Unavailable("on command".to_owned()));
        }
        inner.writes += 1;
        change(&mut inner.things);
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.write(|things| {
            things.insert(name.to_owned(), bytes);
        })
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        Ok(self.inner().things.get(name).cloned())
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.write(|things| {
            things.remove(name);
        })
    }
}
