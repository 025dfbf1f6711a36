//! The sequence of facts and the projections that are read back.

use super::blobs::StoreError;
use super::change::Change;
use super::upstream::Validators;
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Made;
use crossdock_core::fact::Fact;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

/// Changes that are recorded together or not at all.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who makes them.
    pub actor: Actor,
    /// What is changed, in order.
    pub changes: Vec<Change>,
}

/// What became of one change, in the order of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// A fact was written at this position and time.
    Fact {
        /// Position in the sequence, from 1.
        sequence: u64,
        /// The time set in the transaction.
        time: Timestamp,
    },
    /// Nothing was to be done: already so ([`Change::NameFace`] on record, too).
    Unchanged,
    /// [`Change::RecordOwner`] found this record, which stands; or it is what became of
    /// [`Change::SettleConflict`] together with what others joined meanwhile.
    Stands(Ownership),
    /// [`Change::RecordShown`] found a version on record with another source.
    ShownOtherwise,
}

/// Most versions of one [`Change::RecordShown`]: a line of its fact has at most 150
/// bytes of version, 64 of checksum and 63 of name, so 200 stay below the most that a
/// fact may have.
pub const SHOWN_MAX: usize = 200;

/// Why a batch was not recorded. Nothing of it was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The version exists, build metadata disregarded, or another build of it is the
    /// newest than was seen; its checksum is given.
    #[error("version {version} already exists")]
    VersionExists {
        /// The version that exists.
        version: Version,
        /// Its checksum.
        checksum: Checksum,
    },
    /// The crate exists in another spelling.
    #[error("crate exists as `{existing}`")]
    NameTaken {
        /// The spelling that exists.
        existing: CrateName,
    },
    /// In a view the name is on record for others.
    #[error("view `{view}` has the name on record for others")]
    NameOwned {
        /// The view.
        view: RegistryName,
        /// Whose the name is there.
        ownership: Ownership,
    },
    /// What can be decided only once was decided before.
    #[error("{kind} was decided before, in fact {sequence}")]
    AlreadyDecided {
        /// The kind of decision.
        kind: &'static str,
        /// The position of the fact that decided it.
        sequence: u64,
    },
    /// The rows of a mirror's name are others than those that were seen.
    #[error("other rows were recorded meanwhile")]
    RowsChanged,
    /// The owners of a crate are others than those who were seen.
    #[error("owners were changed meanwhile")]
    OwnersChanged,
    /// The crate or version to be changed does not exist.
    #[error("no such crate or version")]
    NotFound,
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A crate of a hosted registry.
#[derive(Clone, Debug)]
pub struct HostedCrate {
    /// The name as first published.
    pub name: CrateName,
    /// Its owners, first publisher first.
    pub owners: Vec<Actor>,
    /// Metadata of the newest publish, as JSON.
    pub metadata: String,
    /// Its releases, oldest publish first.
    pub releases: Vec<HostedRelease>,
}

/// A release of a hosted registry.
#[derive(Clone, Debug)]
pub struct HostedRelease {
    /// The row as given to [`Change::Publish`] or [`Change::Replace`].
    pub row: String,
    /// Whether it is yanked.
    pub yanked: bool,
    /// The time of its publish fact; its `pubtime`.
    pub published: Timestamp,
    /// Who published it.
    pub publisher: Actor,
    /// The position of its publish fact.
    pub sequence: u64,
}

/// What is kept of an upstream's entry.
#[derive(Clone, Debug)]
pub struct Mirrored {
    /// The rows: one JSON object per line.
    pub rows: Bytes,
    /// What to ask the upstream with next time.
    pub validators: Validators,
}

/// A mirror's rows as they were observed at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The rows: one JSON object per line.
    pub rows: Bytes,
    /// The position of the fact that observed them.
    pub sequence: u64,
}

/// Records facts and answers from their projections.
///
/// One append is one transaction, durable when it returns; who was first is
/// decided by unique constraints: (registry, name key, version, and without build
/// metadata but for [`Change::PublishBeside`]), (registry, name key) for spellings, (view, name key) for owners,
/// (view, name key, version) for what was shown,
/// (scope, key) for what can be decided only once.
/// Reads see everything acknowledged before they began.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Records a batch, all or nothing.
    ///
    /// The first publish of a name makes the batch's actor its owner.
    async fn append(&self, batch: Batch) -> Result<Vec<Applied>, AppendError>;

    /// Reads a hosted crate; absent is `None`.
    async fn hosted(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<HostedCrate>, StoreError>;

    /// Lists the builds of a hosted crate's releases that others took the place of,
    /// oldest first; yanked is said of none of them.
    async fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Vec<HostedRelease>, StoreError>;

    /// Lists the names a hosted registry has, sorted by key.
    async fn hosted_names(&self, registry: &RegistryName) -> Result<Vec<CrateName>, StoreError>;

    /// Reads what a mirror keeps of a name; absent is `None`.
    async fn mirrored(
        &self,
        registry: &RegistryName,
        name: &IndexName,
    ) -> Result<Option<Mirrored>, StoreError>;

    /// Reads what a mirror kept of a name at an epoch, or else what it kept first;
    /// nothing if the name was never observed.
    ///
    /// Rows of observations older than this method are lost, and the first ones that
    /// were kept stand for them.
    async fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Option<Observed>, StoreError>;

    /// Lists the names a mirror keeps, sorted.
    async fn mirrored_names(&self, registry: &RegistryName) -> Result<Vec<IndexName>, StoreError>;

    /// Lists when a mirror's upstream last confirmed rows, as recorded by
    /// [`Change::Confirm`], sorted by name. It may have forgotten any of it.
    async fn confirmed(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Timestamp)>, StoreError>;

    /// Lists what is on record as missing from a mirror's upstream, and since when,
    /// sorted by name.
    async fn vanished(
        &self,
        registry: &RegistryName,
    ) -> Result<Vec<(IndexName, Version, Timestamp)>, StoreError>;

    /// Reads whose a name is on record in a view; absent is `None`.
    async fn ownership(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Ownership>, StoreError>;

    /// Lists the owners on record in a view, sorted by name.
    async fn ownerships(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Ownership)>, StoreError>;

    /// Lists the faces on record in a view as (member, name, dependent), sorted.
    async fn faces(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(RegistryName, NameKey, NameKey)>, StoreError>;

    /// Lists what a view has shown of names that several members have.
    async fn shown(
        &self,
        view: &RegistryName,
    ) -> Result<Vec<(NameKey, Version, Source)>, StoreError>;

    /// Reads what was decided for a registry or view after a position, in order.
    async fn decisions(&self, scope: &RegistryName, after: u64) -> Result<Vec<Made>, StoreError>;

    /// Reads all facts of a registry or view in order: those about one crate, or all.
    async fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError>;

    /// Returns the latest epoch: the position of the last fact, and its time.
    async fn latest(&self) -> Result<Option<(u64, Timestamp)>, StoreError>;

    /// Returns the position of the last fact, 0 if there is none. It is asked twice a
    /// second by every node.
    async fn position(&self) -> Result<u64, StoreError>;

    /// Tells whether somebody else may record facts, too: then what is in memory may be
    /// behind, and what must not be wrong for a moment is asked of the ledger.
    fn is_shared(&self) -> bool;

    /// Returns the epoch at a time: the position of the last fact that is not later;
    /// 0 before the first.
    async fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError>;

    /// Writes and takes it back; returns the position of the last fact, 0 if there is
    /// none. Succeeds only if an append now would not fail for the store's sake, as
    /// far as that can be known without a commit.
    async fn probe(&self) -> Result<u64, StoreError>;

    /// Tells the time by the clock that facts are stamped with, so that what depends on
    /// the hour is judged by the same clock as what was recorded.
    fn now(&self) -> Timestamp;

    /// Reads facts after a position, at most `limit`, in order.
    async fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError>;
}
