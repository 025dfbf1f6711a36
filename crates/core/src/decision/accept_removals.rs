//! Accepted removals: what vanished from an upstream is gone for good.

use crate::fact::{FactError, Fields, Lines};
use crate::name::{CrateName, NameKey};
use std::collections::BTreeSet;

pub(super) const KIND: &str = "removals-accepted";

/// What was missing from a mirror's upstream at this time is gone, however much it
/// is; it is shown yanked from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptRemovals {
    /// The names for which that holds; all of which something was missing if empty.
    pub names: BTreeSet<NameKey>,
}

impl AcceptRemovals {
    pub(super) fn write(&self, lines: &mut Lines) {
        self.names.iter().for_each(|name| lines.field("name", name));
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        let key = |text: &str| CrateName::parse(text).ok().map(|name| name.key());
        let names = fields.repeated("name", key)?;
        Ok(Self {
            names: names.into_iter().collect(),
        })
    }
}
