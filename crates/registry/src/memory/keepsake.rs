//! A keepsake in memory.

use crate::ports::{Keepsake, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::{Mutex, PoisonError};

/// A keepsake in memory, which a test may look at and change.
#[derive(Debug, Default)]
pub struct MemoryKeepsake {
    // Held for a look or a change, never across an await.
    left: Mutex<Option<Bytes>>,
}

impl MemoryKeepsake {
    /// Returns what was left.
    pub fn left(&self) -> Option<Bytes> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.clone()
    }

    /// Puts something into its place.
    pub fn put(&self, bytes: Option<Bytes>) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = bytes;
    }
}

#[async_trait]
impl Keepsake for MemoryKeepsake {
    async fn take(&self) -> Result<Option<Bytes>, StoreError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(left.take())
    }

    async fn leave(&self, bytes: Bytes) -> Result<(), StoreError> {
        self.put(Some(bytes));
        Ok(())
    }
}
