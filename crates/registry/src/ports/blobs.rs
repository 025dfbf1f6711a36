//! Bytes of `.crate` files, by checksum.

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;

/// Why a store could not do its work. Nothing acknowledged is affected.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// No space or inodes are left, or the store is read-only.
    #[error("storage is full or read-only: {0}")]
    Full(String),
    /// What is stored is not what was stored.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
    /// Anything else; trying again may help.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
}

/// Keeps archives: one checksum, one blob, written once.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps `bytes`, whose checksum the caller has verified.
    ///
    /// Durable when it returns: file and folder are synced. May be called twice
    /// and concurrently for one checksum; a reader never sees a part.
    async fn keep(&self, checksum: &Checksum, bytes: Bytes) -> Result<(), StoreError>;

    /// Writes something and removes it; succeeds only if an archive could be kept.
    async fn probe(&self) -> Result<(), StoreError>;

    /// Reads a blob whole and verifies it; absent is `None`, another content is
    /// [`StoreError::Corrupt`].
    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError>;

    /// Takes a blob away for good; one that is not there is taken away already.
    ///
    /// Durable when it returns: the folder is synced.
    async fn remove(&self, checksum: &Checksum) -> Result<(), StoreError>;
}
