//! All writes of a world in one count, and what becomes of one of them.
//!
//! Apart from [`super::faults`], whose errors wait for the next call of one kind: here a
//! test need not know which writes an operation makes, so that none is forgotten.

use crate::ports::StoreError;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What becomes of a write.
#[derive(Clone, Debug)]
pub enum WriteFault {
    /// Nothing is kept, and an error says so.
    Fails(StoreError),
    /// All is kept, and an error says otherwise.
    FailsOnceKept(StoreError),
    /// Nothing is kept and nobody learns it: the process ended.
    Ends,
    /// All is kept and nobody learns it: the process ended.
    EndsOnceKept,
}

/// Counts the writes of the fakes that were given it.
#[derive(Debug, Default)]
pub struct Writes {
    // Held for a count, never across an await.
    counted: Mutex<Counted>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct Counted {
    made: Vec<String>,
    planned: Option<(usize, WriteFault)>,
}

impl Writes {
    /// Begins a new count, of which the write with this number, from 0, has a fault.
    pub fn count(&self, planned: Option<(usize, WriteFault)>) {
        let made = Vec::new();
        *self.lock() = Counted { made, planned };
    }

    /// Says what was written since the count began, the faulty write included.
    pub fn made(&self) -> Vec<String> {
        self.lock().made.clone()
    }

    /// Waits until a write met the end of the process.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }

    /// Makes a write, or what was planned instead.
    pub(super) async fn make<T, E: From<StoreError>>(
        &self,
        what: String,
        write: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        match self.next(what) {
            None => write(),
            Some(WriteFault::Fails(error)) => Err(error.into()),
            Some(WriteFault::FailsOnceKept(error)) => write().and(Err(error.into())),
            Some(WriteFault::Ends) => self.end().await,
            Some(WriteFault::EndsOnceKept) => {
                write()?;
                self.end().await
            }
        }
    }

    async fn end<T>(&self) -> T {
        self.ended.notify_one();
        std::future::pending().await
    }

    fn next(&self, what: String) -> Option<WriteFault> {
        let mut counted = self.lock();
        let number = counted.made.len();
        counted.made.push(what);
        let planned = counted.planned.as_ref();
        let planned = planned.filter(|(planned, _)| *planned == number);
        planned.map(|(_, fault)| fault.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
