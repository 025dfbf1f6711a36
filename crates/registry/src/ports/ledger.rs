//! The sequence of facts and the projections that are read back.

use super::blobs::StoreError;
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Made};
use crossdock_core::fact::{Event, Fact, MirroredReleases, ReleaseId};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

use super::upstream::Validators;

/// One thing to be recorded; all but [`Change::Revalidated`] and [`Change::Confirm`]
/// become a fact.
#[derive(Clone, Debug)]
pub enum Change {
    /// A release comes into a hosted registry. Its blob is already kept.
    Publish {
        /// The hosted registry.
        registry: RegistryName,
        /// The name as published.
        name: CrateName,
        /// The version.
        version: Version,
        /// SHA-256 of the `.crate`.
        checksum: Checksum,
        /// The row without `yanked` and `pubtime`, targets in stored spelling.
        row: String,
        /// Description, links and so on for search and pages, as JSON.
        metadata: String,
    },
    /// A release of a hosted registry is yanked or unyanked.
    SetYanked {
        /// Which release.
        id: ReleaseId,
        /// What it is from now on.
        yanked: bool,
    },
    /// The owners of a hosted crate are replaced.
    SetOwners {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate.
        name: NameKey,
        /// All owners as they were seen; the change is refused if others are there
        /// by now ([`AppendError::OwnersChanged`]).
        seen: Vec<Actor>,
        /// All owners from now on.
        owners: Vec<Actor>,
    },
    /// A mirror keeps other rows for a name than before.
    Observe {
        /// The mirror.
        registry: RegistryName,
        /// The name as asked for.
        name: IndexName,
        /// The rows to keep: one JSON object per line.
        rows: Bytes,
        /// How many rows that is.
        releases: u32,
        /// What to ask the upstream with next time.
        validators: Validators,
    },
    /// A mirror's upstream has the same rows under other validators.
    Revalidated {
        /// The mirror.
        registry: RegistryName,
        /// The name as asked for.
        name: IndexName,
        /// What to ask the upstream with next time.
        validators: Validators,
    },
    /// When a mirror's upstream last confirmed rows; takes the place of all that was
    /// recorded of it before.
    Confirm {
        /// The mirror.
        registry: RegistryName,
        /// The names as asked for, and when the upstream's word came.
        names: Vec<(IndexName, Timestamp)>,
    },
    /// A mirror's upstream does not show releases any more that are kept; those which
    /// are on record as missing are so from the first time on.
    Vanish(MirroredReleases),
    /// Releases that had vanished are shown again.
    Return(MirroredReleases),
    /// A view learned whose crate a name is; an existing record stands.
    RecordOwner {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// Whose it is, unless somebody was first.
        ownership: Ownership,
    },
    /// A row of a member names a crate of that member which the view shows from
    /// elsewhere; an existing record of the same face and name stands.
    NameFace {
        /// The view.
        view: RegistryName,
        /// The member whose face the row points to.
        member: RegistryName,
        /// The crate depended on.
        name: NameKey,
        /// The crate whose row names it.
        dependent: NameKey,
    },
    /// A publish takes a name for its registry in a view; the whole batch is refused
    /// if somebody else is on record ([`AppendError::NameOwned`]).
    TakeName {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// The registry that is published to, one of the owners.
        registry: RegistryName,
        /// Whose it is, unless the record says otherwise.
        ownership: Ownership,
    },
    /// A claim settled a shared name, or somebody joined those who share it. What was
    /// joined meanwhile is united with it; a record that turned meanwhile stands
    /// ([`Ownership::joined`]).
    SettleConflict {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// The record that this rests on.
        seen: Option<Ownership>,
        /// Whose it is from now on.
        ownership: Ownership,
    },
    /// A view shows versions of a name that several members have; those that are on
    /// record with another source stand, and then nothing is recorded.
    RecordShown {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// The versions, and where each comes from; at most [`SHOWN_MAX`].
        releases: Vec<(Version, Source)>,
    },
    /// Somebody settles something by command; a transfer or reassignment replaces the
    /// owner on record in the view, if it is the one that it takes the name from
    /// (else [`AppendError::NameOwned`]), and a reassignment forgets what was shown. Refused if it can be decided only once
    /// and was ([`AppendError::AlreadyDecided`]).
    Decide {
        /// The registry or view for which it is decided.
        scope: RegistryName,
        /// What is decided.
        decision: Decision,
    },
}

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
    /// The version exists, build metadata disregarded; its checksum is given.
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
    /// The row as given to [`Change::Publish`].
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
/// decided by unique constraints: (registry, name key, version without build
/// metadata), (registry, name key) for spellings, (view, name key) for owners,
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

impl Change {
    /// Returns the change with another ownership in place of its own, if it has one:
    /// what became of it, as the fact has to say it.
    #[must_use]
    pub fn with_ownership(&self, joined: &Ownership) -> Self {
        let mut change = self.clone();
        if let Self::RecordOwner { ownership, .. }
        | Self::TakeName { ownership, .. }
        | Self::SettleConflict { ownership, .. } = &mut change
        {
            *ownership = joined.clone();
        }
        change
    }

    /// Says which event the change is, if it is one.
    pub fn event(&self) -> Option<Event> {
        Some(match self {
            Self::Publish {
                registry,
                name,
                version,
                checksum,
                row,
                ..
            } => Event::Published {
                registry: registry.clone(),
                name: name.clone(),
                version: version.clone(),
                checksum: *checksum,
                row: Checksum::of(row.as_bytes()),
            },
            Self::SetYanked { id, yanked: true } => Event::Yanked(id.clone()),
            Self::SetYanked { id, yanked: false } => Event::Unyanked(id.clone()),
            Self::SetOwners {
                registry,
                name,
                owners,
                ..
            } => Event::OwnersChanged {
                registry: registry.clone(),
                name: name.clone(),
                owners: owners.clone(),
            },
            Self::Observe {
                registry,
                name,
                rows,
                releases,
                ..
            } => Event::Observed {
                registry: registry.clone(),
                name: name.clone(),
                rows: Checksum::of(rows),
                releases: *releases,
            },
            Self::Revalidated { .. } | Self::Confirm { .. } => return None,
            Self::Vanish(releases) => Event::Vanished(releases.clone()),
            Self::Return(releases) => Event::Returned(releases.clone()),
            Self::RecordOwner {
                view,
                name,
                ownership,
            }
            | Self::TakeName {
                view,
                name,
                ownership,
                ..
            } => Event::OwnerRecorded {
                view: view.clone(),
                name: name.clone(),
                ownership: ownership.clone(),
            },
            Self::NameFace {
                view,
                member,
                name,
                dependent,
            } => Event::FaceNamed {
                view: view.clone(),
                member: member.clone(),
                name: name.clone(),
                dependent: dependent.clone(),
            },
            Self::SettleConflict {
                view,
                name,
                ownership,
                ..
            } => Event::ConflictSettled {
                view: view.clone(),
                name: name.clone(),
                ownership: ownership.clone(),
            },
            Self::RecordShown {
                view,
                name,
                releases,
            } => Event::VersionsShown {
                view: view.clone(),
                name: name.clone(),
                releases: releases.clone(),
            },
            Self::Decide { scope, decision } => Event::Decided {
                scope: scope.clone(),
                decision: decision.clone(),
            },
        })
    }
}
