//! The head of a backup: whose it is, up to which epoch, and what it is made of.
//!
//! ```text
//! crossdock backup 1
//! installation 0123…
//! position 1234
//! last SHA256                    of the last fact's encoding
//! made 2026-11-22T01:00:00Z
//! facts 1 1000 SHA256
//! facts 1001 1234 SHA256
//! archives 800 SHA256
//! end SHA256                     of all lines above
//! ```
//!
//! Absent: what the parts say.

use crate::ports::{StoreError, Vault};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const NAME: &str = "head";
const FIRST_LINE: &str = "crossdock backup 1";

/// What a backup is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose backup it is.
    pub installation: String,
    /// The epoch that can be restored; 0 while the first backup is not done.
    pub position: u64,
    /// The checksum of the last fact's encoding.
    pub(super) last: Checksum,
    /// When it was made.
    pub made: Timestamp,
    pub(crate) segments: Vec<Segment>,
    pub(crate) lists: Vec<List>,
}

/// Facts that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) checksum: Checksum,
}

impl Segment {
    pub(crate) fn name(&self) -> String {
        format!("facts/{}", self.checksum)
    }
}

/// Archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) archives: u64,
    pub(crate) checksum: Checksum,
}

impl List {
    pub(crate) fn name(&self) -> String {
        format!("lists/{}", self.checksum)
    }
}

/// What is called the head of a backup is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// It is of a later Crossdock.
    #[error("the backup is of a later Crossdock; use that one")]
    Later,
    /// It is not what was written.
    #[error("the head of the backup is damaged; make another backup in another place")]
    Damaged,
}

impl Head {
    pub(super) fn new(installation: String, made: Timestamp) -> Self {
        Self {
            installation,
            position: 0,
            last: Checksum::of(b""),
            made,
            segments: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Tells whether a fact is the last one of the backup.
    pub(crate) fn ends_with(&self, encoding: &str) -> bool {
        Checksum::of(encoding.as_bytes()) == self.last
    }

    /// Names the parts.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let segments = self.segments.iter().map(Segment::name);
        segments.chain(self.lists.iter().map(List::name)).collect()
    }

    fn encode(&self) -> String {
        let Self {
            installation,
            position,
            last,
            made,
            segments,
            lists,
        } = self;
        let mut text = format!(
            "{FIRST_LINE}\ninstallation {installation}\nposition {position}\nlast {last}\nmade {made}\n"
        );
        for Segment {
            first,
            last,
            checksum,
        } in segments
        {
            let _infallible = writeln!(text, "facts {first} {last} {checksum}");
        }
        for List { archives, checksum } in lists {
            let _infallible = writeln!(text, "archives {archives} {checksum}");
        }
        let end = Checksum::of(text.as_bytes());
        let _infallible = writeln!(text, "end {end}");
        text
    }

    fn decode(text: &str) -> Option<Self> {
        let signed = &text[..text.rfind("end ")?];
        let end = text[signed.len()..].strip_prefix("end ")?.trim_end();
        if Checksum::parse(end).ok()? != Checksum::of(signed.as_bytes()) {
            return None;
        }
        let mut lines = signed.lines();
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        let _first_line = field("crossdock")?;
        let mut head = Self {
            installation: field("installation")?.to_owned(),
            position: field("position")?.parse().ok()?,
            last: Checksum::parse(field("last")?).ok()?,
            made: Timestamp::parse(field("made")?).ok()?,
            segments: Vec::new(),
            lists: Vec::new(),
        };
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["facts", first, last, checksum] => head.segments.push(Segment {
                    first: first.parse().ok()?,
                    last: last.parse().ok()?,
                    checksum: Checksum::parse(checksum).ok()?,
                }),
                ["archives", archives, checksum] => head.lists.push(List {
                    archives: archives.parse().ok()?,
                    checksum: Checksum::parse(checksum).ok()?,
                }),
                _ => return None,
            }
        }
        Some(head)
    }
}

/// Reads the head of a backup; nothing if there is none.
pub(crate) async fn read(vault: &dyn Vault) -> Result<Option<Head>, super::BackupError> {
    let Some(bytes) = vault.get(NAME).await? else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| HeadError::Damaged)?;
    match text.lines().next() {
        Some(FIRST_LINE) => {}
        Some(line) if line.starts_with("crossdock backup ") => return Err(HeadError::Later.into()),
        _ => return Err(HeadError::Damaged.into()),
    }
    Ok(Some(Head::decode(text).ok_or(HeadError::Damaged)?))
}

/// Writes the head, in place of the one before.
pub(super) async fn write(vault: &dyn Vault, head: &Head) -> Result<(), StoreError> {
    vault.put(NAME, Bytes::from(head.encode())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_back_and_no_byte_of_it_may_differ() {
        let made = Timestamp::from_unix_seconds(1_790_000_000).unwrap();
        let mut head = Head::new("0123abcd".to_owned(), made);
        head.position = 7;
        head.segments.push(Segment {
            first: 1,
            last: 7,
            checksum: Checksum::of(b"facts"),
        });
        head.lists.push(List {
            archives: 3,
            checksum: Checksum::of(b"archives"),
        });
        let text = head.encode();
        assert_eq!(Head::decode(&text).as_ref(), Some(&head));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let damaged = String::from_utf8(bytes).unwrap();
            let read = Head::decode(&damaged);
            // The line break at the very end says nothing.
            assert!(read.is_none() || place + 1 == text.len(), "byte {place}");
        }
    }
}
