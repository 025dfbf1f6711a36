//! A backup: facts by position with the texts that they name, and archives.
//!
//! The ledger is the only truth, so this is all there is to keep; the same whatever
//! product it is kept in, and to be restored into any. Facts never change and archives
//! are named by their checksums, so a backup grows by what came since the one before.
//!
//! | name | has |
//! |---|---|
//! | `head` | which of the others make up the backup, written last (`head.rs`) |
//! | `facts/SHA256` | facts that follow each other, with their texts (`segment.rs`) |
//! | `lists/SHA256` | checksums of archives, with their sizes (`list.rs`) |
//! | `archives/ab/cdef…` | an archive |
//!
//! Whatever it is broken off at, the head before leads to everything it names: nothing
//! that it names is changed, and what it does not name any more is taken away after
//! another head stands.
//!
//! Absent: what is remembered for speed alone, the settings file, tokens; who asks whom.

mod head;
mod list;
mod purged;
mod segment;
mod source;
mod verify;

pub(crate) use head::read as read_head;
pub use head::{Head, HeadError};
pub(crate) use list::all as list_all;
pub use segment::{SegmentError, decode as decode_facts, encode as encode_facts};
pub use source::{BackupSource, LedgerSource, Standing};
pub use verify::{Verified, verify};

use crate::ports::{StoreError, Stored, Vault};
use crate::rebuild::{Text, Told};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::Event;
use crossdock_core::timestamp::Timestamp;
use futures::stream::{self, StreamExt as _};
use head::Segment;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Archives on their way at one time; each is in memory meanwhile.
const AT_ONCE: usize = 8;

/// Archives after which a head is written that names them, so that a backup which is
/// broken off need not copy them again.
const HEAD_EVERY: usize = 1000;

/// A last segment with fewer facts is written again together with those that follow.
const SEGMENT_FACTS: u64 = 1000;

/// A last list with fewer archives is written again together with those that follow.
const LIST_ARCHIVES: u64 = 10_000;

/// What was backed up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// The epoch that can be restored.
    pub epoch: u64,
    /// Facts that came since the backup before.
    pub facts: u64,
    /// Archives that were copied.
    pub copied: u64,
    /// Bytes of these archives and of what was written of facts.
    pub written_bytes: u64,
    /// All archives of the backup.
    pub archives: u64,
    /// Bytes of all archives of the backup.
    pub archive_bytes: u64,
    /// What a fact says was kept, and is not there or corrupt.
    pub missing: Vec<String>,
    /// Archives of purged releases that were taken out of the backup.
    pub purged: u64,
}

/// Why there is no backup; the one before stands.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there is damaged, or of a later Crossdock.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A part of the backup cannot be read.
    #[error("{name} of the backup is {what}")]
    Damaged {
        /// Which part.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// There is the backup of another installation.
    #[error("the backup there is of installation {there}, and this one is {here}")]
    OtherInstallation {
        /// Whose backup it is.
        there: String,
        /// Which installation was to be backed up.
        here: String,
    },
    /// The ledger does not continue the one that was backed up.
    #[error("the backup there goes to epoch {epoch}, and the ledger has another history")]
    OtherHistory {
        /// The epoch of the backup.
        epoch: u64,
    },
}

/// Brings a backup up to what the source has now; `step` is told of each archive copied.
///
/// Others may go on publishing: the epoch that is backed up is the last when it began,
/// or a later one.
///
/// # Errors
/// [`BackupError`]; the backup before can still be restored.
pub async fn back_up(
    source: &dyn BackupSource,
    vault: &dyn Vault,
    now: Timestamp,
    step: &(dyn Fn() + Sync),
) -> Result<BackupReport, BackupError> {
    let standing = source.standing().await?;
    let mut head = match head::read(vault).await? {
        Some(head) => continued(source, head, &standing).await?,
        None => Head::new(standing.installation.clone(), now),
    };
    let mut report = BackupReport::default();
    let before = head.clone();
    let mut next = facts(source, vault, &head, &standing, &mut report).await?;
    // After the facts: what they name was kept before them.
    let stored = stored(source).await?;
    let mut listed = list::all(vault, &head).await?;
    let new: Vec<Stored> = stored
        .values()
        .filter(|one| !listed.contains_key(&one.checksum))
        .copied()
        .collect();
    let mut corrupt = BTreeSet::new();
    for group in new.chunks(HEAD_EVERY) {
        let copied = copy(source, vault, group, step, &mut corrupt).await?;
        report.copied += copied.len() as u64;
        report.written_bytes += copied.iter().map(|(_, bytes)| bytes).sum::<u64>();
        listed.extend(copied.iter().copied());
        head.lists = list::extended(vault, &head.lists, &copied).await?;
        head::write(vault, &head).await?;
    }
    head.segments = std::mem::take(&mut next.segments);
    (head.position, head.last) = (next.position, next.last);
    head.made = now;
    let gone = purged::gone(vault, &head, &next.told, &stored, &listed).await?;
    if !gone.is_empty() {
        listed.retain(|checksum, _| !gone.contains(checksum));
        head.lists = list::written(vault, &listed).await?;
    }
    head::write(vault, &head).await?;
    // From here on only what no head names goes.
    for checksum in &gone {
        vault.remove(&archive_name(checksum)).await?;
    }
    for name in before.names().difference(&head.names()) {
        vault.remove(name).await?;
    }
    report.epoch = head.position;
    report.archives = listed.len() as u64;
    report.archive_bytes = listed.values().sum();
    report.purged = gone.len() as u64;
    report
        .missing
        .extend(missing(&next.told, &listed, &corrupt));
    Ok(report)
}

/// Makes sure that the ledger goes on where the backup ends.
async fn continued(
    source: &dyn BackupSource,
    head: Head,
    standing: &Standing,
) -> Result<Head, BackupError> {
    if head.installation != standing.installation {
        return Err(BackupError::OtherInstallation {
            there: head.installation,
            here: standing.installation.clone(),
        });
    }
    let epoch = head.position;
    let Some(before) = epoch.checked_sub(1) else {
        return Ok(head);
    };
    let page = source.facts(before).await?;
    let last = page.first().filter(|told| told.sequence == epoch);
    match last.map(|told| Checksum::of(told.fact.encode().as_bytes())) {
        Some(last) if last == head.last => Ok(head),
        _ => Err(BackupError::OtherHistory { epoch }),
    }
}

/// The facts of a backup as they are to be.
struct Next {
    segments: Vec<Segment>,
    position: u64,
    last: Checksum,
    /// Those that came since, and those of the segment that was written again.
    told: Vec<Told>,
}

async fn facts(
    source: &dyn BackupSource,
    vault: &dyn Vault,
    head: &Head,
    standing: &Standing,
    report: &mut BackupReport,
) -> Result<Next, BackupError> {
    let mut next = Next {
        segments: head.segments.clone(),
        position: head.position,
        last: head.last,
        told: Vec::new(),
    };
    if standing.position <= head.position {
        return Ok(next);
    }
    let is_open = |last: &Segment| last.last - last.first + 1 < SEGMENT_FACTS;
    if next.segments.last().is_some_and(is_open) {
        next.segments.pop();
    }
    let mut done = next.segments.last().map_or(0, |last| last.last);
    while done < standing.position {
        let page = source.facts(done).await?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            break;
        };
        let encoded = Bytes::from(encode_facts(&page));
        let segment = Segment {
            first: first.sequence,
            last: last.sequence,
            checksum: Checksum::of(&encoded),
        };
        report.written_bytes += encoded.len() as u64;
        vault.put(&segment.name(), encoded).await?;
        next.segments.push(segment);
        next.last = Checksum::of(last.fact.encode().as_bytes());
        done = last.sequence;
        next.told.extend(page.into_iter().map(without_rows));
    }
    report.facts = done.saturating_sub(head.position);
    next.position = done;
    Ok(next)
}

/// Lets the text go, which may be long; that it is lost stays known.
fn without_rows(told: Told) -> Told {
    let text = match told.text {
        Text::Lost(checksum) => Text::Lost(checksum),
        _ => Text::None,
    };
    Told { text, ..told }
}

async fn stored(source: &dyn BackupSource) -> Result<BTreeMap<Checksum, Stored>, StoreError> {
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let page = source.stored(after.as_ref()).await?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = Some(last.checksum);
        all.extend(page.into_iter().map(|one| (one.checksum, one)));
    }
}

/// Copies archives; returns those that were, with their sizes.
async fn copy(
    source: &dyn BackupSource,
    vault: &dyn Vault,
    group: &[Stored],
    step: &(dyn Fn() + Sync),
    corrupt: &mut BTreeSet<Checksum>,
) -> Result<Vec<(Checksum, u64)>, StoreError> {
    let each = stream::iter(group.iter().map(|one| async move {
        let bytes = match source.archive(&one.checksum).await {
            Ok(Some(bytes)) if Checksum::of(&bytes) == one.checksum => bytes,
            Ok(Some(_)) | Err(StoreError::Corrupt(_)) => return Ok((one.checksum, None)),
            // It was purged in this moment.
            Ok(None) => return Ok((one.checksum, None)),
            Err(error) => return Err(error),
        };
        let size = bytes.len() as u64;
        vault.put(&archive_name(&one.checksum), bytes).await?;
        step();
        Ok((one.checksum, Some(size)))
    }));
    let mut each = each.buffer_unordered(AT_ONCE);
    let mut copied = Vec::with_capacity(group.len());
    while let Some(done) = each.next().await {
        match done? {
            (checksum, Some(size)) => copied.push((checksum, size)),
            (checksum, None) => {
                corrupt.insert(checksum);
            }
        }
    }
    copied.sort_unstable();
    Ok(copied)
}

/// Tells what facts say was kept, and the backup has not.
fn missing(
    told: &[Told],
    listed: &BTreeMap<Checksum, u64>,
    corrupt: &BTreeSet<Checksum>,
) -> Vec<String> {
    let purged: BTreeSet<Checksum> = told
        .iter()
        .filter_map(|told| match &told.fact.event {
            Event::Decided {
                decision: Decision::Purged(purged),
                ..
            } => Some(purged.checksum),
            _ => None,
        })
        .collect();
    let mut missing = BTreeSet::new();
    for told in told {
        let (checksum, what) = match &told.fact.event {
            Event::Published {
                registry,
                name,
                version,
                checksum,
                ..
            }
            | Event::Rebuilt {
                registry,
                name,
                version,
                checksum,
                ..
            } => (
                checksum,
                format!("the archive of {name} {version} in {registry}"),
            ),
            Event::Decided {
                scope,
                decision: Decision::Policy(adopted),
            } => (&adopted.text, format!("the text of a policy of {scope}")),
            _ => continue,
        };
        if !listed.contains_key(checksum) && !purged.contains(checksum) {
            missing.insert(format!("{what} ({checksum})"));
        }
    }
    let lost = told.iter().filter_map(|told| match &told.text {
        Text::Lost(checksum) => Some(format!("the text of fact {} ({checksum})", told.sequence)),
        _ => None,
    });
    missing.extend(lost);
    let listed_not = corrupt.iter().filter(|one| !listed.contains_key(*one));
    missing.extend(listed_not.map(|one| format!("archive {one}, which cannot be read")));
    missing.into_iter().collect()
}

/// Where an archive is in a backup.
pub(crate) fn archive_name(checksum: &Checksum) -> String {
    let text = checksum.to_string();
    format!("archives/{}/{}", &text[..2], &text[2..])
}

/// Reads a part of a backup that is named by its checksum.
pub(crate) async fn part(
    vault: &dyn Vault,
    name: &str,
    checksum: &Checksum,
) -> Result<Bytes, BackupError> {
    let damaged = |what: &str| BackupError::Damaged {
        name: name.to_owned(),
        what: what.to_owned(),
    };
    let bytes = vault.get(name).await?.ok_or_else(|| damaged("not there"))?;
    match Checksum::of(&bytes) == *checksum {
        true => Ok(bytes),
        false => Err(damaged("not what was written")),
    }
}
