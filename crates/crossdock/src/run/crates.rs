//! `crossdock run --crates`: folders of crates in place of a registry.
//!
//! Absent: packing, and how the lock is held against the folders.

use super::stand_in::Configuration;
use super::{Run, project};
use crate::lock::OnDisk;
use crate::progress;
use crate::report::{Failure, error};
use crossdock_client::config_file;
use crossdock_client::gather::{Addresses, Judged, gather, options};
use crossdock_client::run::crates::{KeptVersion, OfferError, Offered, offered};
use crossdock_client::run::{Stand, named_registries};
use crossdock_folder::Found;
use crossdock_wire::lockfile::LockedSource;
use serde_json::json;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::SystemTime;
use thiserror::Error;

/// The registry that is stood in for where nothing names one.
const USUAL: &str = "internal";

/// Why folders cannot stand in for a registry.
#[derive(Debug, Error)]
enum CratesError {
    #[error("the project's manifests name several registries: {}", .0.join(", "))]
    Several(Vec<String>),
    #[error("no crate was found in {}", .0.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", "))]
    Nothing(Vec<PathBuf>),
    #[error("--crates takes folders and .crate files, and {} is neither", .0.display())]
    NoFolder(PathBuf),
    #[error("could not run `cargo update`")]
    NoCargo(#[source] io::Error),
    #[error("`cargo update` ended with {0}")]
    Update(ExitStatus),
}

/// Packs what is in the folders and lays it out.
pub(super) fn prepare(arguments: &Run) -> Result<Configuration, Failure> {
    let (here, sources) = project::sources()?;
    if let Some(file) = arguments.crates.iter().find(|path| is_other_file(path)) {
        return Err(Failure::plain(CratesError::NoFolder(file.clone())));
    }
    let project = project::top(&here, &arguments.command);
    let names = project.map_or_else(BTreeSet::new, |project| named_registries::named(&project));
    let name = match &arguments.registry {
        Some(name) => {
            tell_others(name, &names);
            name.clone()
        }
        None => only(names)?,
    };
    let stand = Stand::of(&name, &sources).map_err(Failure::plain)?;
    let place = project::place(&arguments.command, Some(&stand))?;
    let found = read(arguments, &stand, project::scratch(&place)?)?;
    let on_disk = project::lock(&place)?;
    let lock = on_disk.as_ref().map(|on_disk| &on_disk.lock);
    let kept = project::kept(&place);
    let offered = offered(found, lock, &stand.address, &kept, arguments.update_lock);
    let offered = offered.map_err(|error| match error {
        OfferError::Lock(_) => Failure::hinted(
            error,
            "--update-lock puts the checksums of what is there into the lock",
        ),
        OfferError::Broken(_) => Failure::hinted(
            error,
            "mend it or take it out of the folders; old content is not built in its place",
        ),
        error => Failure::plain(error),
    })?;
    let standing = [(&stand, offered.laid(&stand.address))];
    let configuration = project::lay(&place, &sources, &standing)?;
    kept.prune(SystemTime::now());
    if let Some(on_disk) = &on_disk {
        update(arguments, on_disk, &offered, &configuration)?;
    }
    if arguments.json {
        let told = json!({
            "registry": stand.name,
            "address": stand.address.to_string(),
            "crates": offered.crates.len(),
            "changed": offered.changed.len(),
            "kept": offered.kept.iter().map(as_json).collect::<Vec<_>>(),
            "config": configuration.file,
        });
        error(&told.to_string());
    } else {
        offered.kept.iter().for_each(tell_kept);
    }
    Ok(configuration)
}

/// Says that what is built is not in the folders.
fn tell_kept(kept: &KeptVersion) {
    let (name, version) = (&kept.name, &kept.version);
    let instead: Vec<_> = kept.instead.iter().map(ToString::to_string).collect();
    let there = match instead.is_empty() {
        true => format!("the folders no longer have {name}"),
        false => format!("the folders have {}", instead.join(", ")),
    };
    error(&format!(
        "crossdock: {name} {version} is as the lock has it, kept from before; {there}"
    ));
}

fn as_json(kept: &KeptVersion) -> serde_json::Value {
    let instead: Vec<_> = kept.instead.iter().map(ToString::to_string).collect();
    json!({
        "name": kept.name.to_string(),
        "version": kept.version.to_string(),
        "instead": instead,
    })
}

/// Brings the lock to what is there: checksums in place, and by cargo itself what is
/// nowhere any more, because only cargo knows what may take its place.
fn update(
    arguments: &Run,
    on_disk: &OnDisk,
    offered: &Offered,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let Offered { changed, gone, .. } = offered;
    if !changed.is_empty() {
        let text = on_disk.lock.with_checksums(&on_disk.text, changed);
        config_file::write_over(&on_disk.path, &text).map_err(Failure::plain)?;
        let (many, path) = (changed.len(), on_disk.path.display());
        error(&format!("crossdock: {many} checksums changed in {path}"));
    }
    if gone.is_empty() {
        return Ok(());
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("--config").arg(&configuration.file).arg("update");
    if arguments.command.iter().any(|word| word == "--offline") {
        cargo.arg("--offline");
    }
    for package in gone
        .iter()
        .filter_map(|place| on_disk.lock.packages.get(*place))
    {
        if let LockedSource::Registry(source) = &package.source {
            let (name, version) = (&package.name, &package.version);
            cargo.arg("-p").arg(format!("{source}#{name}@{version}"));
        }
    }
    cargo.args(project::manifest_path(&arguments.command));
    match cargo.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::plain(CratesError::Update(status))),
        Err(error) => Err(Failure::plain(CratesError::NoCargo(error))),
    }
}

/// Says which registries the project's manifests name, if it is not this one: cargo says
/// only that it does not know them.
fn tell_others(name: &str, names: &BTreeSet<String>) {
    if !names.is_empty() && !names.contains(name) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        error(&format!(
            "warning: the project's manifests do not name registry `{name}`; they name {}",
            names.join(", ")
        ));
    }
}

/// The one registry that the project's manifests name.
fn only(names: BTreeSet<String>) -> Result<String, Failure> {
    let names: Vec<_> = names.into_iter().collect();
    match names.as_slice() {
        [] => Ok(USUAL.to_owned()),
        [one] => Ok(one.clone()),
        _ => Err(Failure::hinted(
            CratesError::Several(names),
            "say with --registry which of them the folders stand in for",
        )),
    }
}

/// A file that is no archive, such as a manifest: a folder was meant, and maybe another.
fn is_other_file(path: &Path) -> bool {
    path.is_file()
        && path
            .extension()
            .is_none_or(|extension| extension != "crate")
}

fn read(arguments: &Run, stand: &Stand, scratch: PathBuf) -> Result<Found, Failure> {
    let options = options(scratch, Judged::AsTheyAre);
    let addresses = Addresses::from([(stand.name.clone(), stand.address.to_string())]);
    let bar = progress::of_things("reading", arguments.crates.len());
    let mut read = Found::default();
    for folder in &arguments.crates {
        bar.set_message(folder.display().to_string());
        let found = gather(folder, &options, &addresses);
        read.crates.extend(found.crates);
        bar.suspend(|| {
            for problem in &found.problems {
                error(&format!("warning: left out: {problem}"));
            }
        });
        read.problems.extend(found.problems);
        bar.inc(1);
    }
    bar.finish_and_clear();
    match read.crates.is_empty() {
        true => Err(Failure::plain(CratesError::Nothing(
            arguments.crates.clone(),
        ))),
        false => Ok(read),
    }
}
