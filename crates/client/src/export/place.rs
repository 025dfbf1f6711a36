//! The folder of an export: one writer at a time, every file whole.
//!
//! What is new is written to a folder of its own and renamed from there, so whoever
//! builds sees the old file or the new one, and what an interrupted run left behind is
//! taken away by the next. Files are synced before they are renamed; of unpacked crates,
//! thousands of small files, only their checksums speak: the next run and `--verify` read
//! every byte of them.
//!
//! Absent: what is in the files.

use super::contents::{self, Contents};
use super::error::ExportError;
use crossdock_archive::Tree;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Who holds its lock writes here; it also says that the folder is an export.
const LOCK: &str = ".crossdock-export.lock";

/// Where what is new lies until it is whole.
const NEW: &str = ".crossdock-new";

/// The folder of an export.
#[derive(Debug)]
pub struct Place {
    root: PathBuf,
    made: AtomicUsize,
    // Released when it is closed, however the program ends.
    _lock: Option<File>,
    // What this program made and takes away again if nothing was exported to it: folders,
    // the innermost first.
    fresh: Option<Vec<PathBuf>>,
}

impl Place {
    /// Opens a folder to write an export to; an empty one, one that is not there yet, or
    /// one that is an export.
    ///
    /// # Errors
    /// [`ExportError::Folder`] or [`ExportError::System`].
    pub fn open(root: &Path) -> Result<Self, ExportError> {
        let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let new = root.ancestors().take_while(is_new);
        let new: Vec<PathBuf> = new.map(Path::to_owned).collect();
        fs::create_dir_all(root).map_err(|error| ExportError::system("make", root, error))?;
        let root = canonical(root)?;
        let refuse = |why: &str| ExportError::Folder {
            path: root.clone(),
            why: why.to_owned(),
        };
        let path = root.join(LOCK);
        let is_fresh = !path.exists();
        if is_fresh && entries(&root)?.next().is_some() {
            return Err(refuse(
                "holds something that is no export; name an empty folder",
            ));
        }
        let opened = File::options().create(true).append(true).open(&path);
        let lock = opened.map_err(|error| ExportError::system("open", &path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(refuse("is being written by another `crossdock export`"));
            }
            // Some file systems have no locks; then there is none to heed either.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => {
                return Err(ExportError::system("lock", &path, error));
            }
        }
        let place = Self {
            made: AtomicUsize::new(0),
            _lock: Some(lock),
            root,
            fresh: is_fresh.then_some(new),
        };
        place.remove(NEW)?;
        Ok(place)
    }

    /// Looks at an export without changing anything; it may be on a medium that cannot
    /// be written.
    ///
    /// # Errors
    /// [`ExportError::Folder`] if it is none.
    pub fn look(root: &Path) -> Result<(Self, Contents), ExportError> {
        let place = Self {
            root: canonical(root)?,
            made: AtomicUsize::new(0),
            _lock: None,
            fresh: None,
        };
        match place.contents()? {
            Some(contents) => Ok((place, contents)),
            None => Err(ExportError::Folder {
                path: place.root.clone(),
                why: "is no export, or one that was never finished".to_owned(),
            }),
        }
    }

    /// Returns where it is, without links in the path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Reads what the export holds; nothing if none was finished here.
    ///
    /// # Errors
    /// [`ExportError::Contents`] or [`ExportError::System`].
    pub fn contents(&self) -> Result<Option<Contents>, ExportError> {
        let text = self.read(contents::FILE_NAME)?;
        Ok(text.map(|text| contents::decode(&text)).transpose()?)
    }

    /// Reads a file; one that does not exist is nothing.
    ///
    /// # Errors
    /// [`ExportError::System`].
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ExportError> {
        let path = self.root.join(path);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if is_nothing(&error) => Ok(None),
            Err(error) => Err(ExportError::system("read", &path, error)),
        }
    }

    /// Writes a file whole, unless it says the same already.
    ///
    /// # Errors
    /// [`ExportError::System`]; then what was there is there.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        if self.read(path)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        let new = self.new_path()?;
        let write = || {
            let mut file = File::create_new(&new)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|error| ExportError::system("write", &new, error))?;
        self.rename(&new, path)
    }

    /// Writes a folder of files whole, in the place of one that is there.
    ///
    /// # Errors
    /// [`ExportError::System`].
    pub fn write_folder(&self, path: &str, tree: &Tree) -> Result<(), ExportError> {
        let new = self.new_path()?;
        for (below, file) in tree {
            let path = new.join(below);
            write_loose(&path, &file.bytes, file.executable)
                .map_err(|error| ExportError::system("write", &path, error))?;
        }
        self.remove(path)?;
        self.rename(&new, path)
    }

    /// Removes a file or folder that may be there.
    ///
    /// # Errors
    /// [`ExportError::System`].
    pub fn remove(&self, path: &str) -> Result<(), ExportError> {
        let path = self.root.join(path);
        let removed = match fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if !is_nothing(&error) => Err(ExportError::system("remove", &path, error)),
            _ => Ok(()),
        }
    }

    /// Makes sure that what was renamed stays so, and clears up. For the end.
    ///
    /// # Errors
    /// [`ExportError::System`].
    pub fn finish(&self) -> Result<(), ExportError> {
        self.remove(NEW)?;
        let synced = File::open(&self.root).and_then(|folder| folder.sync_all());
        synced.map_err(|error| ExportError::system("sync", &self.root, error))
    }

    fn new_path(&self) -> Result<PathBuf, ExportError> {
        let folder = self.root.join(NEW);
        fs::create_dir_all(&folder).map_err(|error| ExportError::system("make", &folder, error))?;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Ok(folder.join(number.to_string()))
    }

    fn rename(&self, new: &Path, path: &str) -> Result<(), ExportError> {
        let path = self.root.join(path);
        let renamed = match path.parent() {
            Some(folder) => fs::create_dir_all(folder).and_then(|()| fs::rename(new, &path)),
            None => fs::rename(new, &path),
        };
        renamed.map_err(|error| ExportError::system("write", &path, error))
    }
}

impl Drop for Place {
    /// Leaves no trace of an export that was refused before anything of it was there. Only
    /// empty folders go, and what cannot be removed stays.
    fn drop(&mut self) {
        let Some(folders) = &self.fresh else {
            return;
        };
        let _not_there = fs::remove_dir(self.root.join(NEW));
        let mut there = fs::read_dir(&self.root).into_iter().flatten().flatten();
        if there.all(|entry| entry.file_name() == LOCK) {
            let _stays = fs::remove_file(self.root.join(LOCK));
            let _stay = folders.iter().try_for_each(fs::remove_dir);
        }
    }
}

/// Lists the files below a folder of an export, by path below the export, sorted; git's
/// own left out. A link is listed, never followed.
///
/// # Errors
/// [`ExportError::System`].
pub(crate) fn files_below(place: &Place, folder: &str) -> Result<Vec<String>, ExportError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = place.root.join(&folder);
        if !path.is_dir() {
            continue;
        }
        for entry in entries(&path)? {
            let entry = entry.map_err(|error| ExportError::system("read", &path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = format!("{folder}/{name}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && name == ".git" => {}
                Ok(kind) if kind.is_dir() => folders.push(below),
                _ => found.push(below),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn entries(path: &Path) -> Result<fs::ReadDir, ExportError> {
    fs::read_dir(path).map_err(|error| ExportError::system("read", path, error))
}

fn canonical(root: &Path) -> Result<PathBuf, ExportError> {
    let found = root.canonicalize();
    found.map_err(|error| ExportError::system("find", root, error))
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn write_loose(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    if executable {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = file.metadata()?.permissions().mode();
        // Whoever may read it may execute it.
        file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
    }
    #[cfg(not(unix))]
    let _ = executable;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_archive::PackedFile;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |text: &str| PackedFile {
            bytes: text.as_bytes().to_vec(),
            executable: true,
        };
        let files = files.iter();
        files
            .map(|(path, text)| ((*path).to_owned(), file(text)))
            .collect()
    }

    #[test]
    fn one_writes_and_the_next_clears_up() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/b");
        let place = Place::open(&out).unwrap();
        assert!(matches!(Place::open(&out), Err(ExportError::Folder { .. })));
        place.write("x/y", b"1").unwrap();
        place.write("x/y", b"2").unwrap();
        place
            .new_path()
            .and_then(|new| {
                fs::write(&new, "half").map_err(|error| ExportError::system("write", &new, error))
            })
            .unwrap();
        drop(place);
        let place = Place::open(&out).unwrap();
        assert!(!out.join(NEW).exists());
        assert_eq!(place.read("x/y").unwrap().as_deref(), Some(&b"2"[..]));
        assert_eq!(place.read("x/y/z").unwrap(), None);
        assert!(matches!(Place::look(&out), Err(ExportError::Folder { .. })));
        place.finish().unwrap();
    }

    #[test]
    fn what_came_to_nothing_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("a/b");
        drop(Place::open(&out).unwrap());
        assert!(!folder.path().join("a").exists());
        fs::create_dir_all(&out).unwrap();
        drop(Place::open(&out).unwrap());
        assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
        let place = Place::open(&out).unwrap();
        place.write("x", b"1").unwrap();
        drop(place);
        assert!(out.join(LOCK).exists() && out.join("x").exists());
        drop(Place::open(&out).unwrap());
        assert!(out.join(LOCK).exists());
    }

    #[test]
    fn a_folder_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::open(folder.path()).unwrap();
        place
            .write_folder("s/c", &tree(&[("old", "1"), ("d/e", "2")]))
            .unwrap();
        place.write_folder("s/c", &tree(&[("d/e", "3")])).unwrap();
        assert_eq!(files_below(&place, "s").unwrap(), ["s/c/d/e"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(place.root().join("s/c/d/e"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o500, 0o500);
        }
        place.remove("s").unwrap();
        place.remove("s").unwrap();
        // What is in the way of a file is an error, and the file that was is there.
        place.write("t", b"1").unwrap();
        assert!(place.write("t/u", b"1").is_err());
        assert_eq!(place.read("t").unwrap().as_deref(), Some(&b"1"[..]));
    }
}
