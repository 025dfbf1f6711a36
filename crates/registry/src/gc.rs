//! Archives that nobody names, taken away once they are old enough.
//!
//! Bytes are written before the row that names them, so what nobody names may be named
//! in a moment: by a publish under way, or one whose process died in between. It is left
//! alone for a grace time, counted from when it was last kept; who keeps bytes again
//! that are there begins that time anew.
//!
//! Which archives there are is asked before what is named, so that whatever is named
//! meanwhile counts; and after each removal the ledger is asked once more, because where
//! several nodes share a store one of them may have kept it between two looks: then it
//! is kept again.
//!
//! Absent: purged releases, whose bytes went with the purge.

use crate::named::{Named, checksums_in};
use crate::ports::{Blobs, Ledger, StoreError, Stored};
use crate::rebuild::{PAGE_FACTS, Text, Texts};
use crossdock_core::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The shortest grace: far longer than any publish takes from its bytes to its fact.
pub const GRACE_MIN: Duration = Duration::from_secs(60 * 60);

/// The grace that is given if none is named.
pub const GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Archives that are listed at one time.
const PAGE: usize = 10_000;

/// What is tidied up, and how.
pub struct Gc<'s> {
    /// The ledger.
    pub ledger: &'s dyn Ledger,
    /// The archives.
    pub blobs: &'s dyn Blobs,
    /// How long nobody must have kept what is taken away; at least [`GRACE_MIN`].
    pub grace: Duration,
    /// The time of day by the store's clock.
    pub now: Timestamp,
    /// Whether it is only said what would go.
    pub dry_run: bool,
}

/// Something that nobody names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orphan {
    /// Its checksum.
    pub checksum: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was last kept.
    pub kept: String,
}

/// What was found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcReport {
    /// Archives that there are.
    pub archives: u64,
    /// What went, or would.
    pub removed: Vec<Orphan>,
    /// What nobody names and stays, because it is too young or packed.
    pub left: Vec<Orphan>,
}

/// Why nothing was tidied up.
#[derive(Debug, thiserror::Error)]
pub enum GcError {
    /// A store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a text names cannot be known.
    #[error(
        "the text of fact {sequence} is lost, so it is not known what it names; see `crossdock fsck`"
    )]
    Lost {
        /// The position of the fact.
        sequence: u64,
    },
}

impl Gc<'_> {
    /// Takes away what nobody names, if it is old enough.
    ///
    /// # Errors
    /// [`GcError`]; what went before was named by nobody.
    pub async fn run(&self) -> Result<GcReport, GcError> {
        let grace = self.grace.max(GRACE_MIN);
        let grace = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        let limit = self.now.unix_seconds().saturating_sub(grace);
        let limit = Timestamp::from_unix_seconds(limit);
        let all = listed(self.blobs).await?;
        let (named, mut position) = self.named().await?;
        let mut report = GcReport {
            archives: all.len() as u64,
            ..GcReport::default()
        };
        for one in all.iter().filter(|one| !named.has(&one.checksum)) {
            let is_old = limit.filter(|limit| one.kept < *limit);
            let went = match is_old {
                None => false,
                Some(_) if self.dry_run => true,
                Some(limit) => self.remove(one, limit, &mut position).await?,
            };
            match went {
                true => report.removed.push(orphan(one)),
                false => report.left.push(orphan(one)),
            }
        }
        Ok(report)
    }

    /// Takes one away, and keeps it again if somebody named it meanwhile.
    async fn remove(
        &self,
        one: &Stored,
        limit: Timestamp,
        position: &mut u64,
    ) -> Result<bool, StoreError> {
        // What is corrupt is of no use to anybody.
        let bytes = match self.ledger.is_shared() {
            true => self.blobs.examine(&one.checksum).await.ok().flatten(),
            false => None,
        };
        if !self.blobs.remove_kept_before(&one.checksum, limit).await? {
            return Ok(false);
        }
        let Some(bytes) = bytes else {
            return Ok(true);
        };
        let facts = self.ledger.facts(*position, PAGE_FACTS).await?;
        let is_it = |checksum| checksum == one.checksum;
        let mut texts = facts.iter().map(|(_, fact)| fact.encode());
        if texts.any(|text| checksums_in(&text).any(is_it)) {
            self.blobs.keep(&one.checksum, bytes).await?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads all that is named, and up to which position.
    async fn named(&self) -> Result<(Named, u64), GcError> {
        let (mut named, mut texts) = (Named::default(), Texts::of(self.ledger));
        let mut done = 0;
        loop {
            let page = texts.page(done, PAGE_FACTS).await?;
            let Some(last) = page.last() else {
                return Ok((named, done));
            };
            done = last.sequence;
            for told in &page {
                if let Text::Lost(_) = told.text {
                    let sequence = told.sequence;
                    return Err(GcError::Lost { sequence });
                }
                named.note(told);
            }
        }
    }
}

/// Lists all archives.
pub(crate) async fn listed(blobs: &dyn Blobs) -> Result<Vec<Stored>, StoreError> {
    let mut all: Vec<Stored> = Vec::new();
    loop {
        let after = all.last().map(|last| last.checksum);
        let page = blobs.list(after.as_ref(), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

pub(crate) fn orphan(one: &Stored) -> Orphan {
    Orphan {
        checksum: one.checksum.to_string(),
        bytes: one.bytes,
        kept: one.kept.to_string(),
    }
}
