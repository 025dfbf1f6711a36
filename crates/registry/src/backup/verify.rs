//! A backup read from the first byte to the last, and held against its checksums.

use super::{AT_ONCE, BackupError, archive_name, decode_facts, head, list, part};
use crate::ports::{StoreError, Vault};
use crossdock_core::checksum::Checksum;
use futures::stream::{self, StreamExt as _};
use serde::Serialize;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The epoch that can be restored.
    pub epoch: u64,
    /// Facts that were read.
    pub facts: u64,
    /// Archives that are what they should be.
    pub archives: u64,
    /// What is missing or damaged.
    pub findings: Vec<String>,
}

/// Reads a whole backup; nothing if there is none. `step` is told of each archive.
///
/// # Errors
/// [`BackupError`] if its head cannot be read, or a store could not.
pub async fn verify(
    vault: &dyn Vault,
    step: &(dyn Fn() + Sync),
) -> Result<Option<Verified>, BackupError> {
    let Some(head) = head::read(vault).await? else {
        return Ok(None);
    };
    let mut verified = Verified {
        epoch: head.position,
        ..Verified::default()
    };
    let mut done = 0;
    for segment in &head.segments {
        match part(vault, &segment.name(), &segment.checksum).await {
            Ok(bytes) => match decode_facts(&bytes) {
                Ok(facts) => verified.facts += facts.len() as u64,
                Err(error) => verified.findings.push(error.to_string()),
            },
            Err(BackupError::Damaged { name, what }) => {
                verified.findings.push(format!("{name} is {what}"));
            }
            Err(error) => return Err(error),
        }
        if segment.first != done + 1 {
            let text = format!("facts {} to {} are not in it", done + 1, segment.first);
            verified.findings.push(text);
        }
        done = segment.last;
    }
    let listed = list::all(vault, &head).await?;
    let each = stream::iter(listed.into_keys().map(|checksum| async move {
        let read = vault.get(&archive_name(&checksum)).await?;
        step();
        Ok::<_, StoreError>(match read {
            None => Some(format!("archive {checksum} is not there")),
            Some(bytes) if Checksum::of(&bytes) != checksum => {
                Some(format!("archive {checksum} is not what was written"))
            }
            Some(_) => None,
        })
    }));
    let mut each = each.buffer_unordered(AT_ONCE);
    while let Some(read) = each.next().await {
        match read? {
            None => verified.archives += 1,
            Some(finding) => verified.findings.push(finding),
        }
    }
    verified.findings.sort();
    Ok(Some(verified))
}
