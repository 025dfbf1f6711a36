//! One line in a file of the data folder, made once of the system's randomness.
//!
//! Absent: what the line means, and reading it back, which differ.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Returns random bytes as lower-case hexadecimal digits.
///
/// # Errors
/// If the system gives none.
pub(crate) fn random_digits<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Keeps a line in a file that its owner alone can read; a crash leaves the whole file or
/// none.
///
/// # Errors
/// What the system says.
pub(crate) fn keep(data: &Path, file: &str, line: &str) -> io::Result<()> {
    let unfinished = data.join(format!("{file}.new"));
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)?;
    writeln!(written, "{line}")?;
    written.sync_all()?;
    fs::rename(&unfinished, data.join(file))?;
    File::open(data)?.sync_all()
}
