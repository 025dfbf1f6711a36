//! A folder in memory, which has what a test puts there and can fall silent.

use crate::ports::{Directory, FolderContents, FolderRelease, Silence};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};

/// A folder in memory. Whoever puts a release there has kept its archive before.
#[derive(Debug)]
pub struct MemoryDirectory {
    // Held for a look or a change, never across an await.
    state: Mutex<Result<Arc<FolderContents>, Silence>>,
}

impl Default for MemoryDirectory {
    fn default() -> Self {
        Self {
            state: Mutex::new(Ok(Arc::default())),
        }
    }
}

impl MemoryDirectory {
    /// Has these releases from now on, and no others.
    pub fn has(&self, releases: Vec<FolderRelease>) {
        let problems = Vec::new();
        let contents = FolderContents { releases, problems };
        self.set(Ok(Arc::new(contents)));
    }

    /// Cannot be read from now on.
    pub fn falls_silent(&self, why: &str) {
        self.set(Err(Silence(why.to_owned())));
    }

    fn set(&self, state: Result<Arc<FolderContents>, Silence>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

#[async_trait]
impl Directory for MemoryDirectory {
    async fn look(&self) -> Result<Arc<FolderContents>, Silence> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }
}
