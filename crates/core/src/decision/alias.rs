//! What is recorded of aliases: declared, withdrawn, and rows that are spared.
//!
//! The first two follow the settings, the third what rows are: all three decide what
//! a row says, so none may be forgotten.

use crate::alias::{LeftAlone, Spared};
use crate::fact::{FactError, Fields, Lines};
use crate::name::{CrateName, NameKey};

pub(super) const DECLARED: &str = "alias-declared";
pub(super) const WITHDRAWN: &str = "alias-withdrawn";
pub(super) const SPARED: &str = "alias-spared";

/// Something that decides which aliases a row of a view is served with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AliasDecision {
    /// The settings say from now on that a crate provides another.
    Declared {
        /// The aliased name.
        name: NameKey,
        /// The crate that provides it.
        provider: CrateName,
        /// Rows of the view led to the name before, so older releases stay as they are.
        leaves_older: bool,
    },
    /// The settings no longer say so.
    Withdrawn {
        /// The aliased name.
        name: NameKey,
        /// Rows of the view were served with the alias, so older releases keep it.
        leaves_older: bool,
    },
    /// A release is served without the alias, for good.
    Spared {
        /// Which.
        spared: Spared,
        /// Why.
        why: LeftAlone,
    },
}

impl AliasDecision {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Declared { .. } => DECLARED,
            Self::Withdrawn { .. } => WITHDRAWN,
            Self::Spared { .. } => SPARED,
        }
    }

    pub(super) fn subject(&self) -> &NameKey {
        match self {
            Self::Declared { name, .. } | Self::Withdrawn { name, .. } => name,
            Self::Spared { spared, .. } => &spared.dependent,
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        match self {
            Self::Declared {
                name,
                provider,
                leaves_older,
            } => {
                lines.field("name", name);
                lines.field("provider", provider);
                lines.field("leaves-older", leaves_older);
            }
            Self::Withdrawn { name, leaves_older } => {
                lines.field("name", name);
                lines.field("leaves-older", leaves_older);
            }
            Self::Spared { spared, why } => {
                lines.field("name", &spared.name);
                lines.field("dependent", &spared.dependent);
                lines.field("version", &spared.version);
                lines.field("why", why);
            }
        }
    }

    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        Some(match kind {
            DECLARED => declared(fields),
            WITHDRAWN => withdrawn(fields),
            SPARED => spared(fields),
            _ => return None,
        })
    }
}

fn declared(fields: &mut Fields<'_>) -> Result<AliasDecision, FactError> {
    Ok(AliasDecision::Declared {
        name: fields.key("name")?,
        provider: fields.parsed("provider")?,
        leaves_older: fields.parsed("leaves-older")?,
    })
}

fn withdrawn(fields: &mut Fields<'_>) -> Result<AliasDecision, FactError> {
    Ok(AliasDecision::Withdrawn {
        name: fields.key("name")?,
        leaves_older: fields.parsed("leaves-older")?,
    })
}

fn spared(fields: &mut Fields<'_>) -> Result<AliasDecision, FactError> {
    let spared = Spared {
        name: fields.key("name")?,
        dependent: fields.key("dependent")?,
        version: fields.parsed("version")?,
    };
    let why = fields.parsed("why")?;
    Ok(AliasDecision::Spared { spared, why })
}
