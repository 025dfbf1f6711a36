//! Decisions about gates: approvals, requests, waivers, and what was found.
//!
//! Findings are facts as well as decisions are, so that a view at an epoch is judged
//! by what was known then: a licence that was read later changes nothing earlier.
//!
//! Absent: what follows from them (`gate/state.rs`).

use crate::checksum::Checksum;
use crate::decision::Words;
use crate::fact::{FactError, Fields, Lines};
use crate::gate::{FoundLicence, Gate, Versions};
use crate::name::NameKey;
use crate::timestamp::Timestamp;
use crate::version::Version;

/// Something that was decided or found about what a view lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateDecision {
    /// Somebody approved versions of a crate.
    Approved {
        /// The crate.
        name: NameKey,
        /// Which versions.
        versions: Versions,
    },
    /// An approval of exactly these versions was taken back.
    Revoked {
        /// The crate.
        name: NameKey,
        /// Which versions.
        versions: Versions,
    },
    /// Somebody wants a release that nobody approved.
    Requested {
        /// The crate.
        name: NameKey,
        /// The version.
        version: Version,
    },
    /// What a gate finds of a release does not count for a time.
    Waived {
        /// The crate.
        name: NameKey,
        /// The version.
        version: Version,
        /// The gate.
        gate: Gate,
        /// Why.
        reason: Words,
        /// Until when.
        until: Timestamp,
    },
    /// The licence of a release was read from its archive.
    LicenceFound {
        /// The crate.
        name: NameKey,
        /// The version.
        version: Version,
        /// SHA-256 of the archive.
        checksum: Checksum,
        /// What its manifest says.
        licence: FoundLicence,
    },
    /// A public name was easily taken for a private one when it was first served.
    LookedAlike {
        /// The public name.
        name: NameKey,
        /// The private name.
        like: NameKey,
    },
}

impl GateDecision {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Approved { .. } => "approved",
            Self::Revoked { .. } => "approval-revoked",
            Self::Requested { .. } => "approval-requested",
            Self::Waived { .. } => "waived",
            Self::LicenceFound { .. } => "licence-found",
            Self::LookedAlike { .. } => "looked-alike",
        }
    }

    pub(super) fn subject(&self) -> &NameKey {
        match self {
            Self::Approved { name, .. }
            | Self::Revoked { name, .. }
            | Self::Requested { name, .. }
            | Self::Waived { name, .. }
            | Self::LicenceFound { name, .. }
            | Self::LookedAlike { name, .. } => name,
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", self.subject());
        match self {
            Self::Approved { versions, .. } | Self::Revoked { versions, .. } => {
                lines.field("versions", versions);
            }
            Self::Requested { version, .. } => lines.field("version", version),
            Self::Waived {
                version,
                gate,
                reason,
                until,
                ..
            } => {
                lines.field("version", version);
                lines.field("gate", gate);
                lines.field("reason", reason);
                lines.field("until", until);
            }
            Self::LicenceFound {
                version,
                checksum,
                licence,
                ..
            } => {
                lines.field("version", version);
                lines.field("checksum", checksum);
                lines.field("found", found(licence));
                if let FoundLicence::Expression(text) = licence {
                    lines.field("licence", text);
                }
            }
            Self::LookedAlike { like, .. } => lines.field("like", like),
        }
    }

    /// Reads the fields of a decision of this kind; of no kind of this area is nothing.
    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        let read = match kind {
            "approved" => approved,
            "approval-revoked" => revoked,
            "approval-requested" => requested,
            "waived" => waived,
            "licence-found" => licence_found,
            "looked-alike" => looked_alike,
            _ => return None,
        };
        Some(read(fields))
    }
}

fn approved(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::Approved {
        name: fields.key("name")?,
        versions: versions(fields)?,
    })
}

fn revoked(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::Revoked {
        name: fields.key("name")?,
        versions: versions(fields)?,
    })
}

fn requested(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::Requested {
        name: fields.key("name")?,
        version: fields.parsed("version")?,
    })
}

fn waived(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::Waived {
        name: fields.key("name")?,
        version: fields.parsed("version")?,
        gate: fields.parsed("gate")?,
        reason: fields.parsed("reason")?,
        until: fields.value("until", |text| Timestamp::parse(text).ok())?,
    })
}

fn licence_found(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::LicenceFound {
        name: fields.key("name")?,
        version: fields.parsed("version")?,
        checksum: fields.value("checksum", |text| Checksum::parse(text).ok())?,
        licence: match fields.text("found")? {
            "expression" => FoundLicence::Expression(fields.parsed("licence")?),
            "file" => FoundLicence::File,
            "nothing" => FoundLicence::Nothing,
            "unreadable" => FoundLicence::Unreadable,
            _ => return Err(FactError::Field("found".to_owned())),
        },
    })
}

fn looked_alike(fields: &mut Fields<'_>) -> Result<GateDecision, FactError> {
    Ok(GateDecision::LookedAlike {
        name: fields.key("name")?,
        like: fields.key("like")?,
    })
}

fn versions(fields: &mut Fields<'_>) -> Result<Versions, FactError> {
    fields.value("versions", |text| Versions::parse(text).ok())
}

fn found(licence: &FoundLicence) -> &'static str {
    match licence {
        FoundLicence::Expression(_) => "expression",
        FoundLicence::File => "file",
        FoundLicence::Nothing => "nothing",
        FoundLicence::Unreadable => "unreadable",
    }
}
