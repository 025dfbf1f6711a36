//! Facts with their texts as bytes: frames one after the other, deflated as a whole.
//!
//! ```text
//! crossdock facts 1
//! fact 7 120 row 300 80          position, and lengths of what follows
//! (120 bytes of the fact's encoding, 300 of the row, 80 of the metadata)
//! fact 8 90 rows 5000
//! fact 9 60 none
//! fact 10 60 lost SHA256
//! ```

use crate::deflate;
use crate::rebuild::{Text, Told};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::Fact;
use flate2::read::GzDecoder;
use std::io::Read as _;

const FIRST_LINE: &str = "crossdock facts 1\n";

/// Most bytes of a segment unpacked: what ends a page, the longest text beyond it, and
/// a thousand facts.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// What should be facts is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what should be facts makes no sense{}", .after.map_or(String::new(), |after| format!(" after fact {after}")))]
pub struct SegmentError {
    /// The last fact that could be read.
    pub after: Option<u64>,
}

/// Writes facts.
pub fn encode(facts: &[Told]) -> Vec<u8> {
    let mut plain = FIRST_LINE.as_bytes().to_vec();
    for told in facts {
        let encoding = told.fact.encode();
        let (kind, texts): (String, Vec<&[u8]>) = match &told.text {
            Text::None => ("none".to_owned(), Vec::new()),
            Text::Lost(checksum) => (format!("lost {checksum}"), Vec::new()),
            Text::Rows(rows) => (format!("rows {}", rows.len()), vec![rows]),
            Text::Row { row, metadata } => (
                format!("row {} {}", row.len(), metadata.len()),
                vec![row.as_bytes(), metadata.as_bytes()],
            ),
        };
        let line = format!("fact {} {} {kind}\n", told.sequence, encoding.len());
        plain.extend_from_slice(line.as_bytes());
        plain.extend_from_slice(encoding.as_bytes());
        for text in texts {
            plain.extend_from_slice(text);
        }
    }
    deflate::gzip(&plain, deflate::Effort::Thorough)
}

/// Reads facts; every text is what its fact says it is.
///
/// # Errors
/// [`SegmentError`] if they are not what [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Vec<Told>, SegmentError> {
    let mut plain = Vec::new();
    let nothing = SegmentError { after: None };
    let unpacked = GzDecoder::new(bytes)
        .take(UNPACKED_BYTES_MAX)
        .read_to_end(&mut plain);
    unpacked.map_err(|_| nothing.clone())?;
    let plain = Bytes::from(plain);
    let mut rest = Rest(plain);
    let first = rest.take(FIRST_LINE.len()).ok_or(nothing.clone())?;
    if first != FIRST_LINE.as_bytes() {
        return Err(nothing);
    }
    let mut facts: Vec<Told> = Vec::new();
    while !rest.0.is_empty() {
        let after = facts.last().map(|last| last.sequence);
        let told = rest.told().filter(is_whole);
        let told = told.filter(|told| after.is_none_or(|after| after < told.sequence));
        facts.push(told.ok_or(SegmentError { after })?);
    }
    Ok(facts)
}

/// Tells whether a text is the one that its fact names.
fn is_whole(told: &Told) -> bool {
    use crossdock_core::fact::Event;
    match (&told.fact.event, &told.text) {
        (
            Event::Published { row, .. } | Event::Rebuilt { row, .. },
            Text::Row { row: text, .. },
        ) => Checksum::of(text.as_bytes()) == *row,
        (Event::Observed { rows, .. }, Text::Rows(text)) => Checksum::of(text) == *rows,
        (
            Event::Published { row: named, .. }
            | Event::Rebuilt { row: named, .. }
            | Event::Observed { rows: named, .. },
            Text::Lost(lost),
        ) => named == lost,
        (Event::Published { .. } | Event::Rebuilt { .. } | Event::Observed { .. }, _) => false,
        (_, text) => *text == Text::None,
    }
}

/// What is not read yet.
struct Rest(Bytes);

impl Rest {
    fn take(&mut self, bytes: usize) -> Option<Bytes> {
        (bytes <= self.0.len()).then(|| self.0.split_to(bytes))
    }

    fn text(&mut self, bytes: &str) -> Option<String> {
        let taken = self.take(bytes.parse().ok()?)?;
        String::from_utf8(taken.to_vec()).ok()
    }

    fn told(&mut self) -> Option<Told> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let line = self.take(end + 1)?;
        let line = std::str::from_utf8(&line).ok()?.trim_end();
        let words: Vec<&str> = line.split(' ').collect();
        let ["fact", sequence, fact, kind @ ..] = &words[..] else {
            return None;
        };
        let sequence = sequence.parse().ok()?;
        let fact = Fact::decode(&self.text(fact)?).ok()?;
        let text = match kind {
            ["none"] => Text::None,
            ["lost", checksum] => Text::Lost(Checksum::parse(checksum).ok()?),
            ["rows", bytes] => Text::Rows(self.take(bytes.parse().ok()?)?),
            ["row", row, metadata] => Text::Row {
                row: self.text(row)?,
                metadata: self.text(metadata)?,
            },
            _ => return None,
        };
        Some(Told {
            sequence,
            fact,
            text,
        })
    }
}
