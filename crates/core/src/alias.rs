//! Aliases: a crate that another one provides, so that dependents build one of them.
//!
//! `rand_hc128 = "hc128"` means: whoever depends on the view's `rand_hc128` gets the
//! view's `hc128`, under the name its code uses. In a row that is a renamed
//! dependency; nothing else of the row changes. A row that would then not build, or
//! build two copies, is left alone, and so is a row that was served before the alias
//! was declared: a served row never changes (law 5).
//!
//! Absent: which aliases are in force for which release (`alias/in_force.rs`), where
//! the rewritten dependency points to (`rewrite.rs`), who has what.

mod in_force;
mod rules;

use crate::name::{CrateName, NameKey};
use crate::policy::{Identity, ViewPolicy};
use crate::registry_name::RegistryName;
use crate::release::{Dependency, DependencyKind, Release, Target};
use semver::VersionReq;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use in_force::{Aliases, Spared};
pub use rules::{AliasRuleError, AliasRules};

/// What stands in for an aliased name, as the view shows it today.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The crate, as it is spelled.
    pub name: CrateName,
    /// A registry whose crate it is, so that the dependency leads to the view's.
    pub target: Target,
    /// Its releases, yanked ones among them: a lock may need them, and what was
    /// enough for a row once must stay enough.
    pub releases: Vec<Release>,
    /// No row like this one can lead to it ([`is_out_of_reach`]).
    pub is_out_of_reach: bool,
}

/// Why a dependency on an aliased name stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftAlone {
    /// The row names both crates; with one in place of the other, cargo refuses it
    /// ("depends on crate `x` multiple times with different names").
    NamesBoth,
    /// The row is the provider's own.
    Itself,
    /// No release of the provider meets the requirement and has the features.
    NoVersion,
    /// The row is public and the provider private, in a view that tells them apart.
    OutOfReach,
}

/// A row as aliases leave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aliased {
    /// The row.
    pub release: Release,
    /// The aliased names it still depends on, and why.
    pub left_alone: BTreeMap<NameKey, LeftAlone>,
}

/// Puts providers in place of the names they stand in for.
///
/// `providers` has the aliases that hold for this row. `is_meant` says of a
/// dependency on an aliased name whether it means the crate of that name which the
/// view shows; another registry's crate of the same name is another crate (law 7).
/// Dependencies for development are left as they are, because cargo reads them in
/// no row.
pub fn apply(
    release: &Release,
    providers: &BTreeMap<NameKey, Provider>,
    is_meant: &dyn Fn(&Dependency) -> bool,
) -> Aliased {
    let (mut rewritable, mut left_alone) = (BTreeSet::new(), BTreeMap::new());
    for (key, provider) in providers {
        let meant: Vec<_> = on(release, key).filter(|it| is_meant(it)).collect();
        if meant.is_empty() {
            continue;
        }
        let refusal = if provider.name.key() == release.name.key() {
            Some(LeftAlone::Itself)
        } else if provider.is_out_of_reach {
            Some(LeftAlone::OutOfReach)
        } else if !meant
            .iter()
            .all(|dependency| suffices(provider, dependency))
        {
            Some(LeftAlone::NoVersion)
        } else {
            None
        };
        match refusal {
            Some(why) => drop(left_alone.insert(key.clone(), why)),
            None => drop(rewritable.insert(key.clone())),
        }
    }
    for key in names_both(release, providers, &rewritable) {
        rewritable.remove(&key);
        left_alone.insert(key, LeftAlone::NamesBoth);
    }
    let mut release = release.clone();
    for index in 0..release.dependencies.len() {
        let dependency = &release.dependencies[index];
        let key = dependency.crate_name().map(|name| name.key());
        let Some(key) = key.filter(|key| rewritable.contains(key)) else {
            continue;
        };
        if dependency.kind != DependencyKind::Dev && is_meant(dependency) {
            // Only what is rewritten is taken out of what rows share.
            point_to(&mut release.dependencies[index], &providers[&key]);
        }
    }
    Aliased {
        release,
        left_alone,
    }
}

/// Tells whether rows of `dependent` cannot lead to crates of `provider`.
///
/// In a split view that replaces crates.io, cargo reads the view's own address in a
/// row of crates.io as crates.io itself (measured, cargo 1.95: `Summary::map_source`
/// takes dependencies along). The private crate would be built a second time.
pub fn is_out_of_reach(
    policy: &ViewPolicy,
    dependent: &RegistryName,
    provider: &RegistryName,
) -> bool {
    policy.identity == Identity::Split
        && policy.crates_io().is_some()
        && policy.is_inside(provider)
        && !policy.is_inside(dependent)
}

/// The dependencies of a row on a name that cargo looks at.
pub fn on<'r>(release: &'r Release, name: &'r NameKey) -> impl Iterator<Item = &'r Dependency> {
    let named = |dependency: &&Dependency| {
        dependency
            .crate_name()
            .is_some_and(|krate| krate.key() == *name)
    };
    let looked_at = |dependency: &&Dependency| dependency.kind != DependencyKind::Dev;
    release.dependencies.iter().filter(looked_at).filter(named)
}

/// Finds the names that must stay because two names would become one crate.
///
/// Whatever platform or kind the two are for: cargo compares names over all of them
/// at once. Versions might still keep them apart, but that is known to a resolution
/// only.
fn names_both(
    release: &Release,
    providers: &BTreeMap<NameKey, Provider>,
    rewritable: &BTreeSet<NameKey>,
) -> Vec<NameKey> {
    let by_provider = |key: &NameKey| providers[key].name.key();
    let shared = |key: &&NameKey| {
        let provider = by_provider(key);
        on(release, &provider).next().is_some()
            || rewritable
                .iter()
                .any(|other| other != *key && by_provider(other) == provider)
    };
    rewritable.iter().filter(shared).cloned().collect()
}

/// Tells whether some release of the provider can be what a dependency asks for.
fn suffices(provider: &Provider, dependency: &Dependency) -> bool {
    let Ok(requirement) = VersionReq::parse(&dependency.req) else {
        return false;
    };
    provider.releases.iter().any(|release| {
        requirement.matches(release.version.as_semver())
            && dependency
                .features
                .iter()
                .all(|feature| has_feature(release, feature))
    })
}

/// An optional dependency is a feature too, unless `dep:` hides it; `default` always is.
fn has_feature(release: &Release, feature: &str) -> bool {
    feature == "default"
        || release.features.contains_key(feature)
        || release
            .features2
            .as_ref()
            .is_some_and(|features| features.contains_key(feature))
        || release
            .dependencies
            .iter()
            .any(|dependency| dependency.optional && dependency.name == feature)
}

/// The name stays, because the dependent's code and features use it.
fn point_to(dependency: &mut Dependency, provider: &Provider) {
    let is_renamed = dependency.name != provider.name.as_str();
    dependency.package = is_renamed.then(|| provider.name.clone());
    dependency.target = provider.target.clone();
}

impl fmt::Display for LeftAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NamesBoth => "names-both",
            Self::Itself => "itself",
            Self::NoVersion => "no-version",
            Self::OutOfReach => "out-of-reach",
        })
    }
}

impl std::str::FromStr for LeftAlone {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        let all = [
            Self::NamesBoth,
            Self::Itself,
            Self::NoVersion,
            Self::OutOfReach,
        ];
        all.into_iter()
            .find(|why| why.to_string() == text)
            .ok_or(UnknownReason)
    }
}

/// The word stands for no reason to leave a row alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such reason")]
pub struct UnknownReason;
