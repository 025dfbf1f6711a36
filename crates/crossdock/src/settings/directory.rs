//! What `[registries.NAME]` says of a directory: which folder it is.
//!
//! Absent: whether the folder is there; it may come and go while the server runs.

use super::Surroundings;
use super::access::Access;
use super::fault::Faults;
use super::section::Item;
use std::path::PathBuf;

/// A folder of this machine that is a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    /// The folder, from the root of the file system or of the working folder.
    pub(crate) folder: PathBuf,
    /// Who may read it.
    pub(crate) read: Access,
}

/// Reads the folder, which starts from the settings file's if it is relative.
pub(super) fn read(item: &Item<'_>, around: &Surroundings, faults: &mut Faults) -> Option<PathBuf> {
    let text = item.text(faults)?;
    if text.is_empty() {
        return item.expected("a folder", faults);
    }
    Some(around.folder.join(text))
}
