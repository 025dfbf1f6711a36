//! Finished bytes of index files: rows joined, gzip kept, strong ETags.

use crate::deflate::{Effort, gunzip, gzip};
use crate::mirror::RowsId;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// An index file as it leaves the server.
#[derive(Debug)]
pub struct IndexFile {
    /// Unpacked from `gzip` when it is first asked for: cargo takes the other form, which
    /// is a tenth as long.
    plain: OnceLock<Bytes>,
    plain_bytes: usize,
    /// The file, gzipped.
    pub gzip: Bytes,
    /// Strong entity tag of [`Self::plain`], quotes included (RFC 9110, section 8.8.3).
    pub etag: Bytes,
    /// Strong entity tag of `gzip`: other bytes need another tag.
    pub etag_gzip: Bytes,
    /// Until when it may be served without asking anyone: milliseconds since the
    /// federation started. Written again when an upstream confirms the rows.
    fresh_until_ms: AtomicU64,
    /// The mirror and the rows it was made of, if one mirror alone speaks.
    pub(crate) made_of: Option<(RegistryName, RowsId)>,
    /// From this hour on it may be otherwise though nobody did anything.
    pub(crate) until: Option<Timestamp>,
}

/// Stays fresh until it is dropped by a publish.
pub(crate) const FRESH_ALWAYS: u64 = u64::MAX;

/// Files above this size are compressed with little effort: a resolution waits for
/// some hundred of them, and rows repeat themselves so much that more effort gains
/// a tenth of the size for three times the work.
const THOROUGH_BYTES_MAX: usize = 8 * 1024;

impl IndexFile {
    /// Finishes a file from its text.
    pub(crate) fn finish(
        text: String,
        fresh_until_ms: u64,
        made_of: Option<(RegistryName, RowsId)>,
    ) -> Self {
        let plain = text.as_bytes();
        let effort = if plain.len() > THOROUGH_BYTES_MAX {
            Effort::Quick
        } else {
            Effort::Thorough
        };
        let gzip = Bytes::from(gzip(plain, effort).into_boxed_slice());
        // 128 bits of SHA-256 are beyond accident, and forging one's own cache gains nothing.
        // Equal files are compressed to equal bytes, which are a tenth of them.
        let digest = &Checksum::of(&gzip).to_string()[..32];
        Self {
            etag: format!("\"{digest}\"").into(),
            etag_gzip: format!("\"{digest}-gzip\"").into(),
            plain_bytes: plain.len(),
            plain: OnceLock::new(),
            gzip,
            fresh_until_ms: AtomicU64::new(fresh_until_ms),
            made_of,
            until: None,
        }
    }

    /// Takes up a file that was finished in a run before.
    pub(crate) fn taken_along(
        gzip: Bytes,
        plain_bytes: usize,
        (etag, etag_gzip): (Bytes, Bytes),
        fresh_until_ms: u64,
        made_of: Option<(RegistryName, RowsId)>,
    ) -> Self {
        Self {
            plain: OnceLock::new(),
            plain_bytes,
            gzip,
            etag,
            etag_gzip,
            fresh_until_ms: AtomicU64::new(fresh_until_ms),
            made_of,
            until: None,
        }
    }

    /// Returns the file.
    pub fn plain(&self) -> &Bytes {
        self.plain
            .get_or_init(|| gunzip(&self.gzip, self.plain_bytes))
    }

    /// Tells how long the file is.
    pub(crate) fn plain_bytes(&self) -> usize {
        self.plain_bytes
    }

    /// Tells how many bytes it keeps in memory at most.
    pub(crate) fn bytes(&self) -> usize {
        let tags = self.etag.len() + self.etag_gzip.len();
        size_of::<Self>() + tags + self.plain_bytes + self.gzip.len()
    }

    /// Says from which hour on it may be otherwise though nobody did anything.
    pub(crate) fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }

    /// Makes a file of the same bytes that stays fresh until it is dropped.
    pub(crate) fn standing(&self) -> Self {
        Self {
            plain: self.plain.clone(),
            plain_bytes: self.plain_bytes,
            gzip: self.gzip.clone(),
            etag: self.etag.clone(),
            etag_gzip: self.etag_gzip.clone(),
            fresh_until_ms: AtomicU64::new(FRESH_ALWAYS),
            made_of: None,
            until: None,
        }
    }

    /// Says until when it may be served without asking anyone.
    pub(crate) fn fresh_until(self, fresh_until_ms: u64) -> Self {
        self.refresh(fresh_until_ms);
        self
    }

    pub(crate) fn is_fresh(&self, now_ms: u64) -> bool {
        now_ms < self.fresh_until_ms.load(Ordering::Relaxed)
    }

    /// Tells whether nothing but a change can make it old.
    pub(crate) fn is_fresh_always(&self) -> bool {
        self.fresh_until_ms.load(Ordering::Relaxed) == FRESH_ALWAYS
    }

    pub(crate) fn refresh(&self, fresh_until_ms: u64) {
        self.fresh_until_ms.store(fresh_until_ms, Ordering::Relaxed);
    }
}
