//! Which members are overlays, and over which names.

use crate::name::NameKey;
use crate::pattern::NamePattern;
use crate::registry_name::RegistryName;
use std::collections::{BTreeMap, BTreeSet};

/// The overlays of a view, as the settings declare them.
///
/// For the names it overlays, a member is none otherwise: it neither owns them nor
/// makes them private. For all other names it is a member as any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlays(BTreeMap<RegistryName, BTreeSet<NamePattern>>);

impl Overlays {
    /// Declares a member to overlay names.
    pub fn declare(&mut self, member: RegistryName, names: BTreeSet<NamePattern>) {
        self.0.insert(member, names);
    }

    /// Tells whether a member overlays a name.
    pub fn covers(&self, member: &RegistryName, name: &NameKey) -> bool {
        self.0
            .get(member)
            .is_some_and(|names| names.iter().any(|pattern| pattern.matches(name)))
    }

    /// Lists the members that overlay a name.
    pub fn over<'o>(&'o self, name: &'o NameKey) -> impl Iterator<Item = &'o RegistryName> {
        self.0
            .keys()
            .filter(move |member| self.covers(member, name))
    }

    /// Lists the overlays with what they overlay, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&RegistryName, &BTreeSet<NamePattern>)> {
        self.0.iter()
    }

    /// Lists the overlays.
    pub fn members(&self) -> impl Iterator<Item = &RegistryName> {
        self.0.keys()
    }
}
