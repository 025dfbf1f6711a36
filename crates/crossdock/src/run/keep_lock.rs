//! `crossdock run --keep-lock`: a lock that stays as it is, whatever registries have by now.
//!
//! Absent: fetching, and the folder that cargo reads.

use super::stand_in::Configuration;
use super::{Run, project};
use crate::asked_server;
use crate::report::{Failure, error};
use crossdock_client::cargo_sources::{CargoSources, Replaced};
use crossdock_client::lock::Lookup;
use crossdock_client::run::Stand;
use crossdock_client::run::keep_lock::{Fetched, GivenUp, KeepError, Part, fetch};
use crossdock_client::run::kept::Kept;
use crossdock_client::sparse_index::{ReadError, SparseIndex};
use crossdock_core::address::Address;
use crossdock_wire::lockfile::{LockedSource, Lockfile};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
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
    #[error("the lock has nothing from registry `{0}`")]
    Nothing(String),
}

/// What the lock has from one identity, as it is laid out in its place.
struct Kepts {
    stand: Stand,
    fetched: Vec<Fetched>,
}

/// Fetches what the lock has from the registries and lays it out.
pub(super) fn prepare(arguments: &Run) -> Result<Configuration, Failure> {
    let (_, sources) = project::sources()?;
    let known = |name: &String| {
        let stand = Stand::of(name, &sources).map_err(Failure::plain)?;
        match stand.known {
            true => Ok(stand),
            false => Err(Failure::plain(KeepLockError::Unknown(name.clone()))),
        }
    };
    let named: Vec<Stand> = arguments
        .keep_lock
        .iter()
        .map(known)
        .collect::<Result<_, _>>()?;
    let place = project::place(&arguments.command, None)?;
    let on_disk = project::lock(&place)?;
    let on_disk = on_disk.ok_or_else(|| Failure::plain(KeepLockError::NoLock))?;
    let read = identities(&on_disk.lock, &named, &sources)?;
    let server = asked_server::find(&arguments.server)?;
    let lookup = Lookup {
        sources: sources.clone(),
        view: None,
        server: Some((server.url().clone(), server.token().cloned())),
    };
    let parts = parts(&read, &named, &lookup).map_err(Failure::plain)?;
    let kept = project::kept(&place);
    let all = crate::runtime::wait(fetch_all(&on_disk.lock, &parts, &kept))?;
    let all = all.map_err(|error| match error {
        KeepError::Changed(_) => Failure::hinted(
            error,
            "name the registry that has other bytes with --keep-lock, too, if they are meant; \
             else `crossdock lock verify` says more",
        ),
        error => Failure::plain(error),
    })?;
    kept.prune(SystemTime::now());
    let kepts: Vec<Kepts> = parts
        .iter()
        .zip(all)
        .filter(|(_, fetched)| !fetched.is_empty())
        .map(|(part, fetched)| Kepts {
            stand: Stand::at(&part.identity, &sources),
            fetched,
        })
        .collect();
    if let Some(stand) = named.iter().find(|stand| !has_any(stand, &kepts)) {
        return Err(nothing(stand, &read));
    }
    tell(arguments, &named, &kepts);
    let standing: Vec<_> = kepts
        .iter()
        .map(|one| (&one.stand, one.fetched.iter().map(Fetched::laid).collect()))
        .collect();
    project::lay(&place, &sources, &standing)
}

/// The registries of a lock, each with the address at which cargo reads it.
fn identities(
    lock: &Lockfile,
    named: &[Stand],
    sources: &CargoSources,
) -> Result<BTreeMap<Address, Address>, Failure> {
    let packages = lock.packages.iter();
    let identities: BTreeSet<Address> = packages
        .filter_map(|package| match &package.source {
            LockedSource::Registry(source) => Address::parse(source).ok(),
            LockedSource::Path | LockedSource::Elsewhere(_) => None,
        })
        .collect();
    let mut read = BTreeMap::new();
    for identity in identities {
        let own = named.iter().find(|stand| stand.address == identity);
        match (sources.replacement(&identity), own) {
            (Replaced::By(address), _) => drop(read.insert(identity, address)),
            (Replaced::ByOther(name), Some(stand)) => {
                let replaced = KeepLockError::Replaced(stand.name.clone(), name);
                return Err(Failure::plain(replaced));
            }
            (Replaced::ByOther(_), None) => {}
        }
    }
    Ok(read)
}

/// Says what of each identity may be given up. A registry is looked for in what is read at
/// its own server: nobody else is told the names of a lock.
fn parts(
    read: &BTreeMap<Address, Address>,
    named: &[Stand],
    lookup: &Lookup,
) -> Result<Vec<Part>, ReadError> {
    let open = |address: &Address| -> Result<SparseIndex, ReadError> {
        let mut opened = lookup.open([address.clone()])?;
        let index = opened.remove(address);
        index.ok_or_else(|| ReadError::NotSparse(address.clone()))
    };
    let mut parts = Vec::new();
    for (identity, read_at) in read {
        let own = named.iter().find(|stand| stand.address == *identity);
        let given_up = match own {
            Some(stand) => GivenUp::All(stand.name.clone()),
            None => {
                let is_beside = |stand: &&Stand| {
                    stand.address != *read_at && is_one_server(&stand.address, read_at)
                };
                let beside = named.iter().filter(is_beside);
                let beside = beside.map(|stand| Ok((stand.name.clone(), open(&stand.address)?)));
                GivenUp::Of(beside.collect::<Result<_, ReadError>>()?)
            }
        };
        if !matches!(&given_up, GivenUp::Of(none) if none.is_empty()) {
            parts.push(Part {
                identity: identity.clone(),
                index: open(read_at)?,
                given_up,
            });
        }
    }
    Ok(parts)
}

fn is_one_server(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Sparse(one), Address::Sparse(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

async fn fetch_all(
    lock: &Lockfile,
    parts: &[Part],
    kept: &Kept,
) -> Result<Vec<Vec<Fetched>>, KeepError> {
    let mut all = Vec::new();
    for part in parts {
        all.push(fetch(lock, part, kept).await?);
    }
    Ok(all)
}

fn has_any(stand: &Stand, kepts: &[Kepts]) -> bool {
    let mut fetched = kepts.iter().flat_map(|one| &one.fetched);
    fetched.any(|fetched| fetched.given_up_for.as_ref() == Some(&stand.name))
}

/// Says that there is nothing to keep, and what was meant instead, if that can be told.
fn nothing(stand: &Stand, read: &BTreeMap<Address, Address>) -> Failure {
    let mut through = read
        .iter()
        .filter(|(_, read_at)| **read_at == stand.address);
    let hint = match through.next() {
        Some((Address::CratesIo, _)) => format!(
            "`{}` is what is read for crates.io: name the registry in it that is rebuilt, or \
             crates-io to give up the checksums of all that is read there",
            stand.name
        ),
        _ => "name the registry that is rebuilt; without it cargo builds the lock as it is"
            .to_owned(),
    };
    Failure::hinted(KeepLockError::Nothing(stand.name.clone()), hint)
}

/// Says what is given up.
fn tell(arguments: &Run, named: &[Stand], kepts: &[Kepts]) {
    let all = || kepts.iter().flat_map(|one| &one.fetched);
    let others = || all().filter(|fetched| fetched.is_other());
    let is_given_up = |fetched: &&Fetched| fetched.given_up_for.is_some();
    let given_up = all().filter(is_given_up).count();
    let verified = all().count() - given_up;
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
            "registries": named.iter().map(|stand| &stand.name).collect::<Vec<_>>(),
            "packages": given_up,
            "verified": verified,
            "unverified": others.collect::<Vec<_>>(),
        });
        error(&told.to_string());
        return;
    }
    let names: Vec<_> = named
        .iter()
        .map(|stand| format!("`{}`", stand.name))
        .collect();
    let of = match names.len() {
        1 => "registry",
        _ => "registries",
    };
    error(&format!(
        "warning: cargo does not verify checksums of {of} {} in this run, \
         so that the lock stays as it is: whoever may publish there decides what is built",
        names.join(", ")
    ));
    if verified > 0 {
        error(&format!(
            "crossdock: {verified} packages that share an address with them in the lock were \
             held against their checksums in the lock"
        ));
    }
    for other in others() {
        error(&format!(
            "warning: {} {}: the lock has {}, built is {}",
            other.row.name, other.row.version, other.locked, other.row.checksum
        ));
    }
    for (row, other) in all().filter_map(|one| Some((&one.row, one.other.as_ref()?))) {
        let (krate, version) = (&row.name, &row.version);
        error(&format!(
            "warning: {krate} {version} has other dependencies than the lock has for it ({other}), \
             so that cargo cannot leave the lock as it is: run \
             `crossdock lock refresh {krate}@{version}`, then `cargo update -p {krate}@{version}`"
        ));
    }
}
