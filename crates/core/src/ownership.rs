//! Whose crate a name is in a view, as it stands on record.
//!
//! Absent: how it is found out the first time, which is `owner.rs`.

use crate::registry_name::RegistryName;
use std::collections::BTreeSet;

/// Whose crate a name is.
///
/// `members` never shrinks once recorded: rows that reached the name by the view's
/// identity on behalf of one of them go on doing so after a conflict is settled,
/// so that no served row changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ownership {
    owner: Option<RegistryName>,
    members: BTreeSet<RegistryName>,
}

impl Ownership {
    /// One member speaks for the name.
    pub fn sole(owner: RegistryName) -> Self {
        Self {
            members: BTreeSet::from([owner.clone()]),
            owner: Some(owner),
        }
    }

    /// Several members have the name and none of them alone speaks for it.
    ///
    /// With one member this is [`Ownership::sole`]; with none there is no ownership.
    pub fn shared(members: BTreeSet<RegistryName>) -> Option<Self> {
        match members.len() {
            0 => None,
            1 => members.into_iter().next().map(Self::sole),
            _ => Some(Self {
                owner: None,
                members,
            }),
        }
    }

    /// Says which of the sharing members speaks from now on; others stay reachable.
    ///
    /// Returns nothing if `owner` is not among the members.
    pub fn settled(self, owner: RegistryName) -> Option<Self> {
        self.members.contains(&owner).then_some(Self {
            owner: Some(owner),
            members: self.members,
        })
    }

    /// The one member that speaks for the name, unless it is shared.
    pub fn owner(&self) -> Option<&RegistryName> {
        self.owner.as_ref()
    }

    /// All members whose crate this is.
    pub fn members(&self) -> &BTreeSet<RegistryName> {
        &self.members
    }

    /// The members whose releases are looked at: the owner, or all that share.
    pub fn speakers(&self) -> impl Iterator<Item = &RegistryName> {
        self.members
            .iter()
            .filter(|member| self.owner.as_ref().is_none_or(|owner| owner == *member))
    }
}
