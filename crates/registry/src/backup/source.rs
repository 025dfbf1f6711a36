//! What is backed up: a ledger and its archives, here or behind a server.

use crate::federation::Federation;
use crate::ports::{Blobs, Ledger, StoreError, Stored};
use crate::rebuild::{PAGE_FACTS, Texts, Told};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use std::sync::Arc;

/// Archives that are listed at one time.
const PAGE: usize = 10_000;

/// Whose ledger it is, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The name of the installation.
    pub installation: String,
    /// The position of the last fact.
    pub position: u64,
}

/// Gives what is backed up. Others may go on writing; what was given stays so.
#[async_trait]
pub trait BackupSource: Send + Sync {
    /// Tells whose it is, and how long the ledger is.
    async fn standing(&self) -> Result<Standing, StoreError>;

    /// Gives some facts after a position with their texts; none if there are none.
    async fn facts(&self, after: u64) -> Result<Vec<Told>, StoreError>;

    /// Lists some archives after a checksum, in their order; none if there are none.
    async fn stored(&self, after: Option<&Checksum>) -> Result<Vec<Stored>, StoreError>;

    /// Gives an archive, verified; absent is `None`.
    async fn archive(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError>;
}

/// A ledger and archives at hand.
pub struct LedgerSource {
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The archives.
    pub blobs: Arc<dyn Blobs>,
    /// The name of the installation.
    pub installation: String,
}

#[async_trait]
impl BackupSource for LedgerSource {
    async fn standing(&self) -> Result<Standing, StoreError> {
        Ok(Standing {
            installation: self.installation.clone(),
            position: self.ledger.position().await?,
        })
    }

    async fn facts(&self, after: u64) -> Result<Vec<Told>, StoreError> {
        Texts::of(&*self.ledger).page(after, PAGE_FACTS).await
    }

    async fn stored(&self, after: Option<&Checksum>) -> Result<Vec<Stored>, StoreError> {
        self.blobs.list(after, PAGE).await
    }

    async fn archive(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        match self.blobs.examine(checksum).await {
            // One copy may be whole where another is not.
            Err(StoreError::Corrupt(_)) => self.blobs.read(checksum).await,
            examined => examined,
        }
    }
}

impl Federation {
    /// Returns what a backup of this installation is made of.
    pub fn backup_source(&self) -> LedgerSource {
        LedgerSource {
            ledger: self.ledger.clone(),
            blobs: self.blobs.clone(),
            installation: self.configuration.installation.clone(),
        }
    }
}
