//! Tokens as files below cargo's home, one for each server, for their owner alone.
//!
//! One file each, so that two log-ins at once cannot undo each other.
//!
//! Absent: which server a token is for (`reach.rs`); keyrings (docs/decisions, 0140).

use crate::credential::reach::Reach;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The folder below cargo's home, beside cargo's own `credentials.toml`.
const FOLDER: &str = "crossdock-tokens";

/// Most bytes of a token's file that are read; a token has at most 256 at our servers.
const TOKEN_BYTES_MAX: u64 = 4096;

/// Where tokens are kept.
#[derive(Clone, Debug)]
pub struct Kept(PathBuf);

/// Why a token cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Others than the owner can read it.
    #[error(
        "the token in {} can be read by others (mode {mode:03o}): `chmod 600` it, or log in again",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What is there is no token.
    #[error("{} has no token in it: log in again", .0.display())]
    NoToken(PathBuf),
    /// What is to be kept is no token.
    #[error("a token is one word of ASCII letters, digits and signs; nothing was kept")]
    NotToken,
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

impl Kept {
    /// Takes the folder below a cargo home, which need not exist.
    pub fn below(cargo_home: &Path) -> Self {
        Self(cargo_home.join(FOLDER))
    }

    /// Returns the path of a server's file, whether it is there or not.
    pub fn path(&self, reach: &Reach) -> PathBuf {
        self.0.join(reach.file_name())
    }

    /// Reads the token of a server, if one is kept.
    ///
    /// # Errors
    /// [`KeptError`]; a token that others can read is not used.
    pub fn read(&self, reach: &Reach) -> Result<Option<String>, KeptError> {
        let path = self.path(reach);
        let system = |source| KeptError::System {
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
            return Err(KeptError::Open { path, mode });
        }
        let text = io::read_to_string(io::Read::take(file, TOKEN_BYTES_MAX)).map_err(system)?;
        match text.trim() {
            token if is_token(token) => Ok(Some(token.to_owned())),
            _ => Err(KeptError::NoToken(path)),
        }
    }

    /// Keeps the token of a server in place of the one before; a crash leaves one of them
    /// whole. Returns where it is kept.
    ///
    /// # Errors
    /// [`KeptError`]; then the one before is kept.
    pub fn keep(&self, reach: &Reach, token: &str) -> Result<PathBuf, KeptError> {
        let token = token.trim();
        if !is_token(token) {
            return Err(KeptError::NotToken);
        }
        let path = self.path(reach);
        self.write(&path, token)
            .map_err(|source| KeptError::System {
                what: "write",
                path: path.clone(),
                source,
            })?;
        Ok(path)
    }

    /// Forgets the token of a server; tells whether there was one.
    ///
    /// # Errors
    /// [`KeptError::System`].
    pub fn forget(&self, reach: &Reach) -> Result<bool, KeptError> {
        let path = self.path(reach);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KeptError::System {
                what: "remove",
                path,
                source,
            }),
        }
    }

    fn write(&self, path: &Path, token: &str) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))?;
        let mut new = tempfile::Builder::new()
            .prefix(".new-")
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(&self.0)?;
        writeln!(new, "{token}")?;
        new.as_file().sync_all()?;
        new.persist(path).map_err(|error| error.error)?;
        File::open(&self.0)?.sync_all()
    }
}

/// What survives a header line unchanged, which is how tokens travel.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() < TOKEN_BYTES_MAX as usize
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_replaced_and_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::below(&home.path().join("not-there-yet"));
        let (ours, theirs) = (
            Reach::parse("http://h:1").unwrap(),
            Reach::parse("http://h:2").unwrap(),
        );
        assert_eq!(kept.read(&ours).unwrap(), None);
        assert!(!kept.forget(&ours).unwrap());
        kept.keep(&ours, " cdk_1\n").unwrap();
        kept.keep(&theirs, "cdk_other").unwrap();
        let path = kept.keep(&ours, "cdk_2").unwrap();
        assert_eq!(kept.read(&ours).unwrap().as_deref(), Some("cdk_2"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 2);
        assert!(kept.forget(&ours).unwrap());
        assert_eq!(kept.read(&ours).unwrap(), None);
        assert_eq!(kept.read(&theirs).unwrap().as_deref(), Some("cdk_other"));
    }

    #[test]
    fn what_others_can_read_or_is_no_token_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::below(home.path());
        let reach = Reach::parse("http://h:1").unwrap();
        for bad in ["", " ", "two words", "zeile\numbruch", "ü"] {
            assert!(matches!(kept.keep(&reach, bad), Err(KeptError::NotToken)));
        }
        let path = kept.keep(&reach, "cdk_known").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = kept.read(&reach).unwrap_err();
        assert!(matches!(error, KeptError::Open { mode: 0o644, .. }));
        assert!(!error.to_string().contains("cdk_known"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for bad in ["", "two words", &"x".repeat(10_000)] {
            fs::write(&path, bad).unwrap();
            assert!(matches!(kept.read(&reach), Err(KeptError::NoToken(_))));
        }
    }
}
