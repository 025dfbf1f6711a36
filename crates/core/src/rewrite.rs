//! Where a dependency of a row points to inside a view.
//!
//! A dependency keeps its target (law 7): a row that depends on `foo` of registry
//! R reaches R's `foo` or none. By the view's identity, if R's `foo` is what the
//! view shows under that name; otherwise through R's face, which is R as seen
//! inside the view. Always explicit: null would mean whatever source the client
//! happens to replace.
//!
//! Absent: URLs. A [`Route`] says what is meant; who serves it spells it.

use crate::address::Address;
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::pins::Pins;
use crate::policy::{Identity, Side, ViewPolicy};
use crate::registry_name::RegistryName;
use crate::release::Target;

/// A dependency's target without reference to where its row stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absolute {
    /// A member of the view.
    Member(RegistryName),
    /// A registry of this installation that is no member.
    Registry(RegistryName),
    /// crates.io, of which no member is a mirror.
    CratesIo,
    /// A registry that is not of this installation.
    Elsewhere(Address),
}

/// Where a dependency points to inside a view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// The crates.io identity, which clients of the view replace by the view.
    CratesIo,
    /// The view's own address.
    View,
    /// A member's face inside the view.
    Face(RegistryName),
    /// A registry of this installation that is no member, at its own address.
    Registry(RegistryName),
    /// A registry elsewhere.
    Elsewhere(Address),
}

/// Resolves a target that a row of `from` names.
pub fn absolute(policy: &ViewPolicy, from: &RegistryName, target: &Target) -> Absolute {
    let registry = |name: &RegistryName| match policy.members.contains_key(name) {
        true => Absolute::Member(name.clone()),
        false => Absolute::Registry(name.clone()),
    };
    match target {
        Target::Own => registry(from),
        Target::Registry(name) => registry(name),
        Target::CratesIo => policy
            .crates_io()
            .map_or(Absolute::CratesIo, |name| Absolute::Member(name.clone())),
        Target::Elsewhere(address) => Absolute::Elsewhere(address.clone()),
    }
}

/// Says where a dependency on a crate of `target` points to.
///
/// `ownership` is whose crate its name is in this view, as found by
/// [`crate::owner::by_reference`] or on record; nothing if nobody owns it. `pins` are
/// what rows that were served rest on. Who left the view is still among the owners on
/// record, so rows that named its crates by the view's identity go on doing so.
pub fn route(
    policy: &ViewPolicy,
    pins: &Pins,
    name: &NameKey,
    target: Absolute,
    ownership: Option<&Ownership>,
) -> Route {
    if let Some(pinned) = pins.route(name, &target) {
        return pinned.clone();
    }
    match target {
        Absolute::Member(member) | Absolute::Registry(member)
            if ownership.is_some_and(|ownership| ownership.members().contains(&member)) =>
        {
            identity_of(policy, pins, ownership)
        }
        Absolute::Member(member) => Route::Face(member),
        Absolute::Registry(registry) => Route::Registry(registry),
        Absolute::CratesIo => Route::CratesIo,
        Absolute::Elsewhere(address) => Route::Elsewhere(address),
    }
}

/// Says under which identity rows of the view name one of its own crates.
///
/// A claim counts only if it made the owner: one that contradicts the record must
/// not change rows that were served. A member is on the side on which it was when a
/// row first named a crate of it.
fn identity_of(policy: &ViewPolicy, pins: &Pins, ownership: Option<&Ownership>) -> Route {
    let is_inside = |member: &RegistryName| match pins.side(member) {
        Some(side) => side == Side::Inside,
        None => policy.is_inside(member),
    };
    let owned_inside = ownership.is_some_and(|ownership| ownership.founders().any(is_inside));
    match policy.identity {
        Identity::CratesIo => Route::CratesIo,
        Identity::Split if policy.crates_io().is_none() || owned_inside => Route::View,
        Identity::Split => Route::CratesIo,
    }
}
