//! `crossdock lock refresh`: named checksums brought to what the registry has now.
//!
//! Absent: how it is verified (`crossdock-client`), and what cargo has (`clean.rs`).

use super::clean::{clean, forget_answers, old_archives};
use super::{OfLock, OnDisk, failed};
use crate::progress;
use crate::report::{Failure, Outcome, error, out};
use clap::Args;
use crossdock_client::config_file::{self, FileError};
use crossdock_client::lock::refresh::{self, Change, Named, Plan, RefreshError, Selected};
use serde_json::json;
use std::path::PathBuf;
use thiserror::Error;

/// `crossdock lock refresh`
#[derive(Debug, Args)]
#[command(after_help = "\
For registries that replace the bytes of a version. Each new archive is downloaded and
has to have the checksum that the registry tells and the crate in that version inside;
only then the lock changes, in nothing but these checksums.

cargo goes on building old bytes that it has, so use --clean: it removes what cargo keeps
of these packages and nothing else, and lets cargo build them anew.

Exit code 1: a new build has other dependencies than the lock has for it, which only
cargo can put right: `cargo update -p NAME`.

Examples:
  crossdock lock refresh petal --clean
  crossdock lock refresh petal@1.1.5 stem --dry-run
  crossdock lock refresh --all --lock ../shop/Cargo.lock --json")]
pub(super) struct Refresh {
    /// Packages to refresh.
    #[arg(value_name = "NAME[@VERSION]", conflicts_with = "all")]
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

/// Why a lock is not written.
#[derive(Debug, Error)]
#[error("{} changed while the new archives were verified; nothing was written", .0.display())]
struct Changed(PathBuf);

/// Nothing is selected.
#[derive(Debug, Error)]
#[error("no package is named")]
struct NoneNamed;

/// Refreshes and tells.
pub(super) fn refresh(arguments: &Refresh) -> Result<Outcome, Failure> {
    if arguments.packages.is_empty() && !arguments.all {
        let hint = "name packages as NAME or NAME@VERSION, or take every one whose registry has \
                    other bytes with --all";
        return Err(Failure::hinted(NoneNamed, hint));
    }
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
    let writes = !arguments.dry_run && !plan.changes.is_empty();
    if writes {
        write(&on_disk, &plan)?;
    }
    // What changed is told before anything else may fail.
    if !arguments.of.json {
        told(&plan).iter().for_each(|line| out(line));
    }
    let warnings = match writes {
        true => forget_answers(&plan),
        false => Vec::new(),
    };
    let old = match arguments.clean {
        true => Vec::new(),
        false => old_archives(&plan),
    };
    let mut removed = Vec::new();
    let cleaned = match arguments.clean {
        true => clean(&on_disk.path, &plan, arguments.all, &mut removed),
        false => Ok(()),
    };
    match arguments.of.json {
        true => {
            let told = as_json(arguments, &on_disk, &plan, &removed, &warnings, &old);
            out(&format!("{told:#}"));
        }
        false => {
            let warnings = warnings.iter();
            warnings.for_each(|warning| error(&format!("warning: {warning}")));
            let removed = removed.iter();
            removed.for_each(|path| out(&format!("removed {}", path.display())));
            for Change { name, version, .. } in old {
                error(&format!(
                    "warning: cargo still has the old archive of {name} {version} and builds it; \
                     --clean removes it"
                ));
            }
            out(&summary(arguments, &plan));
        }
    }
    cleaned?;
    match others(&plan).next() {
        Some(_) => Ok(Outcome::Found),
        None => Ok(Outcome::Done),
    }
}

/// Packages whose builds do not fit the lock.
fn others(plan: &Plan) -> impl Iterator<Item = &Change> {
    let all = plan.changes.iter().chain(&plan.unchanged);
    all.filter(|change| change.other.is_some())
}

/// Replaces the lock, unless somebody else did meanwhile.
fn write(on_disk: &OnDisk, plan: &Plan) -> Result<(), Failure> {
    let changed = plan.changes.iter();
    let changed = changed.map(|change| (change.place, change.new)).collect();
    let text = on_disk.lock.with_checksums(&on_disk.text, &changed);
    if config_file::read(&on_disk.path).map_err(Failure::plain)? != on_disk.text {
        return Err(Failure::hinted(
            Changed(on_disk.path.clone()),
            "run the command again",
        ));
    }
    config_file::write_over(&on_disk.path, &text).map_err(|error| match error {
        FileError::ReadOnly(_) => Failure::hinted(
            error,
            "nothing was written; make it writable, or see with --dry-run what would change",
        ),
        error => Failure::plain(error),
    })
}

/// What changes and what does not, a text for each.
fn told(plan: &Plan) -> Vec<String> {
    let old = |change: &Change| match change.old {
        Some(old) => old.to_string(),
        None => "none".to_owned(),
    };
    let changes = plan.changes.iter().map(|change| {
        let Change {
            name,
            version,
            read_at,
            new,
            ..
        } = change;
        let old = old(change);
        format!("{name} {version} ({read_at})\n  old {old}\n  new {new}")
    });
    let others = others(plan).filter_map(|change| {
        let Change { name, version, .. } = change;
        let other = change.other.as_ref()?;
        Some(format!(
            "{name} {version} has other dependencies than the lock has for it: {other}; \
             run `cargo update -p {name}@{version}`"
        ))
    });
    let skipped = plan.skipped.iter();
    let skipped = skipped.map(|(package, why)| format!("left alone: {package}: {why}"));
    changes.chain(others).chain(skipped).collect()
}

fn summary(arguments: &Refresh, plan: &Plan) -> String {
    let word = match arguments.dry_run {
        true => "would change",
        false => "changed",
    };
    let (changes, unchanged) = (plan.changes.len(), plan.unchanged.len());
    format!("{changes} {word}, {unchanged} agree with their registry")
}

fn as_json(
    arguments: &Refresh,
    on_disk: &OnDisk,
    plan: &Plan,
    removed: &[PathBuf],
    warnings: &[String],
    old: &[&Change],
) -> serde_json::Value {
    let changes = plan.changes.iter().map(|change| {
        json!({
            "name": change.name.to_string(),
            "version": change.version.to_string(),
            "source": change.source,
            "read_at": change.read_at.to_string(),
            "old": change.old.map(|old| old.to_string()),
            "new": change.new.to_string(),
        })
    });
    let others = others(plan).map(|change| {
        json!({
            "name": change.name.to_string(),
            "version": change.version.to_string(),
            "dependencies": change.other,
        })
    });
    let old = old.iter().map(
        |change| json!({ "name": change.name.to_string(), "version": change.version.to_string() }),
    );
    let skipped = plan.skipped.iter();
    let skipped = skipped.map(|(package, why)| json!({ "package": package, "why": why }));
    json!({
        "lock": on_disk.path,
        "written": !arguments.dry_run && !plan.changes.is_empty(),
        "changes": changes.collect::<Vec<_>>(),
        "unchanged": plan.unchanged.len(),
        "skipped": skipped.collect::<Vec<_>>(),
        "removed": removed,
        "old_archives": old.collect::<Vec<_>>(),
        "other_dependencies": others.collect::<Vec<_>>(),
        "warnings": warnings,
    })
}
