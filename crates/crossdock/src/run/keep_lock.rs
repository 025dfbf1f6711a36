//! `crossdock run --keep-lock`: a lock that stays as it is, whatever the registry has by now.
//!
//! Absent: fetching, and the folder that cargo reads.

use super::stand_in::Configuration;
use super::{Run, project};
use crate::asked_server;
use crate::report::{Failure, error};
use crossdock_client::cargo_sources::Replaced;
use crossdock_client::directory_source::Laid;
use crossdock_client::lock::Lookup;
use crossdock_client::run::Stand;
use crossdock_client::run::keep_lock::{Fetched, KeepError, fetch};
use crossdock_core::address::Address;
use serde_json::json;
use std::time::SystemTime;
use thiserror::Error;

/// Why a lock cannot be kept.
#[derive(Debug, Error)]
enum KeepLockError {
    #[error("cargo's configuration knows no registry `{0}`")]
    Unknown(String),
    #[error("the project has no Cargo.lock to keep")]
    NoLock,
    #[error("registry `{0}` is replaced by `{1}`, which has no address")]
    Replaced(String, String),
}

/// Fetches what the lock has from the registry and lays it out; nothing if that is nothing.
pub(super) fn prepare(arguments: &Run, registry: &str) -> Result<Option<Configuration>, Failure> {
    let (_, sources) = project::sources()?;
    let stand = Stand::of(registry, &sources).map_err(Failure::plain)?;
    if !stand.known {
        return Err(Failure::plain(KeepLockError::Unknown(registry.to_owned())));
    }
    let place = project::place(&arguments.command, &stand)?;
    let on_disk = project::lock(&place)?;
    let on_disk = on_disk.ok_or_else(|| Failure::plain(KeepLockError::NoLock))?;
    let read_at = match sources.replacement(&stand.address) {
        Replaced::By(address) => address,
        Replaced::ByOther(name) => {
            let replaced = KeepLockError::Replaced(registry.to_owned(), name);
            return Err(Failure::plain(replaced));
        }
    };
    let server = asked_server::find(&arguments.server)?;
    let lookup = Lookup {
        sources: sources.clone(),
        view: None,
        server: Some((server.url().clone(), server.token().cloned())),
    };
    let kept = project::kept(&place);
    let fetched = crate::runtime::wait(async {
        let mut indexes = lookup.open([read_at.clone()])?;
        let index = indexes.remove(&read_at).ok_or_else(|| unread(&read_at))?;
        fetch(&on_disk.lock, &stand.address, &index, &kept).await
    })?;
    let fetched = fetched.map_err(Failure::plain)?;
    kept.prune(SystemTime::now());
    tell(arguments, &stand, &fetched);
    if fetched.is_empty() {
        return Ok(None);
    }
    let laid: Vec<Laid<'_>> = fetched.iter().map(Fetched::laid).collect();
    project::lay(&place, &sources, &stand, &laid).map(Some)
}

fn unread(address: &Address) -> KeepError {
    KeepError::Read(crossdock_client::sparse_index::ReadError::NotSparse(
        address.clone(),
    ))
}

/// Says what is given up.
fn tell(arguments: &Run, stand: &Stand, fetched: &[Fetched]) {
    let others = || fetched.iter().filter(|fetched| fetched.is_other());
    if arguments.json {
        let others = others().map(|other| {
            json!({
                "name": other.row.name.to_string(),
                "version": other.row.version.to_string(),
                "locked": other.locked.to_string(),
                "built": other.row.checksum.to_string(),
                "other_dependencies": other.other,
            })
        });
        let told = json!({
            "registry": stand.name,
            "packages": fetched.len(),
            "unverified": others.collect::<Vec<_>>(),
        });
        error(&told.to_string());
        return;
    }
    let name = &stand.name;
    error(&format!(
        "warning: cargo does not verify checksums of registry `{name}` in this run, \
         so that the lock stays as it is: whoever may publish there decides what is built"
    ));
    for other in others() {
        error(&format!(
            "warning: {} {}: the lock has {}, built is {}",
            other.row.name, other.row.version, other.locked, other.row.checksum
        ));
    }
    for (row, other) in fetched
        .iter()
        .filter_map(|one| Some((&one.row, one.other.as_ref()?)))
    {
        let (krate, version) = (&row.name, &row.version);
        error(&format!(
            "warning: {krate} {version} has other dependencies than the lock has for it ({other}), \
             so that cargo cannot leave the lock as it is: run \
             `crossdock lock refresh {krate}@{version}`, then `cargo update -p {krate}@{version}`"
        ));
    }
    if fetched.is_empty() {
        error(&format!(
            "warning: the lock has nothing from registry `{name}`"
        ));
    }
}
