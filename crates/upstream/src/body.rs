//! The body of an answer, read within a limit and hashed as it passes.
//!
//! A body that breaks off before its declared length is an error of the
//! connection here, never a shorter body: hyper checks the length, this the size.

use bytes::{Bytes, BytesMut};
use crossdock_core::checksum::Checksum;
use reqwest::Response;
use sha2::{Digest, Sha256};

/// How much memory is taken ahead on the word of a `Content-Length`.
const AHEAD_BYTES_MAX: usize = 1024 * 1024;

/// A complete body.
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) checksum: Checksum,
}

/// Why there is no complete body.
pub(crate) enum BodyError {
    /// It is, or says it is, larger than the limit.
    TooLarge,
    /// It broke off or stalled.
    Broken(reqwest::Error),
}

/// Reads a body of at most `limit` bytes, counted after decompression.
pub(crate) async fn read(mut response: Response, limit: usize) -> Result<Body, BodyError> {
    let declared = response.content_length().unwrap_or(0);
    let declared = usize::try_from(declared).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = BytesMut::with_capacity(declared.min(AHEAD_BYTES_MAX));
    let mut hash = Sha256::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if chunk.len() > limit - bytes.len() {
            return Err(BodyError::TooLarge);
        }
        hash.update(&chunk);
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body {
        bytes: bytes.freeze(),
        checksum: Checksum::from_digest(hash.finalize().into()),
    })
}
