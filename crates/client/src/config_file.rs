//! cargo's configuration file: which one it is, reading it, replacing it whole; a lock is
//! replaced in the same way.
//!
//! A reader, cargo above all, sees the old text or the new one, never a part. A
//! link stays a link: people keep such files elsewhere and link them.
//!
//! Absent: what is in it (`cargo_config.rs`).

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Which of cargo's configuration files is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// That of the project in this folder, to be committed with it.
    Project(PathBuf),
    /// That of the user.
    User,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file of cargo's early days is there, and cargo would read it instead.
    #[error("{} exists, and cargo reads it instead of config.toml", path.display())]
    OldName {
        /// The file.
        path: PathBuf,
    },
    /// The folder of the project does not exist.
    #[error("{} is no folder", path.display())]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// Neither `CARGO_HOME` nor a home folder is known.
    #[error("neither CARGO_HOME nor a home folder is known")]
    NoHome,
    /// The file may not be written, though its folder may.
    #[error("{} is read-only", .0.display())]
    ReadOnly(PathBuf),
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

/// Finds the file of a place, which need not exist.
///
/// # Errors
/// [`FileError::OldName`], [`FileError::NoFolder`] or [`FileError::NoHome`].
pub fn find(place: &Place) -> Result<PathBuf, FileError> {
    let folder = match place {
        Place::Project(project) if project.is_dir() => project.join(".cargo"),
        Place::Project(project) => {
            return Err(FileError::NoFolder {
                path: project.clone(),
            });
        }
        Place::User => match std::env::var_os("CARGO_HOME") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::home_dir()
                .ok_or(FileError::NoHome)?
                .join(".cargo"),
        },
    };
    // Cargo Book, "Configuration": "Cargo also reads config files without the
    // `.toml` extension, such as `.cargo/config`. […] If both files exist, Cargo
    // will use the file without the extension."
    let old = folder.join("config");
    match old.is_file() {
        true => Err(FileError::OldName { path: old }),
        false => Ok(folder.join("config.toml")),
    }
}

/// Reads a file; one that does not exist is empty.
///
/// # Errors
/// [`FileError::System`].
pub fn read(path: &Path) -> Result<String, FileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(FileError::System {
            what: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Replaces a file as an editor does: only one that may be written to. (A file is
/// replaced by another, which its folder alone would permit.)
///
/// # Errors
/// [`FileError`]; then the old file is as it was.
pub fn write_over(path: &Path, text: &str) -> Result<(), FileError> {
    let is_for_nobody = std::fs::metadata(path).is_ok_and(|file| file.permissions().readonly());
    let opened = File::options().write(true).open(path);
    match opened {
        Ok(_) if is_for_nobody => Err(FileError::ReadOnly(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(FileError::ReadOnly(path.to_owned()))
        }
        _ => write(path, text),
    }
}

/// Replaces a file, or creates it together with its folder.
///
/// # Errors
/// [`FileError::System`]; then the old file is as it was.
pub fn write(path: &Path, text: &str) -> Result<(), FileError> {
    replace(path, text).map_err(|source| FileError::System {
        what: "write",
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = match path.canonicalize() {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    let mut new = tempfile::Builder::new()
        .prefix(&prefix)
        .permissions(permissions(&path)?)
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|error| error.error)?;
    // The new name is in the folder only once the folder is on disk.
    File::open(folder)?.sync_all()
}

/// Those of the old file; else what the user's mask leaves of reading for all.
fn permissions(path: &Path) -> io::Result<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(path) {
        Ok(old) => Ok(old.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(std::fs::Permissions::from_mode(0o666))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_new_file_comes_with_its_folder() {
        let project = tempfile::tempdir().unwrap();
        let path = find(&Place::Project(project.path().to_owned())).unwrap();
        assert_eq!(read(&path).unwrap(), "");
        write(&path, "a = 1\n").unwrap();
        assert_eq!(read(&path).unwrap(), "a = 1\n");
        let beside: Vec<_> = path.parent().unwrap().read_dir().unwrap().collect();
        assert_eq!(beside.len(), 1, "nothing but the file is left: {beside:?}");
    }

    #[test]
    fn links_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, link) = (folder.path().join("kept"), folder.path().join("link"));
        std::fs::write(&kept, "old").unwrap();
        std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        write(&link, "new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "new");
        let mode = std::fs::metadata(&kept).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_cargo_would_prefer_is_not_passed_over() {
        let project = tempfile::tempdir().unwrap();
        std::fs::create_dir(project.path().join(".cargo")).unwrap();
        std::fs::write(project.path().join(".cargo/config"), "").unwrap();
        let place = Place::Project(project.path().to_owned());
        assert!(matches!(find(&place), Err(FileError::OldName { .. })));
        let nowhere = Place::Project(project.path().join("nowhere"));
        assert!(matches!(find(&nowhere), Err(FileError::NoFolder { .. })));
    }
}
