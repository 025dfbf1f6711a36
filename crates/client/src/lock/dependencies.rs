//! Whether a build needs what the lock has for it.
//!
//! A version that is built anew may depend on something else. A lock with only another
//! checksum then does not fit it, and cargo says no more than that it would have to write
//! the lock. Optional dependencies do not count as missing: whether a feature asks for
//! one is cargo's knowledge.
//!
//! Absent: putting the lock right, which is cargo's part.

use crossdock_core::release::{Dependency, DependencyKind, Release};
use crossdock_core::version::Version;
use crossdock_wire::lockfile::{LockedPackage, Lockfile};
use semver::VersionReq;
use serde::Serialize;
use std::fmt;

/// How a build differs from what the lock has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherDependencies {
    /// What it needs and the lock does not have for it, with the requirement.
    pub missing: Vec<String>,
    /// What the lock has for it and it does not need.
    pub needless: Vec<String>,
}

impl OtherDependencies {
    /// Compares a package of a lock with the row of the registry.
    pub fn of(lock: &Lockfile, package: &LockedPackage, row: &Release) -> Option<Self> {
        let needs = || {
            row.dependencies
                .iter()
                .filter(|one| one.kind != DependencyKind::Dev)
        };
        let missing = needs()
            .filter(|one| !one.optional && !is_locked(lock, package, one))
            .filter_map(|one| Some(format!("{} {}", one.crate_name()?, one.req)));
        let needless = package.dependencies.iter().filter(|(name, _)| {
            let mut names = needs().filter_map(Dependency::crate_name);
            !names.any(|needed| needed.key() == name.key())
        });
        let other = Self {
            missing: missing.collect(),
            needless: needless.map(|(name, _)| name.to_string()).collect(),
        };
        (!other.missing.is_empty() || !other.needless.is_empty()).then_some(other)
    }
}

impl fmt::Display for OtherDependencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("it needs", &self.missing),
            ("it no longer needs", &self.needless),
        ];
        let parts = parts.iter().filter(|(_, names)| !names.is_empty());
        let parts: Vec<_> = parts
            .map(|(words, names)| format!("{words} {}", names.join(", ")))
            .collect();
        f.write_str(&parts.join(", and "))
    }
}

/// Tells whether the lock has something for a dependency.
fn is_locked(lock: &Lockfile, package: &LockedPackage, dependency: &Dependency) -> bool {
    let (Some(name), Ok(req)) = (dependency.crate_name(), VersionReq::parse(&dependency.req))
    else {
        // What cannot be read here is left to cargo.
        return true;
    };
    let fits = |version: &Version| req.matches(version.as_semver());
    let mut locked = package.dependencies.iter();
    locked.any(|(locked, version)| {
        locked.key() == name.key()
            && match version {
                Some(version) => fits(version),
                // The lock leaves out the version of a name that it has once.
                None => {
                    let mut packages = lock.packages.iter();
                    packages.any(|other| other.name.key() == name.key() && fits(&other.version))
                }
            }
    })
}
