//! Archives as files: one checksum, one file, written once.
//!
//! A blob is written beside its place, synced, renamed, and its folder synced, so
//! that a reader sees all of it or nothing, also after power was lost. What a crash
//! leaves in `incoming/` was acknowledged to nobody and is removed at the start.
//!
//! Its folder has the second tier: archives packed into chains, under the same port.
//!
//! Absent: who is allowed to read or remove archives.

mod catalogue;
mod chain_file;
mod examined;
mod hot;
mod leaving;
mod listing;
mod packing;
#[cfg(test)]
mod tier_tests;
mod tiered;

pub use tiered::TieredBlobs;

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Blobs, StoreError, Stored};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use tokio::task::spawn_blocking;

/// What is written to see whether anything can be: a block of common file systems.
const PROBE_BYTES: usize = 4096;

/// Archives in a folder: `ab/cdef…` by the digits of the checksum.
pub struct FileBlobs {
    folder: PathBuf,
    /// Shared by those who keep something, and closed by who takes old archives away:
    /// what is kept again must not go for having been old.
    // Held in threads that may block alone.
    gate: Arc<RwLock<()>>,
}

impl FileBlobs {
    /// Opens the folder, making it if it is not there.
    ///
    /// Removes what an interrupted process left behind, so no other may be using the
    /// folder ([`crate::DataLock`]).
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be made or cleaned.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        prepare(&folder).map_err(|error| told(&folder, &error))?;
        let gate = Arc::default();
        Ok(Self { folder, gate })
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
        let gate = self.gate.clone();
        let kept = spawn_blocking(move || {
            keep(&gate, &incoming, &path, &bytes).map_err(|error| told(&path, &error))
        });
        kept.await
            .map_err(|_| StoreError::Unavailable("writing an archive was interrupted".to_owned()))?
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let incoming = self.folder.join("incoming");
        let tried = spawn_blocking(move || {
            // Removed when it is dropped; a block of the disk has to be found for it.
            let mut file = tempfile::NamedTempFile::new_in(&incoming)
                .map_err(|error| told(&incoming, &error))?;
            let written = file.write_all(&[0; PROBE_BYTES]);
            written
                .and_then(|()| file.as_file().sync_data())
                .map_err(|error| told(&incoming, &error))
        });
        tried
            .await
            .map_err(|_| StoreError::Unavailable("trying to write was interrupted".to_owned()))?
    }

    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        let (path, checksum) = (self.path(checksum), *checksum);
        let read = spawn_blocking(move || read(&path, &checksum));
        read.await
            .map_err(|_| StoreError::Unavailable("reading an archive was interrupted".to_owned()))?
    }

    async fn remove(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let path = self.path(checksum);
        let removed = spawn_blocking(move || remove(&path).map_err(|error| told(&path, &error)));
        removed.await.map_err(|_| {
            StoreError::Unavailable("taking an archive away was interrupted".to_owned())
        })?
    }

    async fn list(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let after = after.copied();
        self.blocking(move |files| files.listed(after.as_ref(), limit.max(1)))
            .await
    }

    async fn examine(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        self.read(checksum).await
    }

    async fn heal(&self, checksum: &Checksum) -> Result<bool, StoreError> {
        match self.read(checksum).await {
            Ok(read) => Ok(read.is_some()),
            Err(StoreError::Corrupt(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn remove_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let checksum = *checksum;
        self.blocking(move |files| files.removed_kept_before(&checksum, time))
            .await
    }

    async fn damaged(&self) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
}

impl FileBlobs {
    /// Works on files where that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (folder, gate) = (self.folder.clone(), self.gate.clone());
        let done = spawn_blocking(move || work(&Self { folder, gate })).await;
        done.map_err(|_| StoreError::Unavailable("looking at archives was interrupted".to_owned()))?
    }
}

/// Reads an archive and compares it.
fn read(path: &Path, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
    match fs::read(path) {
        Ok(bytes) if Checksum::of(&bytes) == *checksum => Ok(Some(Bytes::from(bytes))),
        Ok(_) => Err(StoreError::Corrupt(format!(
            "archive {checksum} has other content than it was stored with"
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(path, &error)),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        // Whoever took it away before may not have synced the folder yet.
        _ => {}
    }
    sync_folder(path.parent().ok_or(io::ErrorKind::InvalidInput)?)
}

/// Makes all folders there will ever be.
///
/// One made along with its first archive would have to be synced itself, and whoever
/// is second in it would have to wait for that before saying that his is kept.
fn prepare(folder: &Path) -> io::Result<()> {
    let incoming = folder.join("incoming");
    if incoming.exists() {
        fs::remove_dir_all(&incoming)?;
    }
    fs::create_dir_all(&incoming)?;
    for digits in 0..=u8::MAX {
        fs::create_dir_all(folder.join(format!("{digits:02x}")))?;
    }
    sync_folder(folder)?;
    // The folder itself may be new. One whose parent must not be opened is not: somebody
    // else made it, before.
    if let Some(parent) = folder.canonicalize()?.parent() {
        let _ = sync_folder(parent);
    }
    Ok(())
}

fn keep(gate: &RwLock<()>, incoming: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let _gate = gate.read().unwrap_or_else(PoisonError::into_inner);
    if is_there(path, bytes)? {
        File::open(path)?.set_modified(SystemTime::now())?;
        // Whoever wrote it may not have synced the folder yet.
        return sync_folder(parent);
    }
    let mut file = tempfile::NamedTempFile::new_in(incoming)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(parent)
}

/// Tells whether a file has these bytes; one that decayed is written again.
fn is_there(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::read(path) {
        Ok(there) => Ok(there == bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(crate) fn told(path: &Path, error: &io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    // By kind, not by number: tempfile wraps what the system said, and the number is
    // lost there.
    match error.kind() {
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::ReadOnlyFilesystem => StoreError::Full(text),
        _ => StoreError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn what_an_interrupted_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join("incoming").join("left");
        fs::create_dir_all(folder.path().join("incoming")).unwrap();
        fs::write(&left, "half an archive").unwrap();
        FileBlobs::open(folder.path()).unwrap();
        assert!(!left.exists());
    }

    #[tokio::test]
    async fn an_archive_is_one_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(folder.path()).unwrap();
        let (bytes, checksum) = (Bytes::from_static(b"abc"), Checksum::of(b"abc"));
        blobs.keep(&checksum, bytes.clone()).await.unwrap();
        let inode = || {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(blobs.path(&checksum)).unwrap().ino()
        };
        let first = inode();
        blobs.keep(&checksum, bytes).await.unwrap();
        assert_eq!(inode(), first, "what is there is not written again");
        let path = blobs.path(&checksum);
        assert!(
            path.ends_with("ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        let incoming = fs::read_dir(folder.path().join("incoming")).unwrap();
        assert_eq!(incoming.count(), 0);
    }

    #[test]
    fn what_an_operator_must_mend_is_told_from_what_may_pass() {
        for (errno, full) in [
            (Errno::NOSPC, true),
            (Errno::DQUOT, true),
            (Errno::ROFS, true),
            (Errno::IO, false),
            (Errno::ACCESS, false),
        ] {
            let plain = io::Error::from(errno);
            // As tempfile tells it: the kind, and another error inside.
            let wrapped = io::Error::new(plain.kind(), io::Error::from(errno));
            for error in [plain, wrapped] {
                let error = told(Path::new("blobs"), &error);
                assert_eq!(matches!(error, StoreError::Full(_)), full, "{error}");
            }
        }
    }
}
