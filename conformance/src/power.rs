//! What a disk may have after the power was lost, of what was written to it.
//!
//! Durable is what was synced: of a file by its own, of a name by its folder's. Of all
//! else each piece may be there or not, whatever came first: a page of 4 KiB of a write,
//! half of a page, a length, a name that a rename gave and the one that it took. This is
//! less than file systems do, and what POSIX leaves them to do.
//!
//! Absent: where the writes are from (`recorder.rs`), and files that are only shared
//! memory of processes that run (`-shm`), which the next one makes anew.

use crate::recorder::Operation;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is written at once, or not, in the kernel's memory.
const PAGE: usize = 4096;

/// What disks write at once.
const SECTOR: usize = 512;

/// Which of what was not synced is there all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// All: the process was killed, and the machine runs on.
    All,
    /// Nothing.
    Nothing,
    /// Names, and nothing of the files.
    Names,
    /// Bytes, and none of the names.
    Bytes,
    /// Some of it, and half pages.
    Some,
}

/// A disk on which not everything is durable.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: BTreeMap<u64, File>,
    /// What names lead to, durably.
    names: BTreeMap<PathBuf, u64>,
    /// What folders say otherwise since they were synced, in order.
    renamed: Vec<(PathBuf, Option<u64>)>,
    /// Numbers of the kernel, which it gives again, as ours, which are not.
    numbers: BTreeMap<u64, u64>,
    folders: Vec<PathBuf>,
    next: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Written { offset: usize, bytes: Vec<u8> },
    Cut(usize),
}

impl Disk {
    /// Takes a folder as it is, all of it durable.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut disk = Self::default();
        disk.take(&folder.canonicalize()?)?;
        Ok(disk)
    }

    fn take(&mut self, folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt as _;
        self.folders.push(folder.to_owned());
        for entry in fs::read_dir(folder)? {
            let (path, metadata) = {
                let entry = entry?;
                (entry.path(), entry.metadata()?)
            };
            if metadata.is_dir() {
                self.take(&path)?;
            } else if !is_shared_memory(&path) {
                let file = self.file_of(metadata.ino());
                self.files.entry(file).or_default().durable = fs::read(&path)?;
                self.names.insert(path, file);
            }
        }
        Ok(())
    }

    fn file_of(&mut self, kernels: u64) -> u64 {
        let next = &mut self.next;
        *self.numbers.entry(kernels).or_insert_with(|| {
            *next += 1;
            *next
        })
    }

    /// Does what was done.
    ///
    /// # Panics
    /// If it is not known what that is.
    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Made { file, path } => {
                if is_shared_memory(path) || self.now(path).is_some() {
                    return;
                }
                // Perhaps the number of one that is gone.
                self.numbers.remove(file);
                let file = self.file_of(*file);
                self.files.insert(file, File::default());
                self.renamed.push((path.clone(), Some(file)));
            }
            Operation::Written {
                file,
                offset,
                bytes,
            } => {
                let offset = usize::try_from(*offset).expect("tests write small files");
                let bytes = bytes.clone();
                self.change(*file, Change::Written { offset, bytes });
            }
            Operation::Cut { file, bytes } => {
                let bytes = usize::try_from(*bytes).expect("tests write small files");
                self.change(*file, Change::Cut(bytes));
            }
            Operation::FileSynced { file } => {
                if let Some(file) = self.numbers.get(file).and_then(|of| self.files.get_mut(of)) {
                    for change in std::mem::take(&mut file.since) {
                        change.happen(&mut file.durable);
                    }
                }
            }
            Operation::FolderSynced { path } => {
                let (synced, rest) = std::mem::take(&mut self.renamed)
                    .into_iter()
                    .partition(|(name, _)| name.parent() == Some(path));
                self.renamed = rest;
                for (name, file) in synced {
                    lead(&mut self.names, name, file);
                }
            }
            Operation::Renamed { from, to } => {
                let file = self.now(from);
                if file.is_some() {
                    self.renamed.push((to.clone(), file));
                    self.renamed.push((from.clone(), None));
                }
            }
            Operation::Removed { path } => {
                if self.now(path).is_some() {
                    self.renamed.push((path.clone(), None));
                }
            }
            Operation::Unknown { call } => {
                crate::command::fail(&format!("what was written is not known: {call}"))
            }
        }
    }

    fn change(&mut self, file: u64, change: Change) {
        // Shared memory has no number.
        if let Some(file) = self
            .numbers
            .get(&file)
            .and_then(|of| self.files.get_mut(of))
        {
            file.since.push(change);
        }
    }

    /// What a name leads to for whoever looks now.
    fn now(&self, path: &Path) -> Option<u64> {
        let latest = self.renamed.iter().rev().find(|(name, _)| name == path);
        latest.map_or_else(|| self.names.get(path).copied(), |(_, file)| *file)
    }

    /// What may be left, as files: chosen by a seed.
    pub fn left(&self, left: Left, seed: u64) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut chance = Chance(seed);
        let mut names = self.names.clone();
        for (name, file) in &self.renamed {
            let is_there = match left {
                Left::All | Left::Names => true,
                Left::Nothing | Left::Bytes => false,
                Left::Some => chance.half(),
            };
            if is_there {
                lead(&mut names, name.clone(), *file);
            }
        }
        let bytes = |file: &File, chance: &mut Chance| {
            let mut bytes = file.durable.clone();
            for change in &file.since {
                match left {
                    Left::All | Left::Bytes => change.clone().happen(&mut bytes),
                    Left::Nothing | Left::Names => {}
                    Left::Some => change.happen_in_part(&mut bytes, chance),
                }
            }
            bytes
        };
        let files = names.into_iter();
        files
            .filter_map(|(name, file)| Some((name, bytes(self.files.get(&file)?, &mut chance))))
            .collect()
    }

    /// Writes what may be left into another folder, with all folders there are.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, files: &BTreeMap<PathBuf, Vec<u8>>, into: &Path) -> io::Result<()> {
        let top = &self.folders[0];
        let place = |path: &Path| into.join(path.strip_prefix(top).unwrap_or(path));
        for folder in &self.folders {
            fs::create_dir_all(place(folder))?;
        }
        for (path, bytes) in files {
            // Some of them are secret, and refused where others may read them.
            let file = fs::OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .mode(0o600)
                .open(place(path));
            file?.write_all(bytes)?;
        }
        Ok(())
    }
}

fn is_shared_memory(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}

fn lead(names: &mut BTreeMap<PathBuf, u64>, name: PathBuf, file: Option<u64>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(&name),
    };
}

impl Change {
    fn happen(self, file: &mut Vec<u8>) {
        match self {
            Self::Cut(bytes) => file.resize(bytes, 0),
            Self::Written { offset, bytes } => put(file, offset, &bytes),
        }
    }

    fn happen_in_part(&self, file: &mut Vec<u8>, chance: &mut Chance) {
        match self {
            Self::Cut(bytes) if chance.half() => file.resize(*bytes, 0),
            Self::Cut(_) => {}
            Self::Written { offset, bytes } => {
                for (number, page) in bytes.chunks(PAGE).enumerate() {
                    let offset = offset + number * PAGE;
                    match chance.roll(8) {
                        // A page of which the first sectors came to the disk.
                        0 => put(file, offset, &page[..page.len() / 2 / SECTOR * SECTOR]),
                        1..=4 => put(file, offset, page),
                        _ => {}
                    }
                }
            }
        }
    }
}

fn put(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = offset + bytes.len();
    file.resize(file.len().max(end), 0);
    file[offset..end].copy_from_slice(bytes);
}

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn half(&mut self) -> bool {
        self.roll(2) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(operations: &[Operation]) -> Disk {
        let mut disk = Disk::default();
        for operation in operations {
            disk.apply(operation);
        }
        disk
    }

    fn written(file: u64, text: &str) -> Operation {
        let bytes = text.as_bytes().to_vec();
        Operation::Written {
            file,
            offset: 0,
            bytes,
        }
    }

    fn left(disk: &Disk, left: Left) -> Vec<(String, String)> {
        let files = disk.left(left, 1).into_iter();
        let text = |(name, bytes): (PathBuf, Vec<u8>)| {
            let bytes = String::from_utf8_lossy(&bytes).into_owned();
            (name.display().to_string(), bytes)
        };
        files.map(text).collect()
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn what_was_not_synced_is_not_relied_on() {
        let (new, name) = (PathBuf::from("/d/new"), PathBuf::from("/d/name"));
        let mut done = vec![
            Operation::Made {
                file: 7,
                path: new.clone(),
            },
            written(7, "abc"),
            Operation::Renamed {
                from: new,
                to: name,
            },
        ];
        assert_eq!(left(&disk(&done), Left::All), [pair("/d/name", "abc")]);
        assert_eq!(left(&disk(&done), Left::Nothing), []);
        assert_eq!(left(&disk(&done), Left::Names), [pair("/d/name", "")]);
        done.insert(2, Operation::FileSynced { file: 7 });
        assert_eq!(left(&disk(&done), Left::Nothing), []);
        assert_eq!(left(&disk(&done), Left::Names), [pair("/d/name", "abc")]);
        done.push(Operation::FolderSynced { path: "/d".into() });
        assert_eq!(left(&disk(&done), Left::Nothing), [pair("/d/name", "abc")]);
        // The kernel's number for another file, after this one is gone.
        done.push(Operation::Removed {
            path: "/d/name".into(),
        });
        done.push(Operation::Made {
            file: 7,
            path: "/d/other".into(),
        });
        assert_eq!(left(&disk(&done), Left::Nothing), [pair("/d/name", "abc")]);
        assert_eq!(left(&disk(&done), Left::All), [pair("/d/other", "")]);
    }
}
