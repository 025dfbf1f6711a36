//! Rows of mirrors as they are stored: large ones deflated, all with their SHA-256.
//!
//! 393 entries of crates.io as cargo keeps them, 32 MB, deflate to 2.3 MB in 0.4 s,
//! and every release of a crate writes its whole entry again. Packing happens before
//! a batch is queued, so that the writer has nothing to do but write.

use super::corrupt;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::{Batch, Change, StoreError};
use flate2::read::ZlibDecoder;
use std::io::Read;
use tokio::task::spawn_blocking;

/// From this length on rows are packed: a page of the database, below which
/// nothing is saved.
const PACKED_FROM_BYTES: usize = 4096;

/// Rows as they are stored.
#[derive(Clone)]
pub(crate) struct Packed {
    pub(crate) is_packed: bool,
    pub(crate) bytes: Vec<u8>,
    /// Of the rows themselves.
    pub(crate) sha256: String,
}

/// Packs what a batch observes: one for each change, none for other changes.
pub(crate) async fn pack(batch: &Batch) -> Result<Vec<Option<Packed>>, StoreError> {
    let rows: Vec<Option<Bytes>> = batch.changes.iter().map(observed).collect();
    let bytes: usize = rows.iter().flatten().map(Bytes::len).sum();
    let work = move || {
        rows.iter()
            .map(|rows| rows.as_deref().map(packed))
            .collect()
    };
    if bytes < PACKED_FROM_BYTES {
        return Ok(work());
    }
    let done = spawn_blocking(work).await;
    done.map_err(|_| StoreError::Unavailable("packing rows was interrupted".to_owned()))
}

/// Unpacks stored rows and verifies them.
pub(crate) async fn unpack(stored: Packed) -> Result<Bytes, StoreError> {
    if !stored.is_packed {
        return verified(stored.bytes, &stored.sha256);
    }
    let done = spawn_blocking(move || {
        let rows = inflated(&stored.bytes).ok_or_else(|| corrupt("a mirror's entry"))?;
        verified(rows, &stored.sha256)
    });
    done.await
        .map_err(|_| StoreError::Unavailable("unpacking rows was interrupted".to_owned()))?
}

fn observed(change: &Change) -> Option<Bytes> {
    match change {
        Change::Observe { rows, .. } => Some(rows.clone()),
        _ => None,
    }
}

fn packed(rows: &[u8]) -> Packed {
    let sha256 = Checksum::of(rows).to_string();
    let is_packed = rows.len() >= PACKED_FROM_BYTES;
    let bytes = if is_packed {
        deflated(rows)
    } else {
        rows.to_vec()
    };
    Packed {
        is_packed,
        bytes,
        sha256,
    }
}

/// Inflates what [`deflated`] wrote; nothing if it is damaged.
pub(crate) fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rows = Vec::with_capacity(bytes.len() * 8);
    ZlibDecoder::new(bytes).read_to_end(&mut rows).ok()?;
    Some(rows)
}

pub(crate) fn deflated(rows: &[u8]) -> Vec<u8> {
    crossdock_registry::zlib(rows)
}

fn verified(rows: Vec<u8>, sha256: &str) -> Result<Bytes, StoreError> {
    // Entries stored before hashes were kept have none until they change.
    if sha256.is_empty() || Checksum::of(&rows).to_string() == sha256 {
        // Rows are kept in memory for long: without the room that inflating left over.
        Ok(Bytes::from(rows.into_boxed_slice()))
    } else {
        Err(corrupt("a mirror's entry"))
    }
}
