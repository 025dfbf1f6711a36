//! Archives as files: one checksum, one file, written once.
//!
//! A blob is written beside its place, synced, renamed, and its folder synced, so
//! that a reader sees all of it or nothing, also after power was lost. What a crash
//! leaves in `incoming/` was acknowledged to nobody and is removed at the start.

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::{Blobs, StoreError};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Archives in a folder.
pub struct FileBlobs {
    folder: PathBuf,
}

impl FileBlobs {
    /// Opens the folder, making it if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be made or cleaned.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        let incoming = folder.join("incoming");
        let prepare = || -> io::Result<()> {
            if incoming.exists() {
                fs::remove_dir_all(&incoming)?;
            }
            fs::create_dir_all(&incoming)?;
            sync_folder(&folder)
        };
        prepare().map_err(|error| told(&folder, &error))?;
        Ok(Self { folder })
    }

    fn path(&self, checksum: &Checksum) -> PathBuf {
        let text = checksum.to_string();
        self.folder.join(&text[..2]).join(&text[2..])
    }
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn keep(&self, checksum: &Checksum, bytes: Bytes) -> Result<(), StoreError> {
        let (path, incoming) = (self.path(checksum), self.folder.join("incoming"));
        let kept = spawn_blocking(move || {
            keep(&incoming, &path, &bytes).map_err(|error| told(&path, &error))
        });
        kept.await
            .map_err(|_| StoreError::Unavailable("writing an archive was interrupted".to_owned()))?
    }

    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        let (path, checksum) = (self.path(checksum), *checksum);
        let read = spawn_blocking(move || match fs::read(&path) {
            Ok(bytes) if Checksum::of(&bytes) == checksum => Ok(Some(Bytes::from(bytes))),
            Ok(_) => Err(StoreError::Corrupt(format!(
                "archive {checksum} has other content than it was stored with"
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(told(&path, &error)),
        });
        read.await
            .map_err(|_| StoreError::Unavailable("reading an archive was interrupted".to_owned()))?
    }
}

fn keep(incoming: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    if path.exists() {
        // Whoever wrote it may not have synced the folder yet.
        return sync_folder(parent);
    }
    let mut file = tempfile::NamedTempFile::new_in(incoming)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    if !parent.exists() {
        fs::create_dir_all(parent)?;
        sync_folder(parent.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(parent)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn told(path: &Path, error: &io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    match errno {
        Some(Errno::NOSPC | Errno::DQUOT | Errno::ROFS) => StoreError::Full(text),
        _ => StoreError::Unavailable(text),
    }
}
