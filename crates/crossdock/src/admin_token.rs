//! The admin token: one line in a file that only the operator can read.
//!
//! It is made once, of the system's randomness, and kept; whoever wants another
//! writes or removes the file and starts the server again.
//!
//! Absent: what the token allows.

use crate::kept_line::{keep, random_digits};
use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The file in the data folder.
const FILE: &str = "admin-token";

/// What a token begins with, so that scanners for leaked secrets can know it.
const PREFIX: &str = "cdk_";

/// Random bytes in a token: 256 bits, beyond guessing.
const RANDOM_BYTES: usize = 32;

/// Why there is no admin token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenFileError {
    /// Others than the owner can read it.
    #[error("the admin token in {} can be read by others (mode {mode:03o})", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is there without a token in it.
    #[error("{} is empty", path.display())]
    Empty {
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

/// Returns the path of the token's file.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Reads the token of a data folder, making one if there is none.
///
/// # Errors
/// [`TokenFileError`]; a token that others can read is not used.
pub(crate) fn read_or_make(data: &Path) -> Result<String, TokenFileError> {
    match read(data)? {
        Some(token) => Ok(token),
        None => make(data),
    }
}

/// Reads the token of a data folder, if there is one.
///
/// # Errors
/// [`TokenFileError`].
pub(crate) fn read(data: &Path) -> Result<Option<String>, TokenFileError> {
    let path = path(data);
    let system = |source| TokenFileError::System {
        what: "read",
        path: path.clone(),
        source,
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(system(error)),
    };
    let mode = file.metadata().map_err(system)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(TokenFileError::Open { path, mode });
    }
    let text = io::read_to_string(file).map_err(system)?;
    match text.trim() {
        "" => Err(TokenFileError::Empty { path }),
        token => Ok(Some(token.to_owned())),
    }
}

/// Makes a token; a crash leaves the whole file or none.
fn make(data: &Path) -> Result<String, TokenFileError> {
    let digits = random_digits::<RANDOM_BYTES>().map_err(TokenFileError::NoRandomness)?;
    let token = format!("{PREFIX}{digits}");
    keep(data, FILE, &token).map_err(|source| TokenFileError::System {
        what: "write",
        path: path(data),
        source,
    })?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_token_is_made_once_and_kept() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(read(data.path()).unwrap(), None);
        let token = read_or_make(data.path()).unwrap();
        assert_eq!(read_or_make(data.path()).unwrap(), token);
        assert!(
            token.starts_with("cdk_") && token.len() == 4 + 64,
            "{token}"
        );
        let mode = fs::metadata(path(data.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(read_or_make(other.path()).unwrap(), token);
        assert_eq!(other.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_is_left_of_a_crash_does_not_matter() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join("admin-token.new"), "cdk_ha").unwrap();
        assert_eq!(read_or_make(data.path()).unwrap().len(), 68);
    }

    #[test]
    fn a_token_that_others_read_or_nobody_wrote_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let path = path(data.path());
        fs::write(&path, "cdk_known\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read_or_make(data.path()).unwrap_err();
        assert!(matches!(error, TokenFileError::Open { mode: 0o640, .. }));
        assert!(!error.to_string().contains("cdk_known"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read_or_make(data.path()).unwrap(), "cdk_known");
        fs::write(&path, " \n").unwrap();
        let error = read_or_make(data.path()).unwrap_err();
        assert!(matches!(error, TokenFileError::Empty { .. }));
    }
}
