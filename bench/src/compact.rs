//! `bench compact`: real archives, packed: how small they get, and how fast they are read.
//!
//! They are fetched once from crates.io, by a served Crossdock and through its mirror, a
//! few at a time; then the store packs them, as in a server. Two selections of each
//! crate: ten versions spread over all there are, and the ten newest.
//!
//! Absent: the rest of a server; reads are the store's, without HTTP.

mod archives;
mod reads;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Blobs, Compaction, Line, LineRelease};
use crossdock_store::TieredBlobs;
use serde::Serialize;

pub(crate) use archives::Selection;

use archives::Archive;

/// Libraries that many depend on, of all ages; chosen before anything was measured.
const NAMES: [&str; 24] = [
    "serde",
    "libc",
    "rand",
    "log",
    "syn",
    "regex",
    "clap",
    "tokio",
    "hyper",
    "serde_json",
    "bitflags",
    "itertools",
    "url",
    "num-traits",
    "time",
    "uuid",
    "nom",
    "tempfile",
    "chrono",
    "semver",
    "toml",
    "quote",
    "proc-macro2",
    "cc",
];

/// Versions of each crate in a selection.
const VERSIONS: usize = 10;

/// What is measured.
#[derive(Debug, Serialize)]
pub(crate) struct Compacted {
    pub(crate) selections: Vec<Selected>,
    pub(crate) reads: reads::Reads,
}

/// What became of one selection.
#[derive(Debug, Serialize)]
pub(crate) struct Selected {
    pub(crate) selection: Selection,
    pub(crate) crates: usize,
    pub(crate) archives: usize,
    /// Archives that no encoder made again, and that stay as they are.
    pub(crate) stays_raw: usize,
    pub(crate) raw_bytes: u64,
    /// Bytes of chains on the disk, headers included.
    pub(crate) kept_bytes: u64,
    pub(crate) pack_secs: f64,
    /// The crate that is kept best, and the one that is kept worst.
    pub(crate) best: (String, f64),
    pub(crate) worst: (String, f64),
    pub(crate) median_percent: f64,
}

impl Selected {
    /// What is kept, of a hundred of what there was.
    pub(crate) fn percent(&self) -> f64 {
        percent(self.kept_bytes, self.raw_bytes)
    }
}

/// Fetches, packs and reads; `reads_many` archives are asked for under the skewed load.
pub(crate) fn run(reads_many: usize, scratch: &Path, progress: impl Fn(&str)) -> Result<Compacted> {
    progress("fetching archives through our mirror");
    let fetched = archives::fetch(&NAMES, VERSIONS, scratch, &progress)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let mut selections = Vec::new();
        for selection in Selection::ALL {
            progress(&format!("packing: {selection:?}"));
            let folder = scratch.join(format!("{selection:?}"));
            let of_selection: Vec<_> = fetched
                .iter()
                .filter(|one| one.selections.contains(&selection))
                .collect();
            selections.push(packed(selection, &of_selection, &folder).await?);
        }
        progress("reading");
        let folder = scratch.join("reads");
        let all: Vec<_> = fetched.iter().collect();
        let reads = reads::measure(&all, reads_many, &folder).await?;
        Ok(Compacted { selections, reads })
    })
}

async fn packed(selection: Selection, of: &[&Archive], folder: &Path) -> Result<Selected> {
    // No room at hand: what is read is made again.
    let store = TieredBlobs::open(folder, 0)?;
    keep(&store, of).await?;
    let began = Instant::now();
    pack(&store, of).await?;
    let pack_secs = began.elapsed().as_secs_f64();
    let chains = folder.join("chains");
    let (mut kept_bytes, mut by_name) = (0, Vec::new());
    for name in names(of) {
        let raw: u64 = of_name(of, &name).map(|one| one.bytes.len() as u64).sum();
        let kept = chain_bytes(&chains, &name)?;
        kept_bytes += kept;
        by_name.push((name, percent(kept, raw)));
    }
    by_name.sort_by(|one, other| one.1.total_cmp(&other.1));
    for archive in of {
        let read = store.read(&archive.checksum).await?;
        ensure!(
            read.as_ref() == Some(&archive.bytes),
            "{} {} did not come back as it was",
            archive.name,
            archive.version
        );
    }
    let packed: u64 = store
        .tiers()
        .registries
        .values()
        .map(|of| of.archives)
        .sum();
    let distinct: BTreeSet<_> = of.iter().map(|one| one.checksum).collect();
    let none = || ("none".to_owned(), 0.0);
    Ok(Selected {
        selection,
        crates: by_name.len(),
        archives: distinct.len(),
        stays_raw: distinct.len() - usize::try_from(packed)?,
        raw_bytes: of.iter().map(|one| one.bytes.len() as u64).sum(),
        kept_bytes,
        pack_secs,
        median_percent: by_name.get(by_name.len() / 2).map_or(0.0, |(_, of)| *of),
        best: by_name.first().cloned().unwrap_or_else(none),
        worst: by_name.last().cloned().unwrap_or_else(none),
    })
}

/// Keeps archives as a server does that fetched them.
pub(super) async fn keep(store: &TieredBlobs, archives: &[&Archive]) -> Result<()> {
    for archive in archives {
        store.keep(&archive.checksum, archive.bytes.clone()).await?;
    }
    Ok(())
}

/// Packs them without a rest.
pub(super) async fn pack(store: &TieredBlobs, archives: &[&Archive]) -> Result<()> {
    for name in names(archives) {
        let mut releases: Vec<_> = of_name(archives, &name)
            .map(|one| LineRelease {
                version: one.version.clone(),
                checksum: one.checksum,
                published: one.published,
            })
            .collect();
        releases.sort_by(|one, other| one.version.cmp(&other.version));
        let line = Line {
            registry: registry()?,
            name: IndexName::parse(&name)?,
            releases,
        };
        while store.pack(&line).await?.more {}
    }
    Ok(())
}

fn registry() -> Result<RegistryName> {
    RegistryName::parse("crates-io").context("a registry's name")
}

fn names(archives: &[&Archive]) -> BTreeSet<String> {
    archives.iter().map(|one| one.name.clone()).collect()
}

fn of_name<'a>(archives: &'a [&Archive], name: &str) -> impl Iterator<Item = &'a Archive> {
    let mut seen = BTreeSet::<Checksum>::new();
    let name = name.to_owned();
    let of_name = archives.iter().filter(move |one| one.name == name);
    of_name
        .filter(move |one| seen.insert(one.checksum))
        .copied()
}

fn chain_bytes(chains: &Path, name: &str) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(chains)? {
        let entry = entry?;
        let file = entry.file_name();
        let file = file.to_string_lossy();
        let of_name = file
            .strip_prefix("crates-io.")
            .and_then(|rest| rest.strip_prefix(name));
        if of_name.is_some_and(|rest| rest.starts_with('.')) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
