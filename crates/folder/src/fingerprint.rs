//! Whether a package's files are still those that were packed, without reading them.
//!
//! A hash over path, size, times, inode and mode of all that could be packed. The
//! time of the last status change is among them, which nobody can set back, so that
//! a file of equal size and restored time of modification is seen as well.
//!
//! Absent: which of the files cargo selects; some that it leaves out are looked at
//! too, which costs a needless packing and never a wrong one.

use crate::workspace::{Member, Workspace};
use crossdock_core::checksum::Checksum;
use std::fmt::Write as _;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A package's files at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// Equal as long as nothing was changed.
    pub(crate) digest: Checksum,
    /// When something was changed last, in nanoseconds since 1970.
    pub(crate) changed_ns: i128,
    /// Bytes of all files.
    pub(crate) bytes: u64,
    /// Links in the package, by whatever name.
    pub(crate) links: Vec<PathBuf>,
}

/// Looks at all files that a package could be packed from.
///
/// # Errors
/// The path that could not be looked at, and why.
pub(crate) fn of(
    workspace: &Workspace,
    member: &Member,
) -> Result<Fingerprint, (PathBuf, std::io::Error)> {
    let mut seen = Seen::default();
    let folder = member.manifest_path.parent().unwrap_or(Path::new("/"));
    seen.folder(folder, true)?;
    // What a package inherits stands in the root; what is selected, in its ignores.
    let root = ["Cargo.toml", ".gitignore"].map(|name| workspace.root.join(name));
    for path in root.iter().chain(&member.beside) {
        seen.beside(path);
    }
    Ok(Fingerprint {
        digest: Checksum::of(&seen.text),
        changed_ns: seen.changed_ns,
        bytes: seen.bytes,
        links: seen.links,
    })
}

/// The state of one path alone, and when it was changed last in nanoseconds since
/// 1970; nothing if it is not there.
pub(crate) fn of_file(path: &Path) -> Option<(Checksum, i128)> {
    let mut seen = Seen::default();
    let found = std::fs::symlink_metadata(path).ok()?;
    seen.line(path, &found);
    Some((Checksum::of(&seen.text), seen.changed_ns))
}

#[derive(Default)]
struct Seen {
    text: Vec<u8>,
    changed_ns: i128,
    bytes: u64,
    links: Vec<PathBuf>,
}

impl Seen {
    fn folder(&mut self, folder: &Path, top: bool) -> Result<(), (PathBuf, std::io::Error)> {
        let failed = |error| (folder.to_owned(), error);
        let mut entries = std::fs::read_dir(folder)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .map_err(failed)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        // cargo packs no package with the one around it.
        if !top
            && entries
                .iter()
                .any(|entry| entry.file_name() == "Cargo.toml")
        {
            return Ok(());
        }
        for entry in entries {
            let name = entry.file_name();
            if name == ".git" || top && name == "target" {
                continue;
            }
            let path = entry.path();
            let found = match entry.metadata() {
                Ok(found) => found,
                // Gone since the folder was listed: as if it had never been.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err((path, error)),
            };
            if found.is_dir() {
                self.folder(&path, false)?;
            } else {
                self.line(&path, &found);
            }
        }
        Ok(())
    }

    /// A file that is followed wherever it leads, if it is there at all.
    fn beside(&mut self, path: &Path) {
        if let Ok(found) = std::fs::metadata(path) {
            self.line(path, &found);
        }
    }

    fn line(&mut self, path: &Path, found: &Metadata) {
        let mut line = String::new();
        let written = writeln!(
            line,
            "{} {} {}.{} {}.{} {} {:o} ",
            path.as_os_str().len(),
            found.size(),
            found.mtime(),
            found.mtime_nsec(),
            found.ctime(),
            found.ctime_nsec(),
            found.ino(),
            found.mode(),
        );
        written.expect("writing into memory does not fail");
        self.text.extend_from_slice(line.as_bytes());
        self.text.extend_from_slice(path.as_os_str().as_bytes());
        let changed = i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec());
        self.changed_ns = self.changed_ns.max(changed);
        if found.is_symlink() {
            self.links.push(path.to_owned());
        } else if found.is_file() {
            self.bytes = self.bytes.saturating_add(found.size());
        }
    }
}
