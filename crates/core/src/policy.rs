//! What the settings say about one view.
//!
//! Members stand in a map sorted by name: the order in which a settings file
//! lists them cannot decide anything, because it is gone before anyone asks.
//!
//! Absent: how a decision follows from it (`owner.rs`, `merge.rs`, `rewrite.rs`).

use crate::alias::AliasRules;
use crate::gate::Gates;
use crate::name::NameKey;
use crate::overlay::Overlays;
use crate::pattern::NamePattern;
use crate::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};

/// The policy of one view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewPolicy {
    /// The view's name.
    pub view: RegistryName,
    /// How rows of the view name each other.
    pub identity: Identity,
    /// Who takes part.
    pub members: BTreeMap<RegistryName, Member>,
    /// Names given to members.
    pub claims: BTreeMap<NamePattern, RegistryName>,
    /// Names declared to be one crate in several members.
    pub same_crate: Vec<SameCrate>,
    /// Where a publish of an unowned, unclaimed name goes.
    pub publish_to: Option<RegistryName>,
    /// Names that other crates provide.
    pub aliases: AliasRules,
    /// What is let through of mirrored releases.
    pub gates: Gates,
    /// Members that patch crates of others.
    pub overlays: Overlays,
}

/// How rows of a view name each other; always explicitly, never by null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Every row is addressed with the crates.io identity; clients replace
    /// crates.io by the view and write `foo = "1"` for everything.
    CratesIo,
    /// Private rows carry the view's own address, public rows the crates.io
    /// identity; without the configuration a private dependency fails closed.
    Split,
}

/// One member of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Whether what it has is private.
    pub side: Side,
    /// Whether releases are published to it here, so that it always can answer.
    pub kind: MemberKind,
    /// The names it is limited to; beyond them it neither owns, is asked, nor is
    /// waited for.
    pub only: Option<BTreeSet<NamePattern>>,
}

/// Whether a member's names are private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Its names are private: they outrank outside ones and are never sent there.
    Inside,
    /// Its names are public.
    Outside,
}

/// What stands behind a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A registry that is hosted here.
    Hosted,
    /// A mirror of crates.io.
    CratesIo,
    /// A mirror of another registry.
    Mirror,
    /// A folder of this machine.
    Directory,
}

impl MemberKind {
    /// Tells whether it is another registry, fetched and kept: it is not asked without
    /// leave, and it may be silent.
    pub fn is_mirror(self) -> bool {
        matches!(self, Self::CratesIo | Self::Mirror)
    }
}

/// A declaration that names are one crate in all of some members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameCrate {
    /// The names.
    pub names: BTreeSet<NamePattern>,
    /// The members that share them.
    pub members: BTreeSet<RegistryName>,
}

impl Member {
    /// Tells whether a name is among those the member is limited to.
    pub fn may_have(&self, name: &NameKey) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.iter().any(|pattern| pattern.matches(name)))
    }
}

impl ViewPolicy {
    /// Makes the policy of a view of which nothing is said but its members.
    pub fn new(
        view: RegistryName,
        identity: Identity,
        members: BTreeMap<RegistryName, Member>,
    ) -> Self {
        Self {
            view,
            identity,
            members,
            claims: BTreeMap::new(),
            same_crate: Vec::new(),
            publish_to: None,
            aliases: AliasRules::default(),
            gates: Gates::default(),
            overlays: Overlays::default(),
        }
    }

    /// Finds the most specific claim on a name: exact before longest prefix.
    pub fn claim(&self, name: &NameKey) -> Option<(&NamePattern, &RegistryName)> {
        self.claims
            .iter()
            .find(|(pattern, _)| pattern.matches(name))
    }

    /// Lists the members of one side that may have a name.
    pub fn eligible(&self, side: Side, name: &NameKey) -> impl Iterator<Item = &RegistryName> {
        self.members
            .iter()
            .filter(move |(_, member)| member.side == side && member.may_have(name))
            .filter(|(member, _)| !self.overlays.covers(member, name))
            .map(|(name, _)| name)
    }

    /// Tells whether `members` were declared to have one and the same crate.
    pub fn is_same_crate(&self, name: &NameKey, members: &BTreeSet<RegistryName>) -> bool {
        members
            .first()
            .is_some_and(|first| members.is_subset(&self.sharers(name, first)))
    }

    /// Returns all members that were declared to share a name with `holders`, which
    /// are among them; `holders` themselves where nothing was declared.
    pub fn sharing(
        &self,
        name: &NameKey,
        holders: BTreeSet<RegistryName>,
    ) -> BTreeSet<RegistryName> {
        if !self.is_same_crate(name, &holders) {
            return holders;
        }
        let sharers = holders.iter().flat_map(|first| self.sharers(name, first));
        let may_have = |member: &RegistryName| {
            self.members
                .get(member)
                .is_some_and(|member| member.may_have(name))
                && !self.overlays.covers(member, name)
        };
        sharers.filter(may_have).collect()
    }

    /// Follows declarations from one member to all that share a name with it.
    ///
    /// Declarations that have a member in common are one, so that it does not matter
    /// in which order they are written.
    fn sharers(&self, name: &NameKey, member: &RegistryName) -> BTreeSet<RegistryName> {
        let mut sharers = BTreeSet::from([member.clone()]);
        loop {
            let reached: BTreeSet<_> = self
                .same_crate
                .iter()
                .filter(|declared| declared.names.iter().any(|pattern| pattern.matches(name)))
                .filter(|declared| !declared.members.is_disjoint(&sharers))
                .flat_map(|declared| declared.members.iter().cloned())
                .collect();
            let before = sharers.len();
            sharers.extend(reached);
            if sharers.len() == before {
                return sharers;
            }
        }
    }

    /// Returns the member that mirrors crates.io, if there is one.
    pub fn crates_io(&self) -> Option<&RegistryName> {
        self.members
            .iter()
            .find(|(_, member)| member.kind == MemberKind::CratesIo)
            .map(|(name, _)| name)
    }

    /// Tells whether a member is inside; what is no member is not.
    pub fn is_inside(&self, member: &RegistryName) -> bool {
        self.members
            .get(member)
            .is_some_and(|member| member.side == Side::Inside)
    }
}
