//! A backup made into a ledger and archives again.
//!
//! Archives come first, since no row may be without its bytes; then the facts, each at
//! its position and with its time, so that every epoch is what it was. Everything is
//! held against its checksum on the way. Broken off, it goes on where it was: what is
//! there is compared, and not written again.
//!
//! Absent: whether the place may be filled, which is for who opened it to say; the
//! validators of upstreams, which are asked anew.

use crate::backup::{BackupError, Head, archive_name, decode_facts, list_all, part, read_head};
use crate::ports::{Blobs, Ledger, StoreError, Vault};
use crate::rebuild::{PAGE_FACTS, Player, RebuildError, Told, play_whole};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use futures::stream::{self, StreamExt as _};
use serde::Serialize;

/// Archives on their way at one time; each is in memory meanwhile.
const AT_ONCE: usize = 8;

/// What was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RestoreReport {
    /// The installation that it is again.
    pub installation: String,
    /// The last epoch.
    pub epoch: u64,
    /// When the backup was made.
    pub made: String,
    /// Archives that were written.
    pub archives: u64,
    /// Archives that were there from a restore that was broken off.
    pub there: u64,
    /// Archives that the backup should have, and has not or damaged.
    pub missing: Vec<String>,
}

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup cannot be read.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// There is no backup, or the first one was not done.
    #[error("there is no backup there")]
    Nothing,
    /// The ledger has other facts.
    #[error("there is another ledger: its fact {sequence} is not the backup's")]
    OtherLedger {
        /// The position of the first that differs.
        sequence: u64,
    },
    /// The facts cannot be played.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The backup's facts end with another than its head says.
    #[error("the facts of the backup end at {sequence}, and its head says {epoch}")]
    Short {
        /// The last fact.
        sequence: u64,
        /// The epoch of the head.
        epoch: u64,
    },
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Backup(error.into())
    }
}

/// Fills a ledger and archives from a backup; what is there of it stays.
///
/// `set_clock` sets the ledger's clock, `step` is told of each archive.
///
/// # Errors
/// [`RestoreError`]; begun again, it goes on where it was.
pub async fn restore(
    vault: &dyn Vault,
    ledger: &dyn Ledger,
    blobs: &dyn Blobs,
    set_clock: &(dyn Fn(Timestamp) + Sync),
    step: &(dyn Fn() + Sync),
) -> Result<RestoreReport, RestoreError> {
    let head = read_head(vault).await?;
    let head = head.filter(|head| head.position > 0);
    let head = head.ok_or(RestoreError::Nothing)?;
    let mut report = RestoreReport {
        installation: head.installation.clone(),
        epoch: head.position,
        made: head.made.to_string(),
        ..RestoreReport::default()
    };
    archives(vault, &head, blobs, step, &mut report).await?;
    facts(vault, &head, ledger, set_clock).await?;
    Ok(report)
}

enum Restored {
    Now,
    Before,
    Missing(String),
}

async fn archives(
    vault: &dyn Vault,
    head: &Head,
    blobs: &dyn Blobs,
    step: &(dyn Fn() + Sync),
    report: &mut RestoreReport,
) -> Result<(), RestoreError> {
    let listed = list_all(vault, head).await?;
    let each = stream::iter(listed.into_keys().map(|checksum| async move {
        let restored = archive(vault, blobs, &checksum).await;
        step();
        restored
    }));
    let mut each = each.buffer_unordered(AT_ONCE);
    while let Some(restored) = each.next().await {
        match restored? {
            Restored::Now => report.archives += 1,
            Restored::Before => report.there += 1,
            Restored::Missing(what) => report.missing.push(what),
        }
    }
    report.missing.sort();
    Ok(())
}

async fn archive(
    vault: &dyn Vault,
    blobs: &dyn Blobs,
    checksum: &Checksum,
) -> Result<Restored, StoreError> {
    match blobs.examine(checksum).await {
        Ok(Some(_)) => return Ok(Restored::Before),
        // What was cut off is written again.
        Ok(None) | Err(StoreError::Corrupt(_)) => {}
        Err(error) => return Err(error),
    }
    let is_it = |bytes: &Bytes| Checksum::of(bytes) == *checksum;
    match vault.get(&archive_name(checksum)).await? {
        Some(bytes) if is_it(&bytes) => {
            blobs.keep(checksum, bytes).await?;
            Ok(Restored::Now)
        }
        Some(_) => Ok(Restored::Missing(format!("{checksum} is damaged"))),
        None => Ok(Restored::Missing(format!("{checksum} is not there"))),
    }
}

async fn facts(
    vault: &dyn Vault,
    head: &Head,
    ledger: &dyn Ledger,
    set_clock: &(dyn Fn(Timestamp) + Sync),
) -> Result<(), RestoreError> {
    let there = ledger.position().await?;
    let mut player = Player::new(ledger, set_clock);
    let (mut done, mut is_end) = (0, false);
    for segment in &head.segments {
        let bytes = part(vault, &segment.name(), &segment.checksum).await?;
        let facts = decode_facts(&bytes).map_err(|error| BackupError::Damaged {
            name: segment.name(),
            what: error.to_string(),
        })?;
        let new = facts.partition_point(|told| told.sequence <= there);
        let (old, new) = facts.split_at(new);
        compare(ledger, done, old).await?;
        player.recall(old);
        play_whole(&mut player, new).await?;
        if let Some(last) = facts.last() {
            done = last.sequence;
            is_end = head.ends_with(&last.fact.encode());
        }
    }
    if there > head.position {
        let sequence = head.position + 1;
        return Err(RestoreError::OtherLedger { sequence });
    }
    match is_end && done == head.position {
        true => Ok(()),
        false => Err(RestoreError::Short {
            sequence: done,
            epoch: head.position,
        }),
    }
}

/// Makes sure that what is there are these facts.
async fn compare(ledger: &dyn Ledger, after: u64, facts: &[Told]) -> Result<(), RestoreError> {
    let mut after = after;
    for page in facts.chunks(PAGE_FACTS as usize) {
        let there = ledger.facts(after, PAGE_FACTS).await?;
        for (position, told) in page.iter().enumerate() {
            let is_it = there
                .get(position)
                .is_some_and(|(sequence, fact)| *sequence == told.sequence && *fact == told.fact);
            if !is_it {
                let sequence = told.sequence;
                return Err(RestoreError::OtherLedger { sequence });
            }
            after = told.sequence;
        }
    }
    Ok(())
}
