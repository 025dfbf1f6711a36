//! A backup in an object store: each thing an object, there whole or not at all.

use crate::objects::S3Blobs;
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_registry::ports::{StoreError, Vault};

/// A prefix of a bucket with a backup.
pub struct S3Vault(S3Blobs);

impl S3Vault {
    /// Takes a place in a bucket for a backup.
    pub fn new(place: S3Blobs) -> Self {
        Self(place)
    }
}

#[async_trait]
impl Vault for S3Vault {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.0.put_named(name, bytes).await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        self.0.get_named(name).await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.remove_named(name).await
    }
}
