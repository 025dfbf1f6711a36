//! Errors that are waiting to be met, each of them once.

use crate::ports::StoreError;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Errors in the order in which they are met.
#[derive(Debug, Default)]
pub(super) struct Faults {
    // Held for a push or a pop, never across an await.
    waiting: Mutex<VecDeque<StoreError>>,
}

impl Faults {
    pub(super) fn add(&self, error: StoreError) {
        self.lock().push_back(error);
    }

    /// Meets the next error, if one is waiting.
    pub(super) fn meet(&self) -> Result<(), StoreError> {
        self.lock().pop_front().map_or(Ok(()), Err)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<StoreError>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
