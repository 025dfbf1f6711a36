//! Transfers and reassignments: whose a name is from now on in a view.
//!
//! A transfer gives the name to a member that has the same crate: no row changes. A
//! reassignment gives it to another crate, and says so: what depends on the old one
//! reaches it through its member's face.

use super::{Decision, Made};
use crate::fact::{FactError, Fields, Lines};
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use std::collections::BTreeMap;

pub(super) const TRANSFERRED: &str = "transferred";
pub(super) const REASSIGNED: &str = "reassigned";

/// A name went from one owner to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTurned {
    /// The name.
    pub name: NameKey,
    /// Who spoke for it.
    pub from: RegistryName,
    /// Who speaks for it from now on.
    pub to: RegistryName,
}

impl OwnerTurned {
    /// Says what a transfer makes of a record; nothing if it is not `from`'s alone.
    pub fn transfer(&self, record: &Ownership) -> Option<Ownership> {
        record.clone().transferred(&self.from, self.to.clone())
    }

    /// Says what a reassignment makes of a record; nothing if `from` has no part in it.
    pub fn reassign(&self, record: &Ownership) -> Option<Ownership> {
        let speaks = record.speakers().any(|member| *member == self.from);
        speaks.then(|| Ownership::sole(self.to.clone()))
    }

    /// Lists the names of a view whose owner was settled by command, and to whom each
    /// went last.
    pub fn settled(made: &[Made]) -> BTreeMap<&NameKey, (&Self, Turn)> {
        let turned = made.iter().filter_map(|made| match &made.decision {
            Decision::Transferred(turned) => Some((turned, Turn::Transferred)),
            Decision::Reassigned(turned) => Some((turned, Turn::Reassigned)),
            _ => None,
        });
        turned
            .map(|(turned, turn)| (&turned.name, (turned, turn)))
            .collect()
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("name", &self.name);
        lines.field("from", &self.from);
        lines.field("to", &self.to);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        Ok(Self {
            name: fields.key("name")?,
            from: fields.parsed("from")?,
            to: fields.parsed("to")?,
        })
    }
}

/// How a name went to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is the same crate.
    Transferred,
    /// It is another one.
    Reassigned,
}
