//! Bytes of `.crate` files, by checksum.

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;

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

/// One archive that is kept, as a listing tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it is named by; its bytes were not looked at.
    pub checksum: Checksum,
    /// How many bytes it has as it is given.
    pub bytes: u64,
    /// When it was last given to [`Blobs::keep`], by the store's clock, or later.
    pub kept: Timestamp,
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

    /// Lists what is kept after a checksum, in their order, at most `limit` and at least
    /// one if there is any.
    ///
    /// What is kept or removed meanwhile may be in it or not.
    async fn list(&self, after: Option<&Checksum>, limit: usize)
    -> Result<Vec<Stored>, StoreError>;

    /// Reads every copy of a blob whole and verifies each; absent is `None`.
    ///
    /// As [`Self::read`], but nothing is at hand afterwards that was not before, and one
    /// copy that is whole does not hide another that is not ([`StoreError::Corrupt`]).
    async fn examine(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError>;

    /// Puts copies of a blob right by others that are whole; returns whether there is
    /// one that is.
    async fn heal(&self, checksum: &Checksum) -> Result<bool, StoreError>;

    /// Takes a blob away unless it was kept at or after a time; returns whether it did.
    ///
    /// A [`Self::keep`] of it that returns meanwhile is not undone where one process has
    /// the store to itself; where several share it, between the look at its time and
    /// the removal lies one round trip.
    async fn remove_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Names the files of several archives each of which a part cannot be read.
    async fn damaged(&self) -> Result<Vec<String>, StoreError>;
}
