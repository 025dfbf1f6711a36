//! Chains as files: written beside their place, compared, then put there at once.
//!
//! A chain is never changed. One with another member is another file, which takes the
//! place of the one before; whoever has that one open reads it to the end.
//!
//! Absent: which archive is in which chain, which is read from their headers and held in
//! memory (`catalogue.rs`).

use super::sync_folder;
use crossdock_compact::{Chain, ChainError, Header, HeaderError, archive};
use crossdock_core::checksum::Checksum;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The ending of a chain that is damaged and was set aside.
const DAMAGED: &str = "damaged";

/// Bytes of a file that are read to find the header: enough for most.
const HEADER_BYTES: usize = 8 * 1024;

/// A chain could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainFileError {
    /// The file could not be read or written; nothing is said of what is in it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What is in it is not what was written.
    #[error(transparent)]
    Damaged(ChainError),
}

/// What lies in a folder of chains.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Nothing if it cannot be read.
    pub(super) header: Option<Header>,
    pub(super) set_aside: bool,
}

/// Lists the chains of a folder.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let header = match header(&File::open(&path)?) {
            Ok((header, _)) => Some(header),
            Err(ChainFileError::Damaged(_)) => None,
            Err(ChainFileError::Io(error)) => return Err(error),
        };
        let set_aside = path.extension().is_some_and(|ending| ending == DAMAGED);
        found.push(Found {
            path,
            header,
            set_aside,
        });
    }
    // In an order of ours, so that of two chains with one archive always the same counts.
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Makes an archive out of a chain; nothing if the chain is gone or has it no more.
pub(super) fn read(path: &Path, checksum: &Checksum) -> Result<Option<Vec<u8>>, ChainFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let (header, header_bytes) = header(&file)?;
    match header.position(checksum) {
        Some(member) => made(&file, &header, header_bytes, member).map(Some),
        None => Ok(None),
    }
}

/// Reads a chain whole.
pub(super) fn whole(path: &Path) -> Result<Chain, ChainFileError> {
    Chain::decode(&fs::read(path)?).map_err(ChainFileError::Damaged)
}

/// Writes a chain beside its place, durably.
pub(super) fn draft(incoming: &Path, chain: &Chain) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(incoming)?;
    file.write_all(&chain.encode())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes archives out of what was written, as a reader will.
pub(super) fn compare(file: &File, checksums: &[Checksum]) -> Result<(), ChainFileError> {
    let (header, header_bytes) = header(file)?;
    for checksum in checksums {
        let member = header.position(checksum);
        let member = member.ok_or(ChainFileError::Damaged(HeaderError::Damaged.into()))?;
        made(file, &header, header_bytes, member)?;
    }
    Ok(())
}

/// Puts a chain into its place, durably; whatever was there is gone.
pub(super) fn place(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path.parent().ok_or(io::ErrorKind::InvalidInput)?)
}

/// Takes a chain away, durably.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    super::remove(path)
}

/// Moves a chain that is damaged aside, durably.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(DAMAGED);
    let aside = PathBuf::from(name);
    fs::rename(path, &aside)?;
    sync_folder(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    Ok(aside)
}

/// A place for a new chain: its owner's name and the first number that is free.
pub(super) fn free_place(folder: &Path, registry: &str, name: &str) -> PathBuf {
    let numbered = (0_u64..).map(|number| folder.join(format!("{registry}.{name}.{number}")));
    let mut free = numbered.filter(|path| {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".");
        aside.push(DAMAGED);
        !path.exists() && !Path::new(&aside).exists()
    });
    free.next().expect("a folder has fewer files than numbers")
}

fn header(file: &File) -> Result<(Header, u64), ChainFileError> {
    let mut bytes = vec![0; HEADER_BYTES];
    loop {
        let read = read_up_to(file, &mut bytes)?;
        match Header::decode(&bytes[..read]) {
            Ok((header, header_bytes)) => return Ok((header, header_bytes as u64)),
            Err(HeaderError::Short { needed }) if read == bytes.len() => bytes.resize(needed, 0),
            Err(error) => return Err(ChainFileError::Damaged(error.into())),
        }
    }
}

fn read_up_to(file: &File, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

fn made(
    file: &File,
    header: &Header,
    header_bytes: u64,
    member: usize,
) -> Result<Vec<u8>, ChainFileError> {
    let end = file.metadata()?.len();
    let delta = |place: Range<u64>| {
        // A place beyond the end is damage, and must not ask for memory first.
        if header_bytes + place.end > end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let bytes = usize::try_from(place.end - place.start);
        let mut delta = vec![0; bytes.map_err(|_| io::ErrorKind::InvalidData)?];
        file.read_exact_at(&mut delta, header_bytes + place.start)?;
        Ok(delta)
    };
    archive(header, member, delta).map_err(ChainFileError::Damaged)
}
