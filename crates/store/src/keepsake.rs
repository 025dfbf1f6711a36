//! What one run leaves to the next, as one file.
//!
//! Its first bytes say which program left it and hash the rest, so that what another
//! version wrote, and what is not whole, counts as nothing. It is taken away before it
//! is read: a process that dies leaves nothing.
//!
//! May it be lost? At any time. Who could write to the data folder could lie in it, but
//! also in the database beside it.

use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::{Keepsake, StoreError};
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// The longest file that is read: what memory is given to finished files is less, and a
/// longer one was not left by us.
const BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A hash's length.
const HASH_BYTES: usize = 32;

/// A file for the next run.
pub struct FileKeepsake {
    path: PathBuf,
    /// Whose file it has to be.
    program: Checksum,
}

impl FileKeepsake {
    /// Names the file, and the program that this process runs.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be found out which program that is.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        let running = std::env::current_exe().and_then(fs::metadata);
        let running = running.map_err(|error| told(&path, &error))?;
        let program = program(&running);
        Ok(Self { path, program })
    }

    fn stamp(&self, rest: &[u8]) -> [u8; 2 * HASH_BYTES] {
        let mut stamp = [0; 2 * HASH_BYTES];
        stamp[..HASH_BYTES].copy_from_slice(self.program.as_bytes());
        stamp[HASH_BYTES..].copy_from_slice(Checksum::of(rest).as_bytes());
        stamp
    }
}

/// Tells programs apart without reading them: nobody but the kernel sets the time at
/// which a file was last changed in any way, and whoever installs another program
/// changes that or the file's number.
fn program(file: &Metadata) -> Checksum {
    let changed = (file.ctime(), file.ctime_nsec());
    let text = format!(
        "{} {} {} {changed:?} {}",
        file.dev(),
        file.ino(),
        file.size(),
        env!("CARGO_PKG_VERSION")
    );
    Checksum::of(text.as_bytes())
}

#[async_trait]
impl Keepsake for FileKeepsake {
    async fn take(&self) -> Result<Option<Bytes>, StoreError> {
        let path = self.path.clone();
        let taken = spawn_blocking(move || taken(&path).map_err(|error| told(&path, &error)));
        let Some(bytes) = taken.await.map_err(|_| interrupted())?? else {
            return Ok(None);
        };
        let mut rest = Bytes::from(bytes);
        if rest.len() < 2 * HASH_BYTES {
            return Ok(None);
        }
        let stamp = rest.split_to(2 * HASH_BYTES);
        Ok((*stamp == self.stamp(&rest)).then_some(rest))
    }

    async fn leave(&self, bytes: Bytes) -> Result<(), StoreError> {
        let (path, stamp) = (self.path.clone(), self.stamp(&bytes));
        let left = spawn_blocking(move || {
            leave(&path, [&stamp, &bytes]).map_err(|error| told(&path, &error))
        });
        left.await.map_err(|_| interrupted())?
    }
}

fn interrupted() -> StoreError {
    StoreError::Unavailable("handing files on was interrupted".to_owned())
}

fn taken(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Before it is believed: what brings a process down must not do so twice.
    fs::remove_file(path)?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn leave(path: &Path, parts: [&[u8]; 2]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.as_file().sync_data()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

fn told(path: &Path, error: &io::Error) -> StoreError {
    let text = format!("{}: {error}", path.display());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::ReadOnlyFilesystem => StoreError::Full(text),
        _ => StoreError::Unavailable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_to(path: &Path) -> FileKeepsake {
        FileKeepsake::new(path).unwrap()
    }

    #[tokio::test]
    async fn what_is_left_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left");
        assert_eq!(left_to(&path).take().await.unwrap(), None);
        for bytes in [Bytes::from_static(b"first"), Bytes::from_static(b"")] {
            left_to(&path).leave(bytes.clone()).await.unwrap();
            assert_eq!(left_to(&path).take().await.unwrap(), Some(bytes));
            assert_eq!(left_to(&path).take().await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn what_is_not_whole_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left");
        left_to(&path)
            .leave(Bytes::from_static(b"rows"))
            .await
            .unwrap();
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(left_to(&path).take().await.unwrap(), None, "{end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert_eq!(left_to(&path).take().await.unwrap(), None, "{at}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(left_to(&path).take().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_another_program_left_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("left");
        // A copy of the program is another file, as after an upgrade.
        let copy = folder.path().join("program");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        let other = FileKeepsake {
            program: program(&fs::metadata(&copy).unwrap()),
            path: path.clone(),
        };
        other.leave(Bytes::from_static(b"rows")).await.unwrap();
        assert_eq!(left_to(&path).take().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_to_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = folder.path().join("gone").join("left");
        assert!(left_to(&nowhere).leave(Bytes::new()).await.is_err());
        assert_eq!(left_to(&nowhere).take().await.unwrap(), None);
    }
}
