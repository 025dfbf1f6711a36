//! Why an export could not be made, by what to do next.
//!
//! Absent: what a check of an export found, which is no error (`verify.rs`).

use super::contents::ContentsError;
use super::origin::OriginError;
use crate::server::AskError;
use crossdock_wire::lockfile::LockfileError;
use std::io;
use std::path::{Path, PathBuf};

/// Why an export could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A server gives no answer, or refuses.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// A source of the lock cannot be read.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A lock cannot be read.
    #[error("{} cannot be used", path.display())]
    Lock {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: LockfileError,
    },
    /// Releases of the lock cannot be had as they are locked.
    #[error("the lock cannot be exported as it is: {}", .0.join("; "))]
    Missing(Vec<String>),
    /// An archive that was sent is not the one that was asked for.
    #[error("the archive of {0} that was sent does not have the checksum of its row")]
    Corrupt(String),
    /// A crate cannot be unpacked or made ready for a directory source.
    #[error("{0} cannot be unpacked: {1}")]
    Unpack(String, String),
    /// The folder holds something else.
    #[error("{} {why}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why it cannot be used.
        why: String,
    },
    /// The description of the export cannot be used.
    #[error(transparent)]
    Contents(#[from] ContentsError),
    /// The program `git` is missing or refuses.
    #[error("git, which the format `git` needs, {0}")]
    Git(String),
    /// The system refuses.
    #[error("could not {what} {}", path.display())]
    System {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl ExportError {
    pub(crate) fn system(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::System { what, path, source }
    }
}
