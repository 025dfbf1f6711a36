//! What the settings say about one view.
//!
//! Members stand in a map sorted by name: the order in which a settings file
//! lists them cannot decide anything, because it is gone before anyone asks.
//!
//! Absent: how a decision follows from it (`owner.rs`, `merge.rs`, `rewrite.rs`).

use crate::name::NameKey;
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
}

/// A declaration that names are one crate in all of some members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameCrate {
    /// The names.
    pub names: BTreeSet<NamePattern>,
    /// The members that share them.
    pub members: BTreeSet<RegistryName>,
}

impl ViewPolicy {
    /// Finds the most specific claim on a name: exact before longest prefix.
    pub fn claim(&self, name: &NameKey) -> Option<(&NamePattern, &RegistryName)> {
        self.claims
            .iter()
            .find(|(pattern, _)| pattern.matches(name))
    }

    /// Lists the members of one side that may have a name.
    pub fn eligible(&self, side: Side, name: &NameKey) -> impl Iterator<Item = &RegistryName> {
        let admits = |member: &Member| {
            member
                .only
                .as_ref()
                .is_none_or(|only| only.iter().any(|pattern| pattern.matches(name)))
        };
        self.members
            .iter()
            .filter(move |(_, member)| member.side == side && admits(member))
            .map(|(name, _)| name)
    }

    /// Tells whether `members` were declared to have one and the same crate.
    pub fn is_same_crate(&self, name: &NameKey, members: &BTreeSet<RegistryName>) -> bool {
        self.same_crate.iter().any(|declared| {
            declared.names.iter().any(|pattern| pattern.matches(name))
                && members.is_subset(&declared.members)
        })
    }

    /// Returns all members that were declared to share a name with `holders`, which
    /// are among them; `holders` themselves where nothing was declared.
    pub fn sharing(
        &self,
        name: &NameKey,
        holders: BTreeSet<RegistryName>,
    ) -> BTreeSet<RegistryName> {
        let declared = self.same_crate.iter().find(|declared| {
            declared.names.iter().any(|pattern| pattern.matches(name))
                && holders.is_subset(&declared.members)
        });
        match declared {
            Some(declared) if !holders.is_empty() => {
                let of_view = declared
                    .members
                    .iter()
                    .filter(|member| self.members.contains_key(*member));
                of_view.cloned().collect()
            }
            _ => holders,
        }
    }

    /// Lists the members that some declaration lets share a name.
    pub fn declared(&self, name: &NameKey) -> impl Iterator<Item = &RegistryName> {
        let matching = self
            .same_crate
            .iter()
            .filter(move |declared| declared.names.iter().any(|pattern| pattern.matches(name)));
        matching
            .flat_map(|declared| &declared.members)
            .filter(|member| self.members.contains_key(*member))
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
