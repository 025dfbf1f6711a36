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
    /// Those of the members to whom the name was transferred.
    heirs: BTreeSet<RegistryName>,
}

impl Ownership {
    /// One member speaks for the name.
    pub fn sole(owner: RegistryName) -> Self {
        Self {
            members: BTreeSet::from([owner.clone()]),
            owner: Some(owner),
            heirs: BTreeSet::new(),
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
                heirs: BTreeSet::new(),
            }),
        }
    }

    /// Says which of the sharing members speaks from now on; others stay reachable.
    ///
    /// Returns nothing if `owner` is not among the members.
    pub fn settled(self, owner: RegistryName) -> Option<Self> {
        self.members.contains(&owner).then_some(Self {
            owner: Some(owner),
            ..self
        })
    }

    /// Gives the name to a member that has the same crate; who had it stays reachable.
    ///
    /// Returns nothing if `from` does not speak for the name, alone or with others.
    pub fn transferred(mut self, from: &RegistryName, to: RegistryName) -> Option<Self> {
        let speaks = self.speakers().any(|member| member == from);
        (speaks && self.owner.as_ref() != Some(&to)).then(|| {
            if self.members.insert(to.clone()) {
                self.heirs.insert(to.clone());
            }
            self.owner = Some(to);
            self
        })
    }

    /// Says that some of the members came by a transfer; others are left out.
    #[must_use]
    pub fn with_heirs(mut self, heirs: impl IntoIterator<Item = RegistryName>) -> Self {
        let members = &self.members;
        self.heirs = heirs
            .into_iter()
            .filter(|heir| members.contains(heir))
            .collect();
        self
    }

    /// Joins what somebody wants recorded, who saw the record as `seen`, to the record
    /// as it is now; nothing if the record has turned since and stands.
    ///
    /// Members are united, so that of two who extend a name at once none is dropped.
    /// A record turns when its owner does, or by a reassignment, which takes members
    /// away: what was decided before that must not bring them back.
    #[must_use]
    pub fn joined(&self, seen: Option<&Self>, wanted: &Self) -> Option<Self> {
        let turned = match seen {
            None => true,
            Some(seen) => {
                !seen.members.is_subset(&self.members)
                    || (self.owner.is_some() && self.owner != seen.owner)
            }
        };
        (!turned).then(|| Self {
            owner: wanted.owner.clone(),
            members: self.members.union(&wanted.members).cloned().collect(),
            heirs: self.heirs.union(&wanted.heirs).cloned().collect(),
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

    /// The members to whom the name was transferred.
    pub fn heirs(&self) -> &BTreeSet<RegistryName> {
        &self.heirs
    }

    /// The members whose crate it was before any transfer: how rows name the crate
    /// follows from them, so that a transfer changes no row.
    pub fn founders(&self) -> impl Iterator<Item = &RegistryName> {
        self.members
            .iter()
            .filter(|member| !self.heirs.contains(*member))
    }

    /// The members whose releases are looked at: the owner, or all that share.
    pub fn speakers(&self) -> impl Iterator<Item = &RegistryName> {
        self.members
            .iter()
            .filter(|member| self.owner.as_ref().is_none_or(|owner| owner == *member))
    }
}
