//! What is on record of the overlays of one name: the fold of what was decided.
//!
//! Which version a release patches is recorded when it is first shown, because the
//! owner may release another one in between later, and the patched one must not come
//! back for that.

use super::{leaves_behind, line};
use crate::decision::{Decision, Made, OverlayDecision};
use crate::name::NameKey;
use crate::registry_name::RegistryName;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// A release of an overlay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patch {
    /// The overlay.
    pub overlay: RegistryName,
    /// The patched release's version.
    pub version: Version,
}

/// What was decided of one name's overlays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    patched: BTreeMap<Patch, Version>,
    accepted: BTreeSet<Version>,
    accepted_from: BTreeSet<Version>,
    rebased_onto: BTreeSet<Version>,
}

impl Standing {
    /// Folds the decisions of a view on one name, in their order.
    pub fn fold(made: &[Made], name: &NameKey) -> Self {
        let mut standing = Self::default();
        for made in made {
            let Decision::Overlay(decision) = &made.decision else {
                continue;
            };
            if decision.name() != name {
                continue;
            }
            match decision {
                OverlayDecision::Patched { patch, base, .. } => {
                    let first = standing.patched.entry(patch.clone());
                    first.or_insert_with(|| base.clone());
                }
                OverlayDecision::Accepted { version, later, .. } => {
                    standing.accepted.insert(version.clone());
                    if *later {
                        standing.accepted_from.insert(version.clone());
                    }
                }
                OverlayDecision::Rebased { onto, .. } => {
                    standing.rebased_onto.insert(onto.clone());
                }
            }
        }
        standing
    }

    /// Lists the names of which anything was decided.
    pub fn names(made: &[Made]) -> BTreeSet<NameKey> {
        let named = made.iter().filter_map(|made| match &made.decision {
            Decision::Overlay(decision) => Some(decision.name().clone()),
            _ => None,
        });
        named.collect()
    }

    /// Says which version a release is on record to patch.
    pub fn patched(&self, patch: &Patch) -> Option<&Version> {
        self.patched.get(patch)
    }

    /// Lists the overlays that have a release on record.
    pub fn overlays(&self) -> impl Iterator<Item = &RegistryName> {
        self.patched.keys().map(|patch| &patch.overlay)
    }

    /// Tells whether somebody said that a release of the owner is fine.
    pub fn is_accepted(&self, version: &Version) -> bool {
        self.accepted.contains(version)
            || self
                .accepted_from
                .iter()
                .any(|from| from <= version && line(from) == line(version))
    }

    /// Tells whether patches of a version were left behind by a rebase.
    pub fn is_left_behind(&self, base: &Version) -> bool {
        self.rebased_onto
            .iter()
            .any(|onto| leaves_behind(onto, base))
    }
}
