//! Another registry, asked over the network.

use super::egress::Reason;
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::origin::Origin;
use crossdock_core::version::Version;

/// What a conditional request is made with; both absent means unconditional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` of the last answer.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer, verbatim.
    pub last_modified: Option<String>,
}

/// What a healthy upstream says of an index file.
#[derive(Clone, Debug)]
pub enum IndexAnswer {
    /// 304: what the validators stand for is current.
    Unchanged,
    /// 404, 410 or 451.
    Absent,
    /// 200 with a complete body; whether it makes sense is the caller's question.
    Body(IndexBody),
}

/// A complete index file as an upstream showed it.
#[derive(Clone, Debug)]
pub struct IndexBody {
    /// The index file.
    pub bytes: Bytes,
    /// Of `bytes`: whoever received them hashed them as they passed.
    pub checksum: Checksum,
    /// What to ask with next time.
    pub validators: Validators,
}

/// The upstream did not answer; says why, with the URL (without secrets).
///
/// Silence is not absence (law 4).
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Silence(pub String);

/// Why an archive could not be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DownloadError {
    /// 404, 410 or 451.
    #[error("upstream does not have the archive: {0}")]
    Absent(String),
    /// The bytes have another checksum than the row says.
    #[error("upstream sent bytes with checksum {found} where its index says {expected} ({url})")]
    Checksum {
        /// What the row says.
        expected: Checksum,
        /// What came.
        found: Checksum,
        /// Where from, without secrets.
        url: String,
    },
    /// Our rules forbid the answer, or the way to it: it leads further inside the network
    /// than the registry lies, in circles, or has more bytes than are taken.
    #[error("{0}")]
    Refused(String),
    /// No usable answer; trying again may help.
    #[error(transparent)]
    Silent(#[from] Silence),
}

/// One upstream registry.
///
/// Every call ends within the configured deadline, retries included, and takes
/// bounded memory. The token goes to the configured origin only. Every request is on
/// the egress record, with its reason, before it leaves.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// Asks for the index file of `name`.
    async fn index(
        &self,
        name: &IndexName,
        validators: &Validators,
        reason: &Reason,
    ) -> Result<IndexAnswer, Silence>;

    /// Reads what the registry says it is; nothing if it is no Crossdock, or an old one.
    ///
    /// What it said is kept for a while, so asking often costs nothing.
    async fn origin(&self, _reason: &Reason) -> Result<Option<Origin>, Silence> {
        Ok(None)
    }

    /// Tells, without asking, whether the registry may have a crate of this name at
    /// all: it does not if the operator gave a list of its names that lacks this one.
    fn may_have(&self, _name: &NameKey) -> bool {
        true
    }

    /// Tells, without asking, whether the registry is known to have a crate of this
    /// name: whether the operator's list of its names has it.
    fn is_listed(&self, _name: &NameKey) -> bool {
        false
    }

    /// Tells whether what the registry answered for a name was refused a moment ago, so
    /// that it is not asked before a while unless somebody says so ([`Reason::Sync`]).
    fn was_refused(&self, _name: &IndexName) -> bool {
        false
    }

    /// Tells, without asking, whether the registry is held to be down, so that nothing
    /// but a probe is let through to it.
    fn is_paused(&self) -> bool {
        false
    }

    /// Fetches an archive and verifies its checksum before it returns.
    async fn download(
        &self,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        reason: &Reason,
    ) -> Result<Bytes, DownloadError>;
}
