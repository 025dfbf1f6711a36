//! Faults that a test orders for the next write.

use crate::ports::StoreError;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// How a write goes wrong. Both look the same to the one who asked for it.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Nothing was written.
    NotWritten(StoreError),
    /// All was written, and the answer was lost on the way.
    Written(StoreError),
}

/// Faults in the order in which they will strike, one for each write.
#[derive(Debug, Default)]
pub(super) struct Faults(
    // Held to push or take one, never across an await.
    Mutex<VecDeque<Fault>>,
);

impl Faults {
    pub(super) fn order(&self, fault: Fault) {
        self.lock().push_back(fault);
    }

    /// Runs a write, or the fault that was ordered for it.
    pub(super) fn strike<T, E: From<StoreError>>(
        &self,
        write: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let fault = self.lock().pop_front();
        match fault {
            None => write(),
            Some(Fault::NotWritten(error)) => Err(error.into()),
            Some(Fault::Written(error)) => {
                write()?;
                Err(error.into())
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
