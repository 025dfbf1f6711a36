//! The body of `PUT /api/v1/crates/batch`: publish bodies, one after the other.
//!
//! The format is this project's own; each part is what cargo sends for one release
//! (`publish_body.rs`), so that whoever can write one can write many. The JSON may say
//! no more than name and version: the manifest inside says the rest.
//!
//! Absent: what belongs together, and in which order it is recorded.

use crate::publish_body::{Limits, PublishBody, PublishBodyError, parse_first};

/// Most releases of one batch: a large workspace has a hundred members, and one
/// transaction that writes some thousand rows still takes less than a second.
pub const RELEASES_MAX: usize = 500;

/// Largest batch in bytes: as much as the server keeps in memory of all uploads at one
/// time by default, and four of the largest archives.
pub const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why bytes are no batch.
#[derive(Debug, thiserror::Error)]
pub enum PublishBatchError {
    /// There is nothing in it.
    #[error("the batch is empty; send one publish body for each release")]
    Empty,
    /// More than [`RELEASES_MAX`].
    #[error(
        "the batch has more than {RELEASES_MAX} releases; send those that others depend on first, in a batch of their own"
    )]
    TooMany,
    /// One of them is no publish body.
    #[error("release {number} of the batch: {source}")]
    Release {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        source: PublishBodyError,
    },
}

impl PublishBatchError {
    /// Tells whether sending less would help.
    pub fn is_too_large(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::TooMany => true,
            Self::Release { source, .. } => source.is_too_large(),
        }
    }
}

/// Takes a batch apart, in the order in which it was sent.
///
/// # Errors
/// [`PublishBatchError`] names the release, the part and the rule.
pub fn parse<'b>(
    mut body: &'b [u8],
    limits: &Limits,
) -> Result<Vec<PublishBody<'b>>, PublishBatchError> {
    let mut releases = Vec::new();
    while !body.is_empty() {
        if releases.len() == RELEASES_MAX {
            return Err(PublishBatchError::TooMany);
        }
        let number = releases.len() + 1;
        let (release, rest) = parse_first(body, limits)
            .map_err(|source| PublishBatchError::Release { number, source })?;
        releases.push(release);
        body = rest;
    }
    match releases.is_empty() {
        true => Err(PublishBatchError::Empty),
        false => Ok(releases),
    }
}
