//! New archives of a lock, downloaded and looked into before the lock names them.
//!
//! Absent: which archives are new (`refresh.rs`).

use super::refresh::{Change, RefreshError};
use crate::sparse_index::SparseIndex;
use crossdock_archive::{Limits, Scope, inspect};
use crossdock_core::address::Address;
use crossdock_core::release::Release;
use crossdock_wire::config_json::ConfigJson;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;
use toml_edit::DocumentMut;

/// How many archives are in memory at once.
const ARCHIVES_AT_ONCE: usize = 4;

/// Downloads the archive of each row and checks that it has the row's checksum and the
/// row's release inside.
pub(super) async fn verify(
    changed: &[(Release, Change)],
    indexes: &BTreeMap<Address, SparseIndex>,
    step: &dyn Fn(u64, u64),
) -> Result<(), RefreshError> {
    let mut configs = BTreeMap::new();
    for (_, change) in changed {
        if !configs.contains_key(&change.read_at) {
            let config: ConfigJson = indexes[&change.read_at].config().await?;
            configs.insert(change.read_at.clone(), config);
        }
    }
    let total = changed.len() as u64;
    let mut done = 0;
    stream::iter(changed)
        .map(|(row, change)| {
            let (index, config) = (&indexes[&change.read_at], &configs[&change.read_at]);
            async move {
                let bytes = index.archive(config, row).await?;
                is_of(&bytes, row)
            }
        })
        .buffer_unordered(ARCHIVES_AT_ONCE)
        .inspect(|_| {
            done += 1;
            step(done, total);
        })
        .try_collect::<Vec<()>>()
        .await?;
    Ok(())
}

/// Checks that an archive has the release inside.
fn is_of(bytes: &[u8], row: &Release) -> Result<(), RefreshError> {
    let (name, version) = (row.name.clone(), row.version.clone());
    let inspection = inspect(bytes, &name, &version, Scope::Mirror, &Limits::default());
    let inspection = match inspection {
        Ok(inspection) => inspection,
        Err(source) => {
            return Err(RefreshError::Archive {
                name,
                version,
                source,
            });
        }
    };
    let manifest: DocumentMut = inspection.manifest.parse().unwrap_or_default();
    let said = |key: &str| {
        let package = manifest.get("package").or(manifest.get("project"));
        let value = package.and_then(|package| package.get(key)?.as_str());
        value.unwrap_or_default().to_owned()
    };
    match (said("name"), said("version")) {
        (said_name, said_version)
            if said_name == name.as_str() && said_version == version.to_string() =>
        {
            Ok(())
        }
        (said_name, said_version) => Err(RefreshError::OtherRelease {
            name,
            version,
            found: format!("`{said_name}` {said_version}")
                .escape_debug()
                .to_string(),
        }),
    }
}
