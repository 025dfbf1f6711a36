//! The policy of a view, as it stands in the settings file when a server starts.
//!
//! The fact names the text by its SHA-256; the text is kept beside the archives.

use super::{Decision, Made};
use crate::checksum::Checksum;
use crate::fact::{FactError, Fields, Lines};

pub(super) const KIND: &str = "policy";

/// A view is governed by a policy from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyAdopted {
    /// SHA-256 of the policy's canonical text (`policy_text`).
    pub text: Checksum,
}

impl PolicyAdopted {
    /// Finds the policy that is in force after these decisions of a view.
    pub fn in_force(made: &[Made]) -> Option<Self> {
        made.iter().rev().find_map(|made| match &made.decision {
            Decision::Policy(adopted) => Some(*adopted),
            _ => None,
        })
    }

    pub(super) fn write(self, lines: &mut Lines) {
        lines.field("policy", self.text);
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, FactError> {
        let text = fields.parsed("policy")?;
        Ok(Self { text })
    }
}
