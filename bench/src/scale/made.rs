//! The made-up rows, and how they get into a data folder.
//!
//! Sizes follow crates.io: most crates have a handful of releases, a few have
//! hundreds, rows have some 500 bytes. Everything follows from a crate's number.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{Batch, Change, Ledger, NewRelease, SeenRows, Validators};
use crossdock_store::SqliteLedger;
use serde_json::json;

use super::Size;

/// The database in a data folder.
pub(super) const DATABASE: &str = "crossdock.sqlite";

/// Changes that are recorded together.
const GROUP: usize = 512;

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) releases: usize,
    pub(super) row_bytes: u64,
}

/// The name of a crate of the mirror.
pub(super) fn public_name(number: usize) -> String {
    let word = ["async", "serde", "tokio", "parse", "web", "core", "rand"][number % 7];
    format!("{word}-crate-{number}")
}

/// The name of a crate of the house.
pub(super) fn private_name(number: usize) -> String {
    format!("acme-part-{number}")
}

/// Where a name lies in the view.
pub(super) fn index_path(name: &str) -> String {
    crate::corpus::index_path(name)
}

/// Writes everything through the store.
pub(super) fn write(data: &Path, size: Size) -> Result<Made> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let moment = Timestamp::from_unix_seconds(1_800_000_000).context("a time of ours")?;
        let clock = Arc::new(move || moment);
        let ledger = SqliteLedger::open(&data.join(DATABASE), clock).await?;
        let mut made = Made::default();
        let numbers: Vec<usize> = (0..size.mirrored).collect();
        for part in numbers.chunks(GROUP) {
            let mut changes = Vec::with_capacity(2 * GROUP);
            for number in part {
                changes.extend(mirrored(*number, size, &mut made)?);
            }
            append(&ledger, changes).await?;
        }
        let numbers: Vec<usize> = (0..size.hosted).collect();
        for part in numbers.chunks(GROUP) {
            let changes: Result<Vec<_>> = part.iter().map(|number| hosted(*number)).collect();
            append(&ledger, changes?.into_iter().flatten().collect()).await?;
        }
        made.releases += size.hosted;
        ledger.close().await;
        Ok(made)
    })
}

async fn append(ledger: &SqliteLedger, changes: Vec<Change>) -> Result<()> {
    let actor = Actor::server();
    ledger.append(Batch { actor, changes }).await?;
    Ok(())
}

fn mirrored(number: usize, size: Size, made: &mut Made) -> Result<[Change; 2]> {
    let (name, registry) = (
        CrateName::parse(&public_name(number))?,
        RegistryName::parse("crates-io")?,
    );
    let releases = releases_of(number);
    let mut rows = String::new();
    for release in 0..releases {
        rows += &row(number, release, size.mirrored);
        rows.push('\n');
    }
    made.releases += releases;
    made.row_bytes += rows.len() as u64;
    let observe = Change::Observe {
        registry: registry.clone(),
        name: name.index_name(),
        rows: rows.into(),
        releases: u32::try_from(releases)?,
        validators: Validators {
            etag: Some(format!("\"{number:032x}\"")),
            last_modified: None,
        },
        seen: SeenRows::Nothing,
    };
    let owner = Change::RecordOwner {
        view: RegistryName::parse("main")?,
        name: name.key(),
        ownership: Ownership::sole(registry),
    };
    Ok([observe, owner])
}

/// 10 on average: 1 to 6 for most, 31 for every tenth, hundreds and more for a few.
fn releases_of(number: usize) -> usize {
    let few = 1 + number % 6;
    let more = [(10, 30), (100, 250), (1000, 1000)]
        .iter()
        .filter(|(every, _)| number.is_multiple_of(*every))
        .map(|(_, more)| more);
    few + more.sum::<usize>()
}

fn row(number: usize, release: usize, names: usize) -> String {
    let dependency = |of: usize| {
        json!({
            // On names before it, as they were when it was published.
            "name": public_name((number * 31 + of * 97) % names),
            "req": "^0.1.0", "features": ["std"], "optional": of == 2,
            "default_features": true, "target": null, "kind": "normal",
        })
    };
    let version = format!("0.{}.{}", release / 20, release % 20);
    json!({
        "name": public_name(number),
        "vers": version,
        "deps": [dependency(0), dependency(1), dependency(2)],
        "cksum": Checksum::of(format!("{number} {release}").as_bytes()).to_string(),
        "features": {"default": ["std"], "std": []},
        "yanked": release % 37 == 36,
        "pubtime": "2024-05-01T08:00:00Z",
    })
    .to_string()
}

fn hosted(number: usize) -> Result<[Change; 2]> {
    let (name, registry) = (
        CrateName::parse(&private_name(number))?,
        RegistryName::parse("local")?,
    );
    let checksum = Checksum::of(name.as_str().as_bytes());
    let row = json!({
        "name": name.as_str(), "vers": "1.0.0", "deps": [],
        "cksum": checksum.to_string(), "features": {"default": []},
    });
    let publish = Change::Publish(NewRelease {
        registry: registry.clone(),
        name: name.clone(),
        version: Version::parse("1.0.0")?,
        checksum,
        row: row.to_string(),
        metadata: json!({ "description": "A part of the house." }).to_string(),
    });
    let owner = Change::RecordOwner {
        view: RegistryName::parse("main")?,
        name: name.key(),
        ownership: Ownership::sole(registry),
    };
    Ok([publish, owner])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_large_as_it_says() {
        let releases: usize = (0..200_000).map(releases_of).sum();
        assert!((1_900_000..2_100_000).contains(&releases), "{releases}");
        let row = row(7, 3, 200_000);
        assert!((400..800).contains(&row.len()), "{}", row.len());
    }
}
