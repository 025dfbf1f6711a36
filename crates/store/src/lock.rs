//! One process per data folder.
//!
//! Apart from database and archives, because both rely on it: what the archives find
//! half written at the start, and who writes to the database, is nobody else's.

use crossdock_registry::ports::StoreError;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Held for as long as a process uses a data folder.
///
/// The kernel gives it back when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock of a folder, making the folder if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if another process has it, naming the cure, or if
    /// the folder cannot be used.
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        let shown = folder.display();
        let unusable = |error: io::Error| {
            StoreError::Unavailable(format!("data folder {shown} cannot be used: {error}"))
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let file = File::create(folder.join("lock")).map_err(unusable)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
            Errno::WOULDBLOCK => StoreError::Unavailable(format!(
                "data folder {shown} is in use by another process; stop that one, or choose another folder with --data"
            )),
            error => unusable(error.into()),
        })?;
        sync_entry(folder);
        Ok(Self { _file: file })
    }
}

/// Makes the folder itself survive the loss of power, in case it is new.
///
/// Not every folder that one may use has a parent that one may open, but then it was
/// made by somebody else, before.
fn sync_entry(folder: &Path) {
    if let Some(parent) = folder.canonicalize().as_deref().ok().and_then(Path::parent) {
        let _ = File::open(parent).and_then(|parent| parent.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_used_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = DataLock::take(&data).unwrap();
        // flock(2): another description of the file is as good as another process.
        let refused = DataLock::take(&data).unwrap_err().to_string();
        assert!(refused.contains(&data.display().to_string()), "{refused}");
        assert!(refused.contains("--data"), "{refused}");
        drop(first);
        assert!(DataLock::take(&data).is_ok());
    }

    #[test]
    fn what_is_no_folder_is_not_said_to_be_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = DataLock::take(&file).unwrap_err().to_string();
        assert!(refused.contains("cannot be used"), "{refused}");
    }
}
