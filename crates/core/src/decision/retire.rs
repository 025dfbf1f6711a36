//! Retirement of a mirror: what is held of it is all there will ever be.

use super::{Decision, Made};
use crate::fact::{FactError, Fields, Lines};
use crate::registry_name::RegistryName;

pub(super) const KIND: &str = "retired";

/// A mirror's upstream is not asked any more; its scope is the mirror itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The mirror.
    pub registry: RegistryName,
}

impl Retired {
    /// Tells whether a registry is retired after these decisions of its own.
    pub fn is_retired(made: &[Made]) -> bool {
        made.iter()
            .any(|made| matches!(made.decision, Decision::Retired(_)))
    }

    pub(super) fn write(&self, lines: &mut Lines) {
        lines.field("registry", &self.registry);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        let registry = fields.parsed("registry")?;
        Ok(Self { registry })
    }
}
