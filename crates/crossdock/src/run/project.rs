//! The project that a command is run in, as cargo finds it.
//!
//! Absent: its dependencies.

use super::stand_in::Configuration;
use crate::lock::{OnDisk, read};
use crate::report::Failure;
use crossdock_client::cargo_sources::{CargoSources, cargo_home, index_variable};
use crossdock_client::directory_source::{self, Laid};
use crossdock_client::run::{Place, Stand, configuration, kept::Kept};
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
pub(super) fn place(command: &[OsString], stand: Option<&Stand>) -> Result<Place, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--no-deps", "--format-version=1", "--offline"]);
    metadata.args(manifest_path(command));
    if let Some(stand) = stand.filter(|stand| !stand.known) {
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

/// Lays crates out below the target folder, in place of each registry, and writes what
/// cargo is told of them.
pub(super) fn lay(
    place: &Place,
    sources: &CargoSources,
    standing: &[(&Stand, Vec<Laid<'_>>)],
) -> Result<Configuration, Failure> {
    let hash = Checksum::of(place.root.as_os_str().as_encoded_bytes()).to_string();
    let digits = hash.get(..HASH_DIGITS).unwrap_or(&hash);
    let ours = place.target.join("crossdock");
    let mut folders = Vec::new();
    for (stand, crates) in standing {
        let folder = ours.join(format!("{}-{digits}", stand.name));
        directory_source::lay(&folder, crates, &stand.address).map_err(Failure::plain)?;
        folders.push(folder);
    }
    let names: Vec<_> = standing.iter().map(|(stand, _)| &*stand.name).collect();
    let file = ours.join(format!("{}-{digits}.toml", names.join("+")));
    let stands = standing.iter().map(|(stand, _)| *stand);
    let stands = stands.zip(folders.iter().map(PathBuf::as_path));
    let text = configuration(stands, sources).map_err(Failure::plain)?;
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

/// The folder of the project that the command is about: that of the manifest that it names,
/// else of one at or above the current folder; nothing if there is none, so that nobody
/// looks through folders of others.
pub(super) fn top(here: &Path, command: &[OsString]) -> Option<PathBuf> {
    let named = manifest_path(command).pop().map(|said| {
        let said = PathBuf::from(
            said.to_string_lossy()
                .trim_start_matches("--manifest-path="),
        );
        // As cargo takes it, from the current folder.
        let folder = said.parent().unwrap_or(Path::new(""));
        here.join(folder)
    });
    let start = named.unwrap_or_else(|| here.to_owned());
    let has_manifest = |folder: &&Path| folder.join("Cargo.toml").is_file();
    // The workspace's root is at most a few folders up; the farthest manifest is it.
    let farthest = start.ancestors().filter(has_manifest).last();
    farthest.map(Path::to_owned)
}

/// Makes the folder in which we write below the target folder.
pub(super) fn scratch(place: &Place) -> Result<PathBuf, Failure> {
    let folder = place.target.join("crossdock").join("packing");
    let made = std::fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder));
    match made {
        Ok(_) => Ok(folder),
        Err(error) => Err(Failure::hinted(
            ProjectError::Write(folder, error),
            "crates are packed below the folder where cargo builds; CARGO_TARGET_DIR names \
             another one",
        )),
    }
}
