//! What can be recorded: one change, and the event that it is.
//!
//! Absent: what became of it (`ledger.rs`), and what a decision means (`core`).

use super::new_release::NewRelease;
use super::upstream::Validators;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::{Event, MirroredReleases, ReleaseId};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

/// What is kept of a mirror's name, as far as who records something of it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenRows {
    /// Whatever is kept: for who fills a ledger in the order of facts.
    Whatever,
    /// Nothing.
    Nothing,
    /// Rows with this SHA-256.
    Rows(Checksum),
}

impl SeenRows {
    /// Tells whether these rows, if any, are those that were seen.
    pub fn are(self, kept: Option<Checksum>) -> bool {
        match self {
            Self::Whatever => true,
            Self::Nothing => kept.is_none(),
            Self::Rows(seen) => kept == Some(seen),
        }
    }
}

/// One thing to be recorded; all but [`Change::Revalidated`], [`Change::Confirm`] and
/// [`Change::FirstPublished`] become a fact.
#[derive(Clone, Debug)]
pub enum Change {
    /// A release comes into a hosted registry.
    Publish(NewRelease),
    /// As [`Change::Publish`], beside releases that differ in build metadata alone: only
    /// the whole version is unique.
    PublishBeside(NewRelease),
    /// Another build of a release takes the place of the newest one, which stays among
    /// the earlier ones; whether it is yanked stays as it is. Refused if another build
    /// is the newest by now ([`super::AppendError::VersionExists`]).
    Replace {
        /// The build that this one was compared with.
        seen: Checksum,
        /// The new build, of a version that exists.
        release: NewRelease,
    },
    /// A release of a hosted registry is yanked or unyanked.
    SetYanked {
        /// Which release.
        id: ReleaseId,
        /// What it is from now on.
        yanked: bool,
    },
    /// The crates that follow in the batch are the actor's, or new: refused if a crate is
    /// there that has other owners alone ([`super::AppendError::OwnersChanged`]).
    FirstPublished {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate.
        name: NameKey,
    },
    /// The owners of a hosted crate are replaced.
    SetOwners {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate.
        name: NameKey,
        /// All owners as they were seen; the change is refused if others are there
        /// by now ([`super::AppendError::OwnersChanged`]).
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
        /// The rows that these continue; the change is refused if others are kept by
        /// now ([`super::AppendError::RowsChanged`]), unless they are these.
        seen: SeenRows,
    },
    /// A mirror's upstream has the same rows under other validators.
    Revalidated {
        /// The mirror.
        registry: RegistryName,
        /// The name as asked for.
        name: IndexName,
        /// What to ask the upstream with next time.
        validators: Validators,
        /// The rows that it has; of others nothing is renewed.
        seen: SeenRows,
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
    /// if somebody else is on record ([`super::AppendError::NameOwned`]).
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
        /// The versions, and where each comes from; at most [`super::SHOWN_MAX`].
        releases: Vec<(Version, Source)>,
    },
    /// Somebody settles something by command; a transfer or reassignment replaces the
    /// owner on record in the view, if it is the one that it takes the name from
    /// (else [`super::AppendError::NameOwned`]), and a reassignment forgets what was shown. Refused if it can be decided only once
    /// and was ([`super::AppendError::AlreadyDecided`]).
    Decide {
        /// The registry or view for which it is decided.
        scope: RegistryName,
        /// What is decided.
        decision: Decision,
    },
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
            Self::Publish(release) | Self::PublishBeside(release) => Event::Published {
                registry: release.registry.clone(),
                name: release.name.clone(),
                version: release.version.clone(),
                checksum: release.checksum,
                row: Checksum::of(release.row.as_bytes()),
            },
            Self::Replace { release, .. } => Event::Rebuilt {
                registry: release.registry.clone(),
                name: release.name.clone(),
                version: release.version.clone(),
                checksum: release.checksum,
                row: Checksum::of(release.row.as_bytes()),
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
            Self::Revalidated { .. } | Self::Confirm { .. } | Self::FirstPublished { .. } => {
                return None;
            }
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
