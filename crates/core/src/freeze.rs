//! Whether a view stands still, and at which epoch.
//!
//! Absent: how a view is read as of an epoch.

use crate::decision::{Decision, Freeze, Made};
use crate::name::NameKey;
use std::collections::BTreeSet;

/// A view that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// The position of the fact that froze it.
    pub sequence: u64,
    /// The epoch that it shows.
    pub epoch: u64,
    /// The crates that it shows as they are all the same.
    pub except: BTreeSet<NameKey>,
}

impl Frozen {
    /// Folds a view's decisions, in their order: the last word counts.
    pub fn of(made: &[Made]) -> Option<Self> {
        let last = made.iter().rev().find_map(|made| match &made.decision {
            Decision::Freeze(freeze) => Some((made.sequence, freeze)),
            _ => None,
        });
        match last? {
            (sequence, Freeze::Frozen { epoch, except }) => Some(Self {
                sequence,
                epoch: *epoch,
                except: except.clone(),
            }),
            (_, Freeze::Thawed) => None,
        }
    }

    /// Tells whether a name is shown as it was at the epoch.
    pub fn holds(&self, name: &NameKey) -> bool {
        !self.except.contains(name)
    }
}
