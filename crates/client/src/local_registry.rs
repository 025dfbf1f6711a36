//! cargo's local registries: a folder with `index` and `.crate` files beside it.
//!
//! Cargo Book, "Source Replacement", Local Registry Sources.
//!
//! Absent: reading the archives, which is done when one is sent.

use crate::offered::{Archive, NotOffered, Offered, of_index};
use crossdock_wire::index_path;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Deepest file of an index: `index/ab/cd/abcd`.
const DEPTH_MAX: usize = 3;

/// Longest index file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Tells whether a folder is a local registry.
pub fn is_one(folder: &Path) -> bool {
    folder.join("index").is_dir()
}

/// Lists what a local registry has.
pub fn offered(folder: &Path) -> (Vec<Offered>, Vec<NotOffered>) {
    let index = folder.join("index");
    let (mut offered, mut missing) = (Vec::new(), Vec::new());
    for file in files(&index, 1) {
        let path = file.strip_prefix(&index).ok().and_then(Path::to_str);
        let Some(name) = path.and_then(index_path::parse) else {
            continue;
        };
        match read(&file, FILE_BYTES_MAX) {
            Ok(bytes) => {
                let archive_of = |release: &crossdock_core::release::Release| {
                    let archive = format!("{}-{}.crate", release.name, release.version);
                    let archive = folder.join(archive);
                    archive.is_file().then_some(Archive::File(archive))
                };
                let (found, lacking) = of_index(&bytes, &name, archive_of);
                offered.extend(found);
                missing.extend(lacking);
            }
            Err(error) => missing.push(NotOffered {
                krate: Some(name.key()),
                what: file.display().to_string(),
                why: error.to_string(),
            }),
        }
    }
    (offered, missing)
}

/// Reads a file of at most `bytes_max` bytes.
///
/// # Errors
/// What the system says, or that it is larger.
pub fn read(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > bytes_max {
        true => Err(std::io::Error::other(format!(
            "it is larger than {bytes_max} bytes, the most that is read"
        ))),
        false => Ok(bytes),
    }
}

/// Files below a folder in the order of their names; what cannot be listed has none.
fn files(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        match fs::symlink_metadata(&path) {
            Ok(kind) if kind.is_dir() && depth < DEPTH_MAX => found.extend(files(&path, depth + 1)),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}
