//! Whether requests may be sent here: the store can be read and written.
//!
//! A silent upstream makes nobody unready; what is held is served.

use crate::federation::Federation;
use crate::refusal::Refusal;
use std::time::{Duration, Instant};

/// How long an outcome is believed: whoever asks often costs the disk little.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// The last outcome and when it was had.
pub(crate) type Tried = tokio::sync::Mutex<Option<(Instant, Result<u64, Refusal>)>>;

impl Federation {
    /// Tells whether requests may be sent here; returns how many facts there are.
    ///
    /// Reads and writes as if it were meant, and takes it back.
    ///
    /// # Errors
    /// [`Refusal`] says what the store cannot do.
    pub async fn ready(&self) -> Result<u64, Refusal> {
        // Held over the try, so that many who ask are one try.
        let mut tried = self.tried.lock().await;
        if let Some((at, outcome)) = &*tried
            && at.elapsed() < BELIEVED_FOR
        {
            return outcome.clone();
        }
        let outcome = self.try_store().await;
        *tried = Some((Instant::now(), outcome.clone()));
        outcome
    }

    async fn try_store(&self) -> Result<u64, Refusal> {
        let words =
            |error| Refusal::unavailable(format!("not ready, the store takes no writes: {error}"));
        self.blobs.probe().await.map_err(words)?;
        self.ledger.probe().await.map_err(words)
    }
}
