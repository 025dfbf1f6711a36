//! What cargo has of packages whose checksums changed, put out of its way.
//!
//! cargo itself is asked only where it builds: its own `clean -p` resolves, and would
//! write the lock.
//!
//! Absent: which folders and files those are (`crossdock-client`).

use crate::report::Failure;
use crossdock_client::cargo_sources::cargo_home;
use crossdock_client::lock::refresh::{Change, Plan};
use crossdock_client::lock::{built, cached};
use crossdock_core::address::Address;
use serde_json::Value;
use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use thiserror::Error;

/// What holds of the lock whatever became of the cleaning.
const HINT: &str = "the lock is as told above; what cargo has of the old builds is not all \
                    gone: run the command again as somebody who may remove it";

/// Why what cargo has is not gone.
#[derive(Debug, Error)]
enum CleanError {
    #[error("neither CARGO_HOME nor a home folder is known")]
    NoHome,
    #[error("could not run `cargo metadata` to learn where cargo builds")]
    NoCargo(#[source] io::Error),
    #[error("`cargo metadata`, which says where cargo builds, ended with {0}")]
    Refused(ExitStatus),
    #[error("`cargo metadata` does not say where cargo builds")]
    Nonsense,
}

/// Lets cargo ask the index again, whose kept answer may be older than the lock is now;
/// returns what of it did not work, which is no reason to fail.
pub(super) fn forget_answers(plan: &Plan) -> Vec<String> {
    let Some(home) = cargo_home() else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    for change in &plan.changes {
        for address in addresses(change) {
            if let Err(error) = cached::forget_answer(&home, &address, &change.name) {
                let cause = error.source().map(|cause| format!(": {cause}"));
                warnings.push(format!(
                    "cargo keeps an older answer of {address} about {} ({error}{}): until it asks \
                     again it may say that the checksum changed between lock files",
                    change.name,
                    cause.unwrap_or_default()
                ));
            }
        }
    }
    warnings
}

/// Removes what cargo has of the old archives, then lets it build them anew.
///
/// A lock that was refreshed before is cleaned after too; of `--all` only what cargo has
/// in old bytes, so that nothing is built twice for nothing.
pub(super) fn clean(
    lock: &Path,
    plan: &Plan,
    all: bool,
    removed: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let home = cargo_home().ok_or_else(|| Failure::hinted(CleanError::NoHome, HINT))?;
    let stale = |change: &&Change| !all || is_old(&home, change);
    let before = plan.unchanged.iter().filter(stale);
    let changes: Vec<_> = plan.changes.iter().chain(before).collect();
    for change in &changes {
        for address in addresses(change) {
            let release = (&change.name, &change.version);
            let gone = cached::forget(&home, &address, release, &change.new);
            removed.extend(gone.map_err(|error| Failure::hinted(error, HINT))?);
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<_> = changes.iter().map(|change| change.name.clone()).collect();
    let targets = targets(lock).map_err(|error| Failure::hinted(error, HINT))?;
    for target in targets {
        let forgotten = built::forget(&target, &names);
        forgotten.map_err(|error| Failure::hinted(error, HINT))?;
    }
    Ok(())
}

/// Lists packages of which cargo has another archive than the registry, and so builds it.
pub(super) fn old_archives(plan: &Plan) -> Vec<&Change> {
    let home = cargo_home();
    let all = plan.changes.iter().chain(&plan.unchanged);
    all.filter(|change| home.as_ref().is_some_and(|home| is_old(home, change)))
        .collect()
}

fn is_old(cargo_home: &Path, change: &Change) -> bool {
    let release = (&change.name, &change.version);
    let mut addresses = addresses(change).into_iter();
    addresses.any(|address| cached::is_stale(cargo_home, &address, release, &change.new))
}

/// Where cargo reads a package, and where it would without what took its place.
fn addresses(change: &Change) -> BTreeSet<Address> {
    let own = Address::parse(&change.source).ok();
    own.into_iter().chain([change.read_at.clone()]).collect()
}

/// The folders in which cargo builds the project of a lock.
fn targets(lock: &Path) -> Result<BTreeSet<PathBuf>, CleanError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--no-deps", "--format-version=1", "--offline"]);
    metadata.stdin(Stdio::null()).stderr(Stdio::inherit());
    let folder = lock.parent();
    if let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) {
        metadata.current_dir(folder);
    }
    let output = metadata.output().map_err(CleanError::NoCargo)?;
    if !output.status.success() {
        return Err(CleanError::Refused(output.status));
    }
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let folder = |key: &str| said[key].as_str().map(PathBuf::from);
    let target = folder("target_directory").ok_or(CleanError::Nonsense)?;
    Ok([Some(target), folder("build_directory")]
        .into_iter()
        .flatten()
        .collect())
}
