//! One process per data folder.

use crossdock_registry::ports::StoreError;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::Path;

/// Held for as long as a process uses a data folder.
///
/// The kernel gives it back when the process ends, however it ends.
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock of a folder, making the folder if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if another process has it, naming the cure.
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        let shown = folder.display();
        let failed = |error: std::io::Error| {
            StoreError::Unavailable(format!("data folder {shown} cannot be used: {error}"))
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = File::create(folder.join("lock")).map_err(failed)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
            StoreError::Unavailable(format!(
                "data folder {shown} is in use by another process; stop that one, or choose another folder with --data"
            ))
        })?;
        Ok(Self { _file: file })
    }
}
