//! Facts: what happened, once and for ever, in an encoding that is never ambiguous.
//!
//! The sequence of facts is the only truth of an installation. A fact names big
//! things (row texts, archives) by their SHA-256, so that its encoding stays below
//! a Merkle log's leaf limit. The encoding is text: a version line, then one
//! `key value` line per field in a fixed order. No value can hold a line break, by
//! its type, so one fact has one encoding and one encoding has one fact.
//!
//! Absent: the position in the sequence, which the ledger assigns, and storage.

mod decode;

use crate::actor::Actor;
use crate::checksum::Checksum;
use crate::decision::Decision;
use crate::name::{CrateName, IndexName, NameKey};
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use crate::shown::{Shown, Source};
use crate::timestamp::Timestamp;
use crate::version::Version;
use std::fmt::{self, Display};

pub use decode::FactError;
pub(crate) use decode::Fields;

/// Largest encoding in bytes: entries of a tiled log carry a 16-bit length
/// (C2SP tlog-tiles, "Log Entries").
pub const FACT_BYTES_MAX: usize = 65_535;

const VERSION_LINE: &str = "crossdock fact v1";

/// Something that happened, who did it and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When the transaction that recorded it ran, by the recording node's clock.
    pub time: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A release was published to a hosted registry.
    Published {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate's name as published.
        name: CrateName,
        /// The version.
        version: Version,
        /// SHA-256 of the `.crate`.
        checksum: Checksum,
        /// SHA-256 of the stored row text.
        row: Checksum,
    },
    /// Another build of a release took the place of the newest one in a hosted registry
    /// whose settings let it; the one before stays downloadable.
    Rebuilt {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate's name as published.
        name: CrateName,
        /// The version, which existed.
        version: Version,
        /// SHA-256 of the new `.crate`.
        checksum: Checksum,
        /// SHA-256 of the new row's stored text.
        row: Checksum,
    },
    /// A release of a hosted registry was yanked.
    Yanked(ReleaseId),
    /// A yank was taken back.
    Unyanked(ReleaseId),
    /// The owners of a hosted crate are now these.
    OwnersChanged {
        /// The hosted registry.
        registry: RegistryName,
        /// The crate.
        name: NameKey,
        /// All owners after the change.
        owners: Vec<Actor>,
    },
    /// A mirror's upstream showed other rows for a name than before.
    Observed {
        /// The mirror.
        registry: RegistryName,
        /// The name as asked for.
        name: IndexName,
        /// SHA-256 of the rows that are kept from now on.
        rows: Checksum,
        /// How many releases those rows have.
        releases: u32,
    },
    /// A mirror's upstream does not show these releases any more, which are kept.
    Vanished(MirroredReleases),
    /// A mirror's upstream shows releases again that had vanished.
    Returned(MirroredReleases),
    /// A view learned whose crate a name is.
    OwnerRecorded {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// Whose it is.
        ownership: Ownership,
    },
    /// A served row of a member names a crate of that member which the view shows
    /// from elsewhere: the evidence on which the member may be asked for the name.
    FaceNamed {
        /// The view.
        view: RegistryName,
        /// The member.
        member: RegistryName,
        /// The crate depended on.
        name: NameKey,
        /// The crate whose row names it.
        dependent: NameKey,
    },
    /// A claim in the settings settled a conflict over a shared name.
    ConflictSettled {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// Whose it is from now on.
        ownership: Ownership,
    },
    /// A view showed versions of a name that several members have.
    VersionsShown {
        /// The view.
        view: RegistryName,
        /// The name.
        name: NameKey,
        /// The versions, and where each came from.
        releases: Vec<(Version, Source)>,
    },
    /// Somebody settled something by command.
    Decided {
        /// The registry or view for which it was decided.
        scope: RegistryName,
        /// What was decided.
        decision: Decision,
    },
}

/// One release of a hosted registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseId {
    /// The hosted registry.
    pub registry: RegistryName,
    /// The crate.
    pub name: NameKey,
    /// The version.
    pub version: Version,
}

/// Some releases of one name that a mirror keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredReleases {
    /// The mirror.
    pub registry: RegistryName,
    /// The name as asked for.
    pub name: IndexName,
    /// The versions; at most [`VERSIONS_MAX`], so that a fact stays within its length.
    pub versions: Vec<Version>,
}

/// Most versions that one fact lists: a version is up to 150 characters long.
pub const VERSIONS_MAX: usize = 256;

impl Fact {
    /// Writes the canonical encoding, version 1.
    pub fn encode(&self) -> String {
        let mut lines = Lines(String::from(VERSION_LINE) + "\n");
        lines.field("kind", self.event.kind());
        lines.field("time", self.time);
        lines.field("actor", &self.actor);
        match &self.event {
            Event::Published {
                registry,
                name,
                version,
                checksum,
                row,
            }
            | Event::Rebuilt {
                registry,
                name,
                version,
                checksum,
                row,
            } => {
                lines.field("registry", registry);
                lines.field("name", name);
                lines.field("version", version);
                lines.field("checksum", checksum);
                lines.field("row", row);
            }
            Event::Yanked(id) | Event::Unyanked(id) => {
                lines.field("registry", &id.registry);
                lines.field("name", &id.name);
                lines.field("version", &id.version);
            }
            Event::OwnersChanged {
                registry,
                name,
                owners,
            } => {
                lines.field("registry", registry);
                lines.field("name", name);
                owners.iter().for_each(|owner| lines.field("owner", owner));
            }
            Event::Observed {
                registry,
                name,
                rows,
                releases,
            } => {
                lines.field("registry", registry);
                lines.field("name", name);
                lines.field("rows", rows);
                lines.field("releases", releases);
            }
            Event::Vanished(releases) | Event::Returned(releases) => {
                lines.field("registry", &releases.registry);
                lines.field("name", &releases.name);
                let versions = releases.versions.iter();
                versions.for_each(|version| lines.field("version", version));
            }
            Event::FaceNamed {
                view,
                member,
                name,
                dependent,
            } => {
                lines.field("view", view);
                lines.field("member", member);
                lines.field("name", name);
                lines.field("dependent", dependent);
            }
            Event::OwnerRecorded {
                view,
                name,
                ownership,
            }
            | Event::ConflictSettled {
                view,
                name,
                ownership,
            } => {
                lines.field("view", view);
                lines.field("name", name);
                ownership
                    .owner()
                    .into_iter()
                    .for_each(|owner| lines.field("owner", owner));
                ownership
                    .members()
                    .iter()
                    .for_each(|member| lines.field("member", member));
                ownership
                    .heirs()
                    .iter()
                    .for_each(|heir| lines.field("heir", heir));
            }
            Event::VersionsShown {
                view,
                name,
                releases,
            } => {
                lines.field("view", view);
                lines.field("name", name);
                releases
                    .iter()
                    .for_each(|(version, source)| Shown::write((version, source), &mut lines));
            }
            Event::Decided { scope, decision } => {
                lines.field("scope", scope);
                decision.write(&mut lines);
            }
        }
        lines.0
    }
}

impl Event {
    /// Returns the word that names this kind of event in encodings and tables.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Published { .. } => "published",
            Self::Rebuilt { .. } => "rebuilt",
            Self::Yanked(_) => "yanked",
            Self::Unyanked(_) => "unyanked",
            Self::OwnersChanged { .. } => "owners-changed",
            Self::Observed { .. } => "observed",
            Self::Vanished(_) => "vanished",
            Self::Returned(_) => "returned",
            Self::OwnerRecorded { .. } => "owner-recorded",
            Self::FaceNamed { .. } => "face-named",
            Self::ConflictSettled { .. } => "conflict-settled",
            Self::VersionsShown { .. } => "versions-shown",
            Self::Decided { decision, .. } => decision.kind(),
        }
    }

    /// Returns the registry or view to which it happened.
    pub fn scope(&self) -> &RegistryName {
        match self {
            Self::Published { registry, .. }
            | Self::Rebuilt { registry, .. }
            | Self::OwnersChanged { registry, .. }
            | Self::Observed { registry, .. } => registry,
            Self::Yanked(id) | Self::Unyanked(id) => &id.registry,
            Self::Vanished(releases) | Self::Returned(releases) => &releases.registry,
            Self::OwnerRecorded { view, .. }
            | Self::FaceNamed { view, .. }
            | Self::ConflictSettled { view, .. }
            | Self::VersionsShown { view, .. } => view,
            Self::Decided { scope, .. } => scope,
        }
    }

    /// Returns the crate to which it happened, if it was one crate.
    pub fn subject(&self) -> Option<NameKey> {
        match self {
            Self::Published { name, .. } | Self::Rebuilt { name, .. } => Some(name.key()),
            Self::Observed { name, .. } => Some(name.key()),
            Self::Vanished(releases) | Self::Returned(releases) => Some(releases.name.key()),
            Self::Yanked(id) | Self::Unyanked(id) => Some(id.name.clone()),
            Self::OwnersChanged { name, .. }
            | Self::OwnerRecorded { name, .. }
            | Self::FaceNamed { name, .. }
            | Self::ConflictSettled { name, .. }
            | Self::VersionsShown { name, .. } => Some(name.clone()),
            Self::Decided { decision, .. } => decision.subject().cloned(),
        }
    }
}

/// An encoding as it is written.
pub(crate) struct Lines(String);

impl Lines {
    /// Writes a field; its value has no line break, by its type.
    pub(crate) fn field(&mut self, key: &str, value: impl Display) {
        let _ = fmt::write(&mut self.0, format_args!("{key} {value}\n"));
    }
}
