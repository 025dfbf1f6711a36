//! The project that a command is run in, as cargo finds it.
//!
//! Absent: its dependencies.

use super::stand_in::Configuration;
use crate::lock::{OnDisk, read};
use crate::report::Failure;
use crossdock_client::cargo_sources::{CargoSources, cargo_home, index_variable};
use crossdock_client::directory_source::{self, Laid};
use crossdock_client::run::{Place, Stand, kept::Kept};
use crossdock_client::whole_file;
use crossdock_core::checksum::Checksum;
use serde_json::Value;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use thiserror::Error;

/// Digits of a hash in a folder's name; projects that share a target folder differ by it.
const HASH_DIGITS: usize = 12;

/// Why there is no project to run a command in.
#[derive(Debug, Error)]
enum ProjectError {
    #[error("could not run `cargo metadata`")]
    NoCargo(#[source] io::Error),
    #[error("`cargo metadata` ended with {0}")]
    Refused(ExitStatus),
    #[error("`cargo metadata` does not say where the project is")]
    Nonsense,
    #[error("could not write {}", .0.display())]
    Write(PathBuf, #[source] io::Error),
    #[error("the current folder is gone")]
    Nowhere(#[source] io::Error),
}

/// Reads cargo's configuration as it holds in the current folder.
pub(super) fn sources() -> Result<(PathBuf, CargoSources), Failure> {
    let here = std::env::current_dir().map_err(ProjectError::Nowhere);
    let here = here.map_err(Failure::plain)?;
    let sources = CargoSources::load(&here, cargo_home().as_deref());
    Ok((here, sources.map_err(Failure::plain)?))
}

/// Asks cargo where the project is; it needs no network for that.
pub(super) fn place(command: &[OsString], stand: &Stand) -> Result<Place, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--no-deps", "--format-version=1", "--offline"]);
    metadata.args(manifest_path(command));
    if !stand.known {
        metadata.env(index_variable(&stand.name), stand.address.to_string());
    }
    metadata.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = metadata.output().map_err(ProjectError::NoCargo);
    let output = output.map_err(Failure::plain)?;
    if !output.status.success() {
        return Err(Failure::plain(ProjectError::Refused(output.status)));
    }
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let folder = |key: &str| said[key].as_str().map(PathBuf::from);
    match (folder("workspace_root"), folder("target_directory")) {
        (Some(root), Some(target)) => Ok(Place { root, target }),
        _ => Err(Failure::plain(ProjectError::Nonsense)),
    }
}

/// Reads the project's lock, if it has one.
pub(super) fn lock(place: &Place) -> Result<Option<OnDisk>, Failure> {
    let path = place.root.join("Cargo.lock");
    match path.is_file() {
        true => read(&path).map(Some).map_err(Failure::plain),
        false => Ok(None),
    }
}

/// What was handed out before.
pub(super) fn kept(place: &Place) -> Kept {
    Kept::of_user(&place.target.join("crossdock"))
}

/// Lays crates out below the target folder and writes what cargo is told of them.
pub(super) fn lay(
    place: &Place,
    sources: &CargoSources,
    stand: &Stand,
    crates: &[Laid<'_>],
) -> Result<Configuration, Failure> {
    let hash = Checksum::of(place.root.as_os_str().as_encoded_bytes()).to_string();
    let digits = hash.get(..HASH_DIGITS).unwrap_or(&hash);
    let ours = place.target.join("crossdock");
    let folder = ours.join(format!("{}-{digits}", stand.name));
    directory_source::lay(&folder, crates, &stand.address).map_err(Failure::plain)?;
    let file = folder.with_extension("toml");
    let text = stand.configuration(sources, &folder);
    let text = text.map_err(Failure::plain)?;
    if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
        let written = whole_file::write(&file, text.as_bytes());
        written.map_err(|error| Failure::plain(ProjectError::Write(file.clone(), error)))?;
    }
    Ok(Configuration {
        file,
        programs: ours.join("bin"),
    })
}

/// What the command says of the manifest, so that it and we mean the same project.
pub(super) fn manifest_path(command: &[OsString]) -> Vec<OsString> {
    let mut words = command.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if word == "--manifest-path" {
            return words
                .next()
                .map_or_else(Vec::new, |path| vec![word.clone(), path.clone()]);
        }
        if word.to_string_lossy().starts_with("--manifest-path=") {
            return vec![word.clone()];
        }
    }
    Vec::new()
}

/// The folder at and above which manifests are looked for.
pub(super) fn top(here: &Path) -> &Path {
    let mut folders = here
        .ancestors()
        .filter(|folder| folder.join("Cargo.toml").is_file());
    let nearest = folders.next();
    // The workspace's root is at most a few folders up; the farthest manifest is it.
    folders.last().or(nearest).unwrap_or(here)
}
