//! `crossdock lock verify | refresh`: the Cargo.lock of a project beside its registries.
//!
//! Absent: what a line is held against (`crossdock-client`).

mod clean;
mod refresh;
mod verify;

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome};
use clap::{Args, Subcommand};
use crossdock_client::cargo_sources::{CargoSources, cargo_home};
use crossdock_client::lock::Lookup;
use crossdock_client::sparse_index::ReadError;
use crossdock_core::address::{Address, AddressError};
use crossdock_wire::lockfile::{self, LOCKFILE_BYTES_MAX, Lockfile, LockfileError};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// `crossdock lock`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  crossdock lock verify --deny yanked
  crossdock lock refresh petal@1.1.5 --clean")]
pub(crate) struct Lock {
    #[command(subcommand)]
    command: LockCommand,
}

#[derive(Debug, Subcommand)]
enum LockCommand {
    /// Holds every line of a lock against the registry or view it is from.
    Verify(verify::Verify),
    /// Brings named checksums to what the registry has now.
    Refresh(refresh::Refresh),
}

/// Which lock, and where its lines are looked up.
#[derive(Debug, Args)]
struct OfLock {
    /// The lock; else the one of the project around this folder.
    #[arg(long, value_name = "PATH")]
    lock: Option<PathBuf>,
    /// View that stands for crates.io; else what cargo's configuration puts in its place.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

/// Why a lock cannot be worked with.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// There is none.
    #[error("there is no Cargo.lock in this folder or above")]
    Nowhere,
    /// The system refuses.
    #[error("could not read {}", path.display())]
    Unreadable {
        /// The lock.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no lock.
    #[error("could not read {}", path.display())]
    NoLock {
        /// The lock.
        path: PathBuf,
        /// What is wrong with it.
        source: LockfileError,
    },
    /// The server has no address that could be read.
    #[error("the view cannot be read at {0}")]
    View(String, #[source] AddressError),
}

/// A lock as it lies on disk.
pub(crate) struct OnDisk {
    /// Where.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What it says.
    pub(crate) lock: Lockfile,
}

/// Does what is asked of a lock.
pub(crate) fn lock(arguments: &Lock) -> Result<Outcome, Failure> {
    match &arguments.command {
        LockCommand::Verify(arguments) => verify::verify(arguments),
        LockCommand::Refresh(arguments) => refresh::refresh(arguments),
    }
}

impl OfLock {
    /// Reads the lock and finds where its lines are looked up.
    fn open(&self) -> Result<(OnDisk, Lookup), Failure> {
        let path = match &self.lock {
            Some(path) => path.clone(),
            None => around().map_err(Failure::plain)?,
        };
        let on_disk = read(&path).map_err(Failure::plain)?;
        let folder = path.canonicalize().unwrap_or_else(|_| path.clone());
        let folder = folder.parent().unwrap_or(Path::new("."));
        let sources = CargoSources::load(folder, cargo_home().as_deref());
        let server = asked_server::find(&self.server)?;
        let view = self.view.as_ref().map(|view| {
            let base = server.url().as_str().trim_end_matches('/');
            let address = format!("sparse+{base}/{view}/index/");
            Address::parse(&address).map_err(|error| LockError::View(address, error))
        });
        let lookup = Lookup {
            sources: sources.map_err(Failure::plain)?,
            view: view.transpose().map_err(Failure::plain)?,
            server: Some((server.url().clone(), server.token().cloned())),
        };
        Ok((on_disk, lookup))
    }
}

/// Reads a lock.
///
/// # Errors
/// [`LockError`] names the file.
pub(crate) fn read(path: &Path) -> Result<OnDisk, LockError> {
    let unreadable = |source| LockError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    // One byte more than a lock may have, so that `decode` says what is wrong.
    let mut file = file.take(LOCKFILE_BYTES_MAX as u64 + 1);
    file.read_to_string(&mut text).map_err(unreadable)?;
    match lockfile::decode(&text) {
        Ok(lock) => Ok(OnDisk {
            path: path.to_owned(),
            text,
            lock,
        }),
        Err(source) => Err(LockError::NoLock {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Finds the lock of the project around the current folder.
fn around() -> Result<PathBuf, LockError> {
    let here = std::env::current_dir().map_err(|_| LockError::Nowhere)?;
    let locks = here.ancestors().map(|folder| folder.join("Cargo.lock"));
    let found = locks.into_iter().find(|lock| lock.is_file());
    found.ok_or(LockError::Nowhere)
}

/// Says why a registry was not read.
fn failed(error: ReadError) -> Failure {
    match &error {
        ReadError::NotThere { .. } => {
            Failure::hinted(error, "is the registry running? nothing was changed")
        }
        ReadError::Refused { status, .. } if status.as_u16() == 401 => {
            Failure::hinted(error, "give a token with --token or CROSSDOCK_TOKEN")
        }
        _ => Failure::plain(error),
    }
}
