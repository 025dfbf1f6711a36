//! The name of this installation: one line in a file of the data folder.
//!
//! It is made once, of the system's randomness, and stands in every `config.json`, so
//! that a mirror that leads back to us is recognised whatever the address is called.
//! It is no secret. Who copies a data folder to make another installation of it removes
//! the file, or the copy could not mirror the original.
//!
//! Absent: who compares it (`core`, `origin.rs`).

use crate::kept_line::{keep, random_digits};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The file in the data folder.
pub(crate) const FILE: &str = "installation";

/// Random bytes in a name: 128 bits, so that no two are ever the same.
const RANDOM_BYTES: usize = 16;

/// Why there is no name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InstallationError {
    /// The file has something else in it.
    #[error("{} does not hold {digits} hexadecimal digits", path.display(), digits = 2 * RANDOM_BYTES)]
    NoName {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("the system gives no random bytes: {0}")]
    NoRandomness(getrandom::Error),
    /// The system refuses.
    #[error("could not {what} {}", path.display())]
    System {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Reads the name in a data folder, making one if there is none.
///
/// # Errors
/// [`InstallationError`].
pub(crate) fn read_or_make(data: &Path) -> Result<String, InstallationError> {
    let path = data.join(FILE);
    let system = |what| {
        let path = path.clone();
        move |source| InstallationError::System { what, path, source }
    };
    match File::open(&path) {
        Ok(file) => {
            // More than a name is none: what is too long is not read to its end.
            let (mut text, most) = (Vec::new(), 4 * RANDOM_BYTES as u64);
            let read = file.take(most).read_to_end(&mut text);
            read.map_err(system("read"))?;
            name_in(&text).ok_or(InstallationError::NoName { path })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = random_digits::<RANDOM_BYTES>().map_err(InstallationError::NoRandomness)?;
            keep(data, FILE, &name).map_err(system("write"))?;
            Ok(name)
        }
        Err(error) => Err(system("read")(error)),
    }
}

fn name_in(text: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(text).ok()?.trim();
    let is_name = name.len() == 2 * RANDOM_BYTES && name.bytes().all(|b| b.is_ascii_hexdigit());
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_name_is_made_once_and_is_nobody_elses() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = read_or_make(here.path()).unwrap();
        assert_eq!(read_or_make(here.path()).unwrap(), name);
        assert_ne!(read_or_make(there.path()).unwrap(), name);
    }

    #[test]
    fn a_file_with_something_else_is_refused() {
        let data = tempfile::tempdir().unwrap();
        for text in ["", "acme", &"0".repeat(33), &"0".repeat(10_000), "ä"] {
            fs::write(data.path().join(FILE), text).unwrap();
            let refused = read_or_make(data.path()).unwrap_err();
            assert!(
                matches!(refused, InstallationError::NoName { .. }),
                "{text}"
            );
        }
    }
}
