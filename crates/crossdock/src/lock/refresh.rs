//! `crossdock lock refresh`: named checksums brought to what the registry has now.
//!
//! Absent: how it is verified (`crossdock-client`); what was built, which cargo itself
//! is asked to clean.

use super::{OfLock, OnDisk, failed};
use crate::progress;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::cargo_sources::cargo_home;
use crossdock_client::config_file;
use crossdock_client::lock::cached;
use crossdock_client::lock::refresh::{self, Change, Named, Plan, RefreshError, Selected};
use crossdock_core::address::Address;
use serde_json::json;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use thiserror::Error;

/// `crossdock lock refresh`
#[derive(Debug, Args)]
#[command(after_help = "\
For registries that replace the bytes of a version. Each new archive is downloaded and
has to have the checksum that the registry tells and the crate in that version inside;
only then the lock changes, in nothing but these checksums.

cargo goes on building old bytes that it has, so use --clean: it removes what cargo keeps
of these packages and nothing else, and lets cargo clean what was built of them.

Examples:
  crossdock lock refresh petal --clean
  crossdock lock refresh petal@1.1.5 stem --dry-run
  crossdock lock refresh --all --lock ../shop/Cargo.lock --json")]
pub(super) struct Refresh {
    /// Packages to refresh.
    #[arg(
        value_name = "NAME[@VERSION]",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    packages: Vec<String>,
    /// Refresh every package whose registry has other bytes.
    #[arg(long)]
    all: bool,
    /// Remove what cargo keeps of the old archives, and what was built of them.
    #[arg(long, conflicts_with = "dry_run")]
    clean: bool,
    /// Show what would change and write nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    of: OfLock,
}

/// Why a lock is not written, or what was kept of old archives is not gone.
#[derive(Debug, Error)]
enum WriteError {
    #[error("{} changed while the new archives were verified; nothing was written", .0.display())]
    Changed(PathBuf),
    #[error("neither CARGO_HOME nor a home folder is known")]
    NoHome,
    #[error("could not run `cargo clean`")]
    NoCargo(#[source] io::Error),
    #[error("the lock is refreshed, but `cargo clean` ended with {0}")]
    Clean(ExitStatus),
}

/// Refreshes and tells.
pub(super) fn refresh(arguments: &Refresh) -> Result<Outcome, Failure> {
    let selected = match arguments.all {
        true => Selected::All,
        false => Selected::Named(
            arguments
                .packages
                .iter()
                .map(|named| Named::parse(named))
                .collect::<Result<_, _>>()
                .map_err(Failure::plain)?,
        ),
    };
    let (on_disk, lookup) = arguments.of.open()?;
    let bar = progress::of_things("archives", 0);
    let step = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let plan = refresh::plan(&on_disk.lock, &selected, &lookup, &step);
    let plan = crate::runtime::wait(plan)?.map_err(|error| match error {
        RefreshError::Read(error) => failed(error),
        RefreshError::Ambiguous { .. } => Failure::hinted(error, "name it as NAME@VERSION"),
        error => Failure::plain(error),
    })?;
    bar.finish_and_clear();
    let mut removed = Vec::new();
    if !arguments.dry_run && !plan.changes.is_empty() {
        write(&on_disk, &plan)?;
        forget_answers(&plan)?;
    }
    if arguments.clean {
        removed = clean(&on_disk.path, &plan, arguments.all)?;
    }
    match arguments.of.json {
        true => out(&format!(
            "{:#}",
            as_json(arguments, &on_disk, &plan, &removed)
        )),
        false => out(&told(arguments, &plan, &removed)),
    }
    Ok(Outcome::Done)
}

/// Replaces the lock, unless somebody else did meanwhile.
fn write(on_disk: &OnDisk, plan: &Plan) -> Result<(), Failure> {
    let changed = plan.changes.iter();
    let changed = changed.map(|change| (change.place, change.new)).collect();
    let text = on_disk.lock.with_checksums(&on_disk.text, &changed);
    if config_file::read(&on_disk.path).map_err(Failure::plain)? != on_disk.text {
        return Err(Failure::hinted(
            WriteError::Changed(on_disk.path.clone()),
            "run the command again",
        ));
    }
    config_file::write(&on_disk.path, &text).map_err(Failure::plain)
}

/// Lets cargo ask the index again, whose kept answer may be older than the lock is now.
fn forget_answers(plan: &Plan) -> Result<(), Failure> {
    let Some(home) = cargo_home() else {
        return Ok(());
    };
    for change in &plan.changes {
        for address in addresses(change) {
            let forgotten = cached::forget_answer(&home, &address, &change.name);
            forgotten.map_err(Failure::plain)?;
        }
    }
    Ok(())
}

/// Where cargo reads a package, and where it would without what took its place.
fn addresses(change: &Change) -> BTreeSet<Address> {
    let own = Address::parse(&change.source).ok();
    own.into_iter().chain([change.read_at.clone()]).collect()
}

/// Removes what cargo has of the old archives, then what it built of them.
///
/// A lock that was refreshed before is cleaned after too; of `--all` only what cargo has
/// in old bytes, so that nothing is built twice for nothing.
fn clean(lock: &Path, plan: &Plan, all: bool) -> Result<Vec<PathBuf>, Failure> {
    let home = cargo_home().ok_or_else(|| Failure::plain(WriteError::NoHome))?;
    let stale = |change: &&Change| {
        let release = (&change.name, &change.version);
        let mut addresses = addresses(change).into_iter();
        !all || addresses.any(|address| cached::is_stale(&home, &address, release, &change.new))
    };
    let before = plan.unchanged.iter().filter(stale);
    let changes: Vec<_> = plan.changes.iter().chain(before).collect();
    let mut removed = Vec::new();
    for change in &changes {
        for address in addresses(change) {
            let release = (&change.name, &change.version);
            let gone = cached::forget(&home, &address, release, &change.new);
            removed.extend(gone.map_err(Failure::plain)?);
        }
    }
    if changes.is_empty() {
        return Ok(removed);
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .arg("clean")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    for Change {
        name,
        version,
        source,
        ..
    } in changes
    {
        cargo.arg("-p").arg(format!("{source}#{name}@{version}"));
    }
    if let Some(folder) = lock
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        cargo.current_dir(folder);
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(removed),
        Ok(status) => Err(Failure::plain(WriteError::Clean(status))),
        Err(error) => Err(Failure::plain(WriteError::NoCargo(error))),
    }
}

fn told(arguments: &Refresh, plan: &Plan, removed: &[PathBuf]) -> String {
    let mut lines = Vec::new();
    for change in &plan.changes {
        let Change {
            name,
            version,
            read_at,
            old,
            new,
            ..
        } = change;
        lines.push(format!(
            "{name} {version} ({read_at})\n  old {old}\n  new {new}"
        ));
    }
    let skipped = plan.skipped.iter();
    lines.extend(skipped.map(|(package, why)| format!("left alone: {package}: {why}")));
    lines.extend(
        removed
            .iter()
            .map(|path| format!("removed {}", path.display())),
    );
    let word = match arguments.dry_run {
        true => "would change",
        false => "changed",
    };
    lines.push(format!(
        "{} {word}, {} agree with their registry",
        plan.changes.len(),
        plan.unchanged.len()
    ));
    lines.join("\n")
}

fn as_json(
    arguments: &Refresh,
    on_disk: &OnDisk,
    plan: &Plan,
    removed: &[PathBuf],
) -> serde_json::Value {
    let changes = plan.changes.iter().map(|change| {
        json!({
            "name": change.name.to_string(),
            "version": change.version.to_string(),
            "source": change.source,
            "read_at": change.read_at.to_string(),
            "old": change.old.to_string(),
            "new": change.new.to_string(),
        })
    });
    let skipped = plan.skipped.iter();
    let skipped = skipped.map(|(package, why)| json!({ "package": package, "why": why }));
    json!({
        "lock": on_disk.path,
        "written": !arguments.dry_run && !plan.changes.is_empty(),
        "changes": changes.collect::<Vec<_>>(),
        "unchanged": plan.unchanged.len(),
        "skipped": skipped.collect::<Vec<_>>(),
        "removed": removed,
    })
}
