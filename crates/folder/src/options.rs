//! What a packer is told: where it may write, which cargo it runs, how much it takes.
//!
//! Absent: where these come from, but for [`Cargo::of_environment`].

use crossdock_archive::{Limits, Scope};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long one run of cargo may take. Packing is disk and gzip alone: a package at
/// the bound of 512 MiB takes about 20 s on one slow core, a workspace of a hundred
/// usual ones one second.
const DEADLINE: Duration = Duration::from_secs(60);

/// Largest `.crate` file that is read; the server takes no larger one from a mirror.
const ARCHIVE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Most files and folders that are looked at: a checkout of a whole company's
/// sources has some hundred thousand.
const ENTRIES_MAX: usize = 1_000_000;

/// Deepest folder below the one that is read. cargo's own sources nest half as deep.
const DEPTH_MAX: usize = 64;

/// What a [`crate::Packer`] is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where cargo writes for the time of a call. It is made if it is not there; a
    /// call leaves nothing behind.
    pub scratch: PathBuf,
    /// Which cargo packs, and by which configuration.
    pub cargo: Cargo,
    /// Which rules hold for `.crate` files.
    pub scope: Scope,
    /// Bounds of one release, packed or unpacked.
    pub limits: Limits,
    /// Largest `.crate` file in bytes; a larger one is not read.
    pub archive_bytes_max: u64,
    /// Most files and folders of a folder that are looked at.
    pub entries_max: usize,
    /// How deep a folder is looked into.
    pub depth_max: usize,
}

/// Which cargo packs, and what it knows.
#[derive(Clone, Debug)]
pub struct Cargo {
    /// The program.
    pub program: OsString,
    /// Addresses of the registries that manifests name: what cargo takes from
    /// `CARGO_REGISTRIES_<NAME>_INDEX`. They land in the packed manifests.
    pub registries: BTreeMap<String, String>,
    /// Whether cargo reads the configuration of the folder it packs and of those
    /// above it. With it a folder decides which programs cargo may run, so it is for
    /// folders of the person who asks.
    pub folder_configuration: bool,
    /// How long one run may take.
    pub deadline: Duration,
}

impl Options {
    /// Takes archives that exist elsewhere and are only passed on: they have to be
    /// safe, and nothing else is asked of them.
    #[must_use]
    pub fn passed_on(mut self) -> Self {
        self.scope = Scope::Mirror;
        self
    }

    /// The usual bounds, the cargo of the environment, and the rules of a publish.
    pub fn new(scratch: PathBuf) -> Self {
        Self {
            scratch,
            cargo: Cargo::of_environment(),
            scope: Scope::Publish,
            limits: Limits::default(),
            archive_bytes_max: ARCHIVE_BYTES_MAX,
            entries_max: ENTRIES_MAX,
            depth_max: DEPTH_MAX,
        }
    }
}

impl Cargo {
    /// The program that `CARGO` names (cargo sets it for what it runs), else `cargo`.
    pub fn of_environment() -> Self {
        Self {
            program: std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            registries: BTreeMap::new(),
            folder_configuration: false,
            deadline: DEADLINE,
        }
    }
}
