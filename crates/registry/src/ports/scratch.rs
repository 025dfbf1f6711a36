//! Ledgers for a while.

use super::blobs::StoreError;
use super::ledger::Ledger;
use async_trait::async_trait;
use crossdock_core::timestamp::Timestamp;

/// Makes ledgers for a while.
#[async_trait]
pub trait Scratches: Send + Sync {
    /// Makes an empty one.
    ///
    /// # Errors
    /// [`StoreError`] if there is no room.
    async fn open(&self) -> Result<Box<dyn Scratch>, StoreError>;
}

/// A ledger that is gone when it is closed, with a clock that is set.
#[async_trait]
pub trait Scratch: Send + Sync {
    /// The ledger.
    fn ledger(&self) -> &dyn Ledger;

    /// Sets the clock that facts take their time from.
    fn set_clock(&self, time: Timestamp);

    /// Closes it, and takes it away.
    async fn close(self: Box<Self>);
}
