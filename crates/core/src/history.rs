//! What a mirror keeps when its upstream shows other rows than before.
//!
//! History never shrinks or changes (law 5): a release that was kept stays, with
//! the same bytes and the same resolution. An upstream may add releases, yank and
//! unyank, and fill in fields that were absent. Whatever else it changes is
//! refused and reported.
//!
//! Absent: when the upstream was asked, and where rows are stored.

use crate::name::CrateName;
use crate::release::{DependencyKind, Release, Target};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Which row to keep of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The row at this index of what was kept before.
    Old(usize),
    /// The row at this index of what the upstream shows now.
    New(usize),
}

/// Something an upstream must not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A version that was kept is gone; the kept row stays.
    Vanished(Version),
    /// A version has another checksum; the kept row stays.
    OtherBytes(Version),
    /// A version has another name, other dependencies, features or links; the kept row stays.
    OtherRow(Version),
}

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vanished(version) => write!(f, "{version} vanished; the kept row stays"),
            Self::OtherBytes(version) => write!(
                f,
                "{version} has another checksum than before; the first stays"
            ),
            Self::OtherRow(version) => {
                write!(
                    f,
                    "{version} has another name, other dependencies, features or links than before; the first row stays"
                )
            }
        }
    }
}

/// Decides which rows are kept, lowest version first.
///
/// Both sides hold each version at most once, as index files are read.
pub fn continue_history(old: &[&Release], new: &[&Release]) -> (Vec<Keep>, Vec<Alarm>) {
    let old_by_version: BTreeMap<&Version, usize> = index(old);
    let new_by_version: BTreeMap<&Version, usize> = index(new);
    let (mut kept, mut alarms) = (BTreeMap::new(), Vec::new());
    for (version, at) in &new_by_version {
        let before = old_by_version.get(version);
        let alarm = before.and_then(|before| contradiction(old[*before], new[*at]));
        let keep = match before.filter(|_| alarm.is_some()) {
            Some(before) => Keep::Old(*before),
            None => Keep::New(*at),
        };
        alarms.extend(alarm);
        kept.insert(*version, keep);
    }
    for (version, at) in &old_by_version {
        if !new_by_version.contains_key(version) {
            alarms.push(Alarm::Vanished((*version).clone()));
            kept.insert(*version, Keep::Old(*at));
        }
    }
    (kept.into_values().collect(), alarms)
}

fn index<'r>(rows: &[&'r Release]) -> BTreeMap<&'r Version, usize> {
    rows.iter()
        .enumerate()
        .map(|(at, release)| (&release.version, at))
        .collect()
}

/// Compares what must not change: name, bytes, dependencies, features, links.
///
/// Links that were absent may appear.
fn contradiction(old: &Release, new: &Release) -> Option<Alarm> {
    if old.checksum != new.checksum {
        return Some(Alarm::OtherBytes(new.version.clone()));
    }
    let same_links = old.links.is_none() || old.links == new.links;
    let same = old == new
        || same_links && Resolved::of(old, Clone::clone) == Resolved::of(new, Clone::clone);
    (!same).then(|| Alarm::OtherRow(new.version.clone()))
}

/// What cargo resolves by in a row, except links: equal for two writings of one row.
///
/// Order and formatting never count. `features2` is read as a part of `features`,
/// as cargo reads it.
#[derive(PartialEq)]
pub(crate) struct Resolved<'r, T> {
    name: &'r CrateName,
    dependencies: Vec<ResolvedDependency<'r, T>>,
    features: BTreeMap<&'r str, BTreeSet<&'r str>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ResolvedDependency<'r, T> {
    name: &'r str,
    package: Option<&'r CrateName>,
    target: T,
    req: String,
    kind: DependencyKind,
    platform: Option<&'r str>,
    optional: bool,
    default_features: bool,
    features: BTreeSet<&'r str>,
}

impl<'r, T: Ord> Resolved<'r, T> {
    /// Reads a row; `target_of` says what two targets are compared as.
    pub(crate) fn of(release: &'r Release, target_of: impl Fn(&Target) -> T) -> Self {
        let mut dependencies: Vec<_> = release
            .dependencies
            .iter()
            .map(|dependency| ResolvedDependency {
                name: &dependency.name,
                package: dependency
                    .package
                    .as_ref()
                    .filter(|package| package.as_str() != dependency.name),
                target: target_of(&dependency.target),
                req: as_parsed(&dependency.req),
                kind: dependency.kind,
                platform: dependency.platform.as_deref(),
                optional: dependency.optional,
                default_features: dependency.default_features,
                features: dependency.features.iter().map(String::as_str).collect(),
            })
            .collect();
        dependencies.sort();
        let mut features: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (feature, enabled) in release
            .features
            .iter()
            .chain(release.features2.iter().flatten())
        {
            let enabled = enabled.iter().map(String::as_str);
            features.entry(feature).or_default().extend(enabled);
        }
        Self {
            name: &release.name,
            dependencies,
            features,
        }
    }
}

/// `>=1,<2` and `>=1, <2` are one requirement; what does not parse is its text.
fn as_parsed(req: &str) -> String {
    semver::VersionReq::parse(req).map_or_else(|_| req.to_owned(), |req| req.to_string())
}
