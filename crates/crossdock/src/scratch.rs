//! A ledger for a while: filled from the facts of another, compared with it, and gone.
//!
//! It is as large as the other one, and lies in the data folder, where there is room for
//! that if anywhere.
//!
//! Absent: what it is filled with.

use async_trait::async_trait;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{self, Ledger, Scratches, StoreError};
use crossdock_store::SqliteLedger;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

/// A ledger in a folder of its own, with a clock that is set.
pub(crate) struct Scratch {
    /// The ledger.
    pub(crate) ledger: SqliteLedger,
    clock: Arc<AtomicI64>,
    /// Removed when it is dropped.
    _folder: TempDir,
}

impl Scratch {
    /// Makes an empty one in the data folder.
    ///
    /// # Errors
    /// [`StoreError`] if there is no room.
    pub(crate) async fn open(data: &Path) -> Result<Self, StoreError> {
        let folder = tempfile::Builder::new().prefix("fsck-").tempdir_in(data);
        let folder = folder.map_err(|error| {
            StoreError::Unavailable(format!("no folder in {}: {error}", data.display()))
        })?;
        let clock = Arc::new(AtomicI64::new(0));
        let path = folder.path().join("scratch.sqlite");
        let ledger = SqliteLedger::open_scratch(&path, reading(&clock)).await?;
        Ok(Self {
            ledger,
            clock,
            _folder: folder,
        })
    }

    /// Sets the clock that facts take their time from.
    pub(crate) fn set_clock(&self, time: Timestamp) {
        self.clock.store(time.unix_seconds(), Ordering::Relaxed);
    }

    /// Closes it; its folder goes with it.
    pub(crate) async fn close(self) {
        self.ledger.close().await;
    }
}

/// A clock that shows what was stored.
pub(crate) fn reading(clock: &Arc<AtomicI64>) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let shown = clock.clone();
    Arc::new(move || {
        Timestamp::from_unix_seconds(shown.load(Ordering::Relaxed))
            .expect("only times that facts have are stored")
    })
}

/// Ledgers for a while in a data folder.
pub(crate) struct ScratchesIn(pub(crate) PathBuf);

#[async_trait]
impl Scratches for ScratchesIn {
    async fn open(&self) -> Result<Box<dyn ports::Scratch>, StoreError> {
        Ok(Box::new(Scratch::open(&self.0).await?))
    }
}

#[async_trait]
impl ports::Scratch for Scratch {
    fn ledger(&self) -> &dyn Ledger {
        &self.ledger
    }

    fn set_clock(&self, time: Timestamp) {
        Self::set_clock(self, time);
    }

    async fn close(self: Box<Self>) {
        Self::close(*self).await;
    }
}
