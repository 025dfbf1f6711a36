//! Publishing many releases at once: all or none of them.
//!
//! The body of `PUT /{registry or view}/api/v1/crates/batch` is one publish body of
//! cargo after the other (docs/protocol.md). Only name and version are said beside
//! each archive; the rest is in the manifest inside.
//!
//! Absent: which releases, and in which order (`publish_order.rs`).

use crate::server::{AskError, Server};
use bytes::Bytes;
use futures::stream;
use reqwest::Body;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;

/// How long a batch may take besides the time its bytes need: the server inspects
/// each archive and commits, and others may stand in line.
const ANSWER: Duration = Duration::from_secs(120);

/// The slowest line that is waited for, in bytes a second.
const BYTES_PER_SECOND_MIN: u64 = 64 * 1024;

/// Bytes that are sent in one piece, so that one sees it go on.
const PIECE_BYTES: usize = 256 * 1024;

/// A release to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub vers: String,
    /// Its archive.
    pub bytes: Bytes,
}

/// What became of one release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The crate's name.
    pub name: String,
    /// Its version, as it was sent.
    pub vers: String,
    /// SHA-256 of the archive that is kept; nothing if it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// `published`, `present`, `same-content` or `replaced`; of a batch that is not
    /// taken `refused`, or `not-published` for what nothing is wrong with.
    pub status: String,
    /// The version that its content got, if the registry mints versions and it is not
    /// the one that was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minted: Option<String>,
    /// Why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What of an equal content was ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// What a publisher should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// How it differs from what is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Value>,
}

impl Settled {
    /// Tells whether it was refused.
    pub fn is_refused(&self) -> bool {
        self.status == "refused"
    }
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Whether all of it is there now; else nothing of it was published.
    pub taken: bool,
    /// Each release, in the order in which it was sent.
    pub crates: Vec<Settled>,
}

/// The warnings of all crates together are left to cargo: each crate has its own.
#[derive(Deserialize)]
struct Answer {
    crates: Vec<Settled>,
}

/// Sends releases to a registry or view; `sent` is told how many bytes went, each time.
///
/// # Errors
/// [`AskError`] if nothing was said of the single releases.
pub async fn send(
    server: &Server,
    to: &str,
    parcels: &[Parcel],
    sent: impl Fn(u64) + Send + 'static,
) -> Result<Batch, AskError> {
    let pieces: Vec<Bytes> = parcels.iter().flat_map(pieces).collect();
    let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
    let limit = ANSWER + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN);
    let body = pieces.into_iter().map(move |piece| {
        sent(piece.len() as u64);
        Ok::<_, Infallible>(piece)
    });
    let body = Body::wrap_stream(stream::iter(body));
    let path = [to, "api", "v1", "crates", "batch"];
    let said = server.put(&path, body, bytes, limit).await?;
    let taken = said.is_success();
    let answer: Option<Answer> = serde_json::from_slice(&said.body).ok();
    match answer.map(|answer| answer.crates) {
        Some(crates) if !crates.is_empty() => Ok(Batch { taken, crates }),
        // A success that says nothing of its crates is no answer of ours either.
        _ => match server.accepted(said) {
            Err(refused) => Err(refused),
            Ok(_) => Err(AskError::Nonsense {
                url: server.url().to_string(),
                why: "it does not say what became of the crates".to_owned(),
            }),
        },
    }
}

/// One publish body, cut into pieces without copying the archive.
fn pieces(parcel: &Parcel) -> Vec<Bytes> {
    let metadata = json!({"name": parcel.name, "vers": parcel.vers}).to_string();
    let mut head = Vec::with_capacity(metadata.len() + 8);
    head.extend(length(metadata.len()));
    head.extend(metadata.as_bytes());
    head.extend(length(parcel.bytes.len()));
    let mut pieces = vec![Bytes::from(head)];
    let mut rest = parcel.bytes.clone();
    while !rest.is_empty() {
        pieces.push(rest.split_to(rest.len().min(PIECE_BYTES)));
    }
    pieces
}

/// A length as the format has it; one that does not fit is one that every server
/// refuses as too large.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_that_of_a_publish() {
        let parcel = Parcel {
            name: "a".to_owned(),
            vers: "1.0.0".to_owned(),
            bytes: Bytes::from(vec![7; PIECE_BYTES + 1]),
        };
        let body = pieces(&parcel).concat();
        let limits = crossdock_wire::publish_body::Limits::default();
        let read = crossdock_wire::publish_body::parse(&body, &limits).unwrap();
        assert_eq!((&*read.metadata.name, &*read.metadata.vers), ("a", "1.0.0"));
        assert_eq!(read.archive, &parcel.bytes[..]);
    }
}
