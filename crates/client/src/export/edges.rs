//! Dependencies of rows that nothing in an export can be.
//!
//! A row leads each dependency to a source by its identity. Where the lock was made of
//! other rows, that source lacks what is needed, cargo refuses, and every archive is
//! whole all the same; so it is looked for.
//!
//! Absent: optional dependencies, which a lock may do without, those for tests, which
//! cargo ignores, and names that are from elsewhere than a registry: a `[patch]` may
//! have put them in place.

use super::closure::{self, Closure};
use super::contents::{Contents, Source};
use super::vendor::address;
use crossdock_core::address::Address;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::release::{Dependency, DependencyKind, Release};
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// What there is to depend on.
#[derive(Debug, Default)]
pub(crate) struct Held {
    versions: BTreeMap<(String, NameKey), Vec<Version>>,
    elsewhere: BTreeSet<String>,
}

impl Held {
    /// What locks have.
    pub(crate) fn of_locks(closure: &Closure) -> Self {
        let mut held = Self {
            elsewhere: names_elsewhere(closure),
            ..Self::default()
        };
        for (identity, wanted) in &closure.wanted {
            for wanted in wanted {
                held.add(identity, &wanted.name, &wanted.version);
            }
        }
        held
    }

    /// What an export has.
    pub(crate) fn of_export(contents: &Contents) -> Self {
        let mut held = Self {
            elsewhere: contents.elsewhere.clone(),
            ..Self::default()
        };
        for source in &contents.sources {
            for exported in &source.releases {
                let release = &exported.release;
                held.add(&source.identity, &release.name, &release.version);
            }
        }
        held
    }

    fn add(&mut self, identity: &str, name: &CrateName, version: &Version) {
        let key = (closure::identity(identity), name.key());
        self.versions.entry(key).or_default().push(version.clone());
    }

    /// Says of a source's releases what they need and is not there.
    pub(crate) fn lacking(&self, source: &Source) -> Vec<Lacking> {
        let Ok(identity) = Address::parse(&source.identity) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for exported in &source.releases {
            let release = &exported.release;
            for dependency in &release.dependencies {
                if let Some(needs) = self.lacks(dependency, &identity) {
                    all.push(Lacking::new(source, release, needs));
                }
            }
        }
        all
    }

    /// Says what of a dependency is not there; nothing if it is.
    fn lacks(&self, dependency: &Dependency, of: &Address) -> Option<String> {
        if dependency.optional || dependency.kind == DependencyKind::Dev {
            return None;
        }
        let name = dependency.crate_name()?;
        if self.elsewhere.contains(name.as_str()) {
            return None;
        }
        let target = closure::identity(&address(&dependency.target, of).to_string());
        let req = semver::VersionReq::parse(&dependency.req).ok()?;
        let there = self.versions.get(&(target.clone(), name.key()));
        let fits = |version: &Version| req.matches(version.as_semver());
        let is_there = there.is_some_and(|versions| versions.iter().any(fits));
        (!is_there).then(|| format!("{name} {req} of {target}"))
    }
}

/// A dependency that nothing there can be.
#[derive(Debug)]
pub(crate) struct Lacking {
    /// The dependent.
    pub(crate) dependent: String,
    /// What it needs.
    pub(crate) needs: String,
}

impl Lacking {
    fn new(source: &Source, release: &Release, needs: String) -> Self {
        let dependent = format!("{} {} ({})", release.name, release.version, source.identity);
        Self { dependent, needs }
    }
}

/// Names what locks have from elsewhere than a registry.
pub(crate) fn names_elsewhere(closure: &Closure) -> BTreeSet<String> {
    let told = closure.local.iter().chain(&closure.left);
    let names = told.filter_map(|told| told.split(' ').next());
    names.map(str::to_owned).collect()
}
