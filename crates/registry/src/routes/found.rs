//! Where the dependencies of a file point to, once it is found.
//!
//! Absent: the finding (`routes.rs`).

use crate::partings::Partings;
use crossdock_core::name::NameKey;
use crossdock_core::parting::Came;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, Release, Target};
use crossdock_core::rewrite::{Route, absolute};
use std::collections::HashMap;

/// Where the dependencies of a file point to.
#[derive(Default)]
pub(crate) struct Routes {
    pub(super) by: HashMap<RouteKey, Route>,
    pub(super) partings: Partings,
}

/// What a route depends on besides the view: the member, the crate, the target, and
/// when the row came in if that makes a difference.
pub(super) type RouteKey = (RegistryName, NameKey, Target, Option<Came>);

impl Routes {
    /// Where a dependency of a row points to; nothing for a name that is none.
    pub(crate) fn of(
        &self,
        policy: &ViewPolicy,
        member: &RegistryName,
        release: &Release,
        dependency: &Dependency,
    ) -> Option<&Route> {
        let name = dependency.crate_name()?.key();
        let came = match self.partings.is_empty() {
            true => None,
            false => {
                let target = absolute(policy, member, &dependency.target);
                self.partings.came(member, release, &name, &target)
            }
        };
        let came = came.map(|(_, came)| came);
        let key = (member.clone(), name, dependency.target.clone(), came);
        self.by.get(&key)
    }

    /// Tells whether equal dependencies of two rows may point elsewhere.
    pub(crate) fn are_apart(&self) -> bool {
        !self.partings.is_empty()
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Route> {
        self.by.values()
    }
}
