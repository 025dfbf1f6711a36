//! Where a backup lies: things by name, apart from what they are copies of.

use super::blobs::StoreError;
use async_trait::async_trait;
use bytes::Bytes;

/// Keeps things by name.
///
/// Names are lower-case letters, digits and `/`. Who reads a thing verifies it.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Keeps a thing in place of what had its name.
    ///
    /// Durable when it returns; whoever reads meanwhile finds what was there before or
    /// all of this, also after a crash.
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError>;

    /// Reads a thing whole; absent is `None`.
    async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError>;

    /// Takes a thing away; one that is not there is taken away already.
    async fn remove(&self, name: &str) -> Result<(), StoreError>;
}
