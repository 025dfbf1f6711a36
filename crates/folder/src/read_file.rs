//! Reading one file of a folder that others write to.
//!
//! Links are not followed, pipes not waited for, and more than the bound is never
//! read, even from a file that grows meanwhile.
//!
//! Absent: what the bytes mean.

use crate::packed::Problem;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Reads a plain file of at most `bytes_max` bytes.
///
/// # Errors
/// [`Problem`], if it is none, is larger, or cannot be read.
pub(crate) fn read_file(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Problem> {
    let file = open(path).map_err(|error| Problem::new(path, error))?;
    let found = file.metadata().map_err(|error| Problem::new(path, error))?;
    if !found.is_file() {
        return Err(Problem::new(path, "it is no plain file"));
    }
    let too_large = || {
        let rule = format!("it is larger than {bytes_max} bytes, the most that is read");
        Problem::new(path, rule)
    };
    if found.len() > bytes_max {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    let read = file.take(bytes_max + 1).read_to_end(&mut bytes);
    read.map_err(|error| Problem::new(path, error))?;
    match bytes.len() as u64 > bytes_max {
        true => Err(too_large()),
        false => Ok(bytes),
    }
}

/// Opens a file, but neither what a link leads to nor the waiting end of a pipe.
fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}
