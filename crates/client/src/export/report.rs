//! What is told of an export that was made.

use super::closure::Closure;
use super::contents::{Contents, Format, Source};
use super::earlier::Unneeded;
use super::edges::Held;
use super::layout;
use super::place::Place;
use super::run::Wish;
use serde::Serialize;
use std::path::PathBuf;

/// What became of an export.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The file that cargo is given.
    pub config: PathBuf,
    /// How it lies there.
    pub format: Format,
    /// The sources.
    pub sources: Vec<SourceReport>,
    /// Releases of the locks.
    pub releases: usize,
    /// How many of them were fetched now.
    pub fetched: usize,
    /// The bytes of their archives.
    pub fetched_bytes: u64,
    /// What is there and no lock needs; removed if it was wished.
    pub unneeded: Vec<String>,
    /// Whether that was removed.
    pub pruned: bool,
    /// Members of workspaces and path dependencies, which are where they are.
    pub local: Vec<String>,
    /// What is from git repositories and elsewhere, and not in the export.
    pub left: Vec<String>,
    /// Dependencies that rows lead to where the export has nothing for them.
    pub unmet: Vec<String>,
}

/// One source of an export.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// The address that locks have.
    pub identity: String,
    /// Its folder below the export.
    pub folder: String,
    /// How many releases are there.
    pub releases: usize,
}

pub(super) fn report(
    place: &Place,
    contents: &Contents,
    closure: Closure,
    fetched: &[usize],
    unneeded: &[Unneeded],
    wish: &Wish,
) -> Report {
    let source = |source: &Source| SourceReport {
        identity: source.identity.clone(),
        folder: layout::folder(source),
        releases: source.releases.len(),
    };
    let told = |it: &Unneeded| {
        let release = &it.exported.release;
        format!("{} {} ({})", release.name, release.version, it.identity)
    };
    let held = Held::of_export(contents);
    Report {
        config: place.root().join(layout::CONFIG),
        format: contents.format,
        sources: contents.sources.iter().map(source).collect(),
        releases: closure.wanted.values().map(Vec::len).sum(),
        fetched: fetched.len(),
        fetched_bytes: fetched.iter().map(|bytes| *bytes as u64).sum(),
        unneeded: unneeded.iter().map(told).collect(),
        pruned: wish.prune,
        local: closure.local,
        left: closure.left,
        unmet: contents
            .sources
            .iter()
            .flat_map(|source| held.lacking(source))
            .map(|lacking| format!("{} needs {}", lacking.dependent, lacking.needs))
            .collect(),
    }
}
