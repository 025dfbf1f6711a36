//! What is recorded of overlays: what a release patches, and what people say of the
//! owner's newer releases.

use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use crate::overlay::Patch;
use crate::version::Version;

pub(super) const PATCHED: &str = "overlay-patched";
pub(super) const ACCEPTED: &str = "overlay-accepted";
pub(super) const REBASED: &str = "overlay-rebased";

/// Something that decides what a view shows of an overlaid crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverlayDecision {
    /// A release of an overlay stands for one of the owner's.
    Patched {
        /// The crate.
        name: NameKey,
        /// The overlay's release.
        patch: Patch,
        /// The owner's version that it patches.
        base: Version,
    },
    /// A newer release of the owner is fine without a patch.
    Accepted {
        /// The crate.
        name: NameKey,
        /// The owner's release.
        version: Version,
        /// So are all later ones that a requirement could take in its place.
        later: bool,
    },
    /// The newest patched release replaces the earlier ones.
    Rebased {
        /// The crate.
        name: NameKey,
        /// The owner's version that the newest one patches.
        onto: Version,
    },
}

impl OverlayDecision {
    /// Returns the crate.
    pub fn name(&self) -> &NameKey {
        match self {
            Self::Patched { name, .. }
            | Self::Accepted { name, .. }
            | Self::Rebased { name, .. } => name,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Patched { .. } => PATCHED,
            Self::Accepted { .. } => ACCEPTED,
            Self::Rebased { .. } => REBASED,
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", self.name());
        match self {
            Self::Patched { patch, base, .. } => {
                lines.field("overlay", &patch.overlay);
                lines.field("version", &patch.version);
                lines.field("base", base);
            }
            Self::Accepted { version, later, .. } => {
                lines.field("version", version);
                lines.field("later", later);
            }
            Self::Rebased { onto, .. } => lines.field("onto", onto),
        }
    }

    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        Some(match kind {
            PATCHED => patched(fields),
            ACCEPTED => accepted(fields),
            REBASED => rebased(fields),
            _ => return None,
        })
    }
}

fn patched(fields: &mut Fields<'_>) -> Result<OverlayDecision, FactError> {
    Ok(OverlayDecision::Patched {
        name: fields.key("name")?,
        patch: Patch {
            overlay: fields.parsed("overlay")?,
            version: fields.parsed("version")?,
        },
        base: fields.parsed("base")?,
    })
}

fn accepted(fields: &mut Fields<'_>) -> Result<OverlayDecision, FactError> {
    Ok(OverlayDecision::Accepted {
        name: fields.key("name")?,
        version: fields.parsed("version")?,
        later: fields.parsed("later")?,
    })
}

fn rebased(fields: &mut Fields<'_>) -> Result<OverlayDecision, FactError> {
    Ok(OverlayDecision::Rebased {
        name: fields.key("name")?,
        onto: fields.parsed("onto")?,
    })
}
