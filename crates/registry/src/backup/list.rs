//! Which archives a backup has: a line for each, `SHA256 BYTES`, sorted.

use super::head::{Head, List};
use super::{BackupError, LIST_ARCHIVES, part};
use crate::ports::Vault;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use std::collections::BTreeMap;

/// Reads all lists of a backup.
pub(crate) async fn all(
    vault: &dyn Vault,
    head: &Head,
) -> Result<BTreeMap<Checksum, u64>, BackupError> {
    let mut all = BTreeMap::new();
    for list in &head.lists {
        all.extend(read(vault, list).await?);
    }
    Ok(all)
}

/// Writes further archives; returns all lists.
pub(super) async fn extended(
    vault: &dyn Vault,
    lists: &[List],
    archives: &[(Checksum, u64)],
) -> Result<Vec<List>, BackupError> {
    let mut lists = lists.to_vec();
    let mut last: BTreeMap<Checksum, u64> = archives.iter().copied().collect();
    if last.is_empty() {
        return Ok(lists);
    }
    if let Some(open) = lists.pop_if(|last| last.archives < LIST_ARCHIVES) {
        last.extend(read(vault, &open).await?);
    }
    lists.extend(written(vault, &last).await?);
    Ok(lists)
}

/// Writes lists of all these.
pub(super) async fn written(
    vault: &dyn Vault,
    archives: &BTreeMap<Checksum, u64>,
) -> Result<Vec<List>, BackupError> {
    if archives.is_empty() {
        return Ok(Vec::new());
    }
    let lines = archives
        .iter()
        .map(|(one, bytes)| format!("{one} {bytes}\n"));
    let text = lines.collect::<String>();
    let list = List {
        archives: archives.len() as u64,
        checksum: Checksum::of(text.as_bytes()),
    };
    vault.put(&list.name(), Bytes::from(text)).await?;
    Ok(vec![list])
}

async fn read(vault: &dyn Vault, list: &List) -> Result<BTreeMap<Checksum, u64>, BackupError> {
    let bytes = part(vault, &list.name(), &list.checksum).await?;
    let line = |line: &str| {
        let (checksum, bytes) = line.split_once(' ')?;
        Some((Checksum::parse(checksum).ok()?, bytes.parse().ok()?))
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let read: Option<BTreeMap<_, _>> = text.lines().map(line).collect();
    read.ok_or_else(|| BackupError::Damaged {
        name: list.name(),
        what: "no list of archives".to_owned(),
    })
}
