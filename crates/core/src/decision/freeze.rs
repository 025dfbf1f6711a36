//! Freezes: a view stands still, for the hour of an incident.

use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use std::collections::BTreeSet;

pub(super) const FROZEN: &str = "frozen";
pub(super) const THAWED: &str = "thawed";

/// A view stands still from here on, or moves again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// It shows what it showed at an epoch; an earlier freeze is replaced.
    Frozen {
        /// The epoch.
        epoch: u64,
        /// The crates that are shown as they are all the same.
        except: BTreeSet<NameKey>,
    },
    /// It shows everything as it is.
    Thawed,
}

impl Freeze {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Frozen { .. } => FROZEN,
            Self::Thawed => THAWED,
        }
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        if let Self::Frozen { epoch, except } = self {
            lines.field("epoch", epoch);
            except.iter().for_each(|name| lines.field("except", name));
        }
    }

    pub(super) fn read(kind: &str, fields: &mut Fields<'_>) -> Option<Result<Self, FactError>> {
        Some(match kind {
            FROZEN => frozen(fields),
            THAWED => Ok(Self::Thawed),
            _ => return None,
        })
    }
}

fn frozen(fields: &mut Fields<'_>) -> Result<Freeze, FactError> {
    let epoch = fields.parsed("epoch")?;
    let except = fields.repeated("except", |text| text.parse().ok())?;
    let except = except.into_iter().collect();
    Ok(Freeze::Frozen { epoch, except })
}
