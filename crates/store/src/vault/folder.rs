//! A backup in a folder: each thing a file, written beside its place, synced, renamed.
//!
//! One process at a time has it; what another left half written is removed.

use crate::DataLock;
use crate::blobs::{sync_folder, told};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_registry::ports::{StoreError, Vault};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Where files are written before they are in their place.
const INCOMING: &str = "incoming";

/// A folder with a backup.
pub struct FolderVault {
    folder: PathBuf,
    /// Held by who writes.
    _lock: Option<DataLock>,
}

impl FolderVault {
    /// Opens a folder, making it if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be used, or another process has it.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        let lock = DataLock::take(&folder)?;
        let incoming = folder.join(INCOMING);
        let emptied = match incoming.exists() {
            true => fs::remove_dir_all(&incoming),
            false => Ok(()),
        };
        let made = emptied.and_then(|()| fs::create_dir_all(&incoming));
        made.map_err(|error| told(&folder, &error))?;
        let lock = Some(lock);
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Opens a folder to read alone; nothing is made there.
    pub fn read(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            _lock: None,
        }
    }
}

#[async_trait]
impl Vault for FolderVault {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        let (path, incoming) = (self.folder.join(name), self.folder.join(INCOMING));
        blocking(move || put(&incoming, &path, &bytes).map_err(|error| told(&path, &error))).await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, StoreError> {
        let path = self.folder.join(name);
        blocking(move || match fs::read(&path) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told(&path, &error)),
        })
        .await
    }

    async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        blocking(move || match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(told(&path, &error)),
            _ => Ok(()),
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = spawn_blocking(work).await;
    done.map_err(|_| StoreError::Unavailable("work on a backup was interrupted".to_owned()))?
}

fn put(incoming: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    if !parent.exists() {
        fs::create_dir_all(parent)?;
        // Each folder above, up to that of the backup, may have a new entry.
        let top = incoming.parent();
        for folder in parent.ancestors().skip(1) {
            sync_folder(folder)?;
            if Some(folder) == top {
                break;
            }
        }
    }
    let mut file = tempfile::NamedTempFile::new_in(incoming)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thing_is_there_whole_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let vault = FolderVault::open(folder.path().join("backup")).unwrap();
        assert_eq!(vault.get("archives/ab/cd").await.unwrap(), None);
        for text in ["one", "another"] {
            vault.put("archives/ab/cd", text.into()).await.unwrap();
            let read = vault.get("archives/ab/cd").await.unwrap();
            assert_eq!(read, Some(Bytes::from(text)));
        }
        let refused = FolderVault::open(folder.path().join("backup"));
        assert!(refused.is_err(), "one at a time");
        vault.remove("archives/ab/cd").await.unwrap();
        vault.remove("archives/ab/cd").await.unwrap();
        assert_eq!(vault.get("archives/ab/cd").await.unwrap(), None);
    }
}
