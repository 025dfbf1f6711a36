//! Lists of names on disk: a file of lines, or a folder like a checkout of an index.
//!
//! Bounded by the number of names; a list is the operator's own, but a wrong path
//! must not eat the machine.

use super::list::{Gathered, NameList};
use crossdock_core::name::{CrateName, NAME_BYTES_MAX, NameError};
use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Names on one list; twenty times what crates.io has.
const NAMES_MAX: usize = 5_000_000;

/// Longest line, in bytes: a name, blanks and a carriage return, or a comment.
const LINE_BYTES_MAX: usize = 1024;

/// How deep folders nest; an index has two, names of four letters and more.
const DEPTH_MAX: usize = 4;

/// What is looked at in a checkout: git writes it anew whenever files change.
const GIT_INDEX: &str = ".git/index";

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The system does not give it.
    #[error("could not read the list of public names {}: {source}", path.display())]
    Unreadable {
        /// What was read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line is no name.
    #[error("{}, line {line}: {source}; write one crate name on each line", path.display())]
    NoName {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The rule that it breaks.
        source: NameError,
    },
    /// There are more names than a list may have.
    #[error("{} has more than {NAMES_MAX} names", path.display())]
    TooMany {
        /// The list.
        path: PathBuf,
    },
}

/// When a list changed last, as far as its folders tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(Option<SystemTime>, u64)>);

/// Reads a list.
pub(super) fn read(path: &Path) -> Result<NameList, ListError> {
    let metadata = metadata(path)?;
    let mut gathered = Gathered::default();
    match metadata.is_dir() {
        true => folder(path, path, 0, &mut gathered)?,
        false => lines(path, &mut gathered)?,
    }
    Ok(gathered.into_list())
}

/// Tells when a list changed last, without reading it.
pub(super) fn stamp(path: &Path) -> Result<Stamp, ListError> {
    let of = |metadata: &Metadata| (metadata.modified().ok(), metadata.len());
    let list = metadata(path)?;
    if !list.is_dir() {
        return Ok(Stamp(vec![of(&list)]));
    }
    if let Ok(index) = fs::metadata(path.join(GIT_INDEX)) {
        return Ok(Stamp(vec![of(&index)]));
    }
    let mut stamps = vec![of(&list)];
    folders(path, 0, &mut |metadata| stamps.push(of(metadata)))?;
    Ok(Stamp(stamps))
}

fn lines(path: &Path, gathered: &mut Gathered) -> Result<(), ListError> {
    let unreadable = |source| ListError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let limited = (&mut reader)
            .take(LINE_BYTES_MAX as u64)
            .read_until(b'\n', &mut bytes);
        if limited.map_err(unreadable)? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let name = CrateName::parse(text).map_err(|source| ListError::NoName {
            path: path.to_owned(),
            line,
            source,
        })?;
        add(path, &name, gathered)?;
    }
    Ok(())
}

/// Takes the names of files in a folder and those below; what is no name, such as
/// `config.json`, is none, and what begins with a dot is not looked at.
fn folder(
    list: &Path,
    path: &Path,
    depth: usize,
    gathered: &mut Gathered,
) -> Result<(), ListError> {
    for (name, entry) in entries(path)? {
        if entry.is_dir() {
            if depth < DEPTH_MAX {
                folder(list, &path.join(&name), depth + 1, gathered)?;
            }
        } else if name.len() <= NAME_BYTES_MAX
            && let Ok(name) = CrateName::parse(&name)
        {
            add(list, &name, gathered)?;
        }
    }
    Ok(())
}

fn folders(path: &Path, depth: usize, seen: &mut impl FnMut(&Metadata)) -> Result<(), ListError> {
    for (name, entry) in entries(path)? {
        if entry.is_dir() && depth < DEPTH_MAX {
            let below = path.join(&name);
            seen(&metadata(&below)?);
            folders(&below, depth + 1, seen)?;
        }
    }
    Ok(())
}

/// Lists a folder in order of names.
fn entries(path: &Path) -> Result<Vec<(String, fs::FileType)>, ListError> {
    let unreadable = |source| ListError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if !name.starts_with('.') {
            found.push((name, entry.file_type().map_err(unreadable)?));
        }
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(found)
}

fn add(list: &Path, name: &CrateName, gathered: &mut Gathered) -> Result<(), ListError> {
    if gathered.len() == NAMES_MAX {
        return Err(ListError::TooMany {
            path: list.to_owned(),
        });
    }
    gathered.add(&name.key());
    Ok(())
}

fn metadata(path: &Path) -> Result<Metadata, ListError> {
    fs::metadata(path).map_err(|source| ListError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
