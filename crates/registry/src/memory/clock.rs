//! A clock that shows what it is set to.

use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time; facts take theirs from it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A clock that stands still until it is set.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Makes a clock that shows `time`.
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.unix_seconds())))
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.unix_seconds(), Ordering::SeqCst);
    }

    /// Returns the clock as adapters take it; it goes on following [`Self::set`].
    pub fn reading(&self) -> Clock {
        let shown = self.0.clone();
        Arc::new(move || {
            Timestamp::from_unix_seconds(shown.load(Ordering::SeqCst))
                .expect("the clock was set to a timestamp")
        })
    }
}
