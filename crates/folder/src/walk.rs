//! What lies below a folder: `.crate` files and manifests.
//!
//! Links are not followed: what the folder shows is what lies in it. Hidden folders,
//! `target` and folders tagged as caches are passed over. In a package's folder
//! nothing else is looked for: test data that looks like a crate is none.
//!
//! Absent: reading what was found, but for what a manifest is of.

use crate::manifest_file::{self, Kind};
use crate::options::Options;
use crate::packed::Problem;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

/// What cargo puts into its target folders (Cache Directory Tagging Specification).
const CACHE_TAG: &str = "CACHEDIR.TAG";

/// What was found, each list sorted by path, folders after the files beside them.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) archives: Vec<PathBuf>,
    pub(crate) manifests: Vec<PathBuf>,
    pub(crate) problems: Vec<Problem>,
    entries: usize,
}

/// Looks through a folder.
pub(crate) fn walk(folder: &Path, options: &Options) -> Walked {
    let mut walked = Walked::default();
    look(folder, 0, options, &mut walked);
    walked
}

fn look(folder: &Path, depth: usize, options: &Options, walked: &mut Walked) {
    let entries = match sorted(folder) {
        Ok(entries) => entries,
        Err(error) => return walked.problems.push(Problem::new(folder, error)),
    };
    let before = walked.entries;
    walked.entries += entries.len();
    if walked.entries > options.entries_max {
        if before <= options.entries_max {
            let most = options.entries_max;
            let rule = format!(
                "more than {most} files and folders: it and what comes after it is not looked at"
            );
            walked.problems.push(Problem::new(folder, rule));
        }
        return;
    }
    if depth > 0 && entries.iter().any(|entry| entry.file_name() == CACHE_TAG) {
        return;
    }
    let manifest = entries
        .iter()
        .find(|entry| entry.file_name() == "Cargo.toml");
    if manifest.is_some_and(|entry| is_package(&entry.path(), walked)) {
        return;
    }
    let mut folders = Vec::new();
    for entry in &entries {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folders.push(path),
            Ok(kind) if kind.is_symlink() && is_archive(&path) => {
                let rule = "it is a link; put the file itself there";
                walked.problems.push(Problem::new(&path, rule));
            }
            Ok(_) if is_archive(&path) => walked.archives.push(path),
            Ok(_) => {}
            Err(error) => walked.problems.push(Problem::new(&path, error)),
        }
    }
    for below in folders.iter().filter(|below| !is_passed_over(below)) {
        match depth < options.depth_max {
            true => look(below, depth + 1, options, walked),
            false => {
                let most = options.depth_max;
                let rule = format!("it lies deeper than {most} folders and is not looked into");
                walked.problems.push(Problem::new(below, rule));
            }
        }
    }
}

/// The entries of a folder in an order that no file system decides.
fn sorted(folder: &Path) -> std::io::Result<Vec<DirEntry>> {
    let mut entries = std::fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// Notes a manifest; tells whether it is a package's.
fn is_package(manifest: &Path, walked: &mut Walked) -> bool {
    match manifest_file::kind(manifest) {
        Ok(kind) => {
            walked.manifests.push(manifest.to_owned());
            kind == Kind::Package
        }
        Err(problem) => {
            walked.problems.push(problem);
            false
        }
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "crate")
}

fn is_passed_over(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name == "target" || name.as_encoded_bytes().starts_with(b".")
}
