//! What a mirror keeps when its upstream shows other rows than before.
//!
//! History never shrinks or changes (law 5): a release that was kept stays, with
//! the same bytes and the same row. An upstream may add releases, yank and unyank,
//! and fill in fields that were absent. Whatever else it changes is refused and
//! reported, row by row; a yank is followed even then.
//!
//! Absent: when the upstream was asked, where rows are stored, and when a version
//! that vanished is believed to be gone (`removal.rs`).

use crate::name::CrateName;
use crate::release::{DependencyKind, Release, Target};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose row.
    pub row: Keep,
    /// Whether it is yanked, whatever its row says.
    pub yanked: bool,
}

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
    /// These fields of a version changed; the kept row stays.
    OtherRow(Version, Vec<&'static str>),
}

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Vanished(version) => write!(f, "{version} vanished; the kept row stays"),
            Self::OtherBytes(version) => write!(
                f,
                "{version} has another checksum than before; the first stays"
            ),
            Self::OtherRow(version, fields) => write!(
                f,
                "{version} changed its {}; the first row stays",
                fields.join(", ")
            ),
        }
    }
}

/// Decides which rows are kept, lowest version first.
///
/// Both sides hold each version at most once, as index files are read.
pub fn continue_history(old: &[&Release], new: &[&Release]) -> (Vec<Kept>, Vec<Alarm>) {
    let old_by_version: BTreeMap<&Version, usize> = index(old);
    let new_by_version: BTreeMap<&Version, usize> = index(new);
    let (mut kept, mut alarms) = (BTreeMap::new(), Vec::new());
    for (version, at) in &new_by_version {
        let before = old_by_version.get(version);
        let alarm = before.and_then(|before| contradiction(old[*before], new[*at]));
        let row = match before.filter(|_| alarm.is_some()) {
            Some(before) => Keep::Old(*before),
            None => Keep::New(*at),
        };
        alarms.extend(alarm);
        let yanked = new[*at].yanked;
        kept.insert(*version, Kept { row, yanked });
    }
    for (version, at) in &old_by_version {
        if !new_by_version.contains_key(version) {
            alarms.push(Alarm::Vanished((*version).clone()));
            let (row, yanked) = (Keep::Old(*at), old[*at].yanked);
            kept.insert(*version, Kept { row, yanked });
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

/// Compares what must not change.
///
/// A field that was absent may be filled in. What is not known here is not compared:
/// what it means, and whether it may change, a newer cargo knows.
fn contradiction(old: &Release, new: &Release) -> Option<Alarm> {
    if old.checksum != new.checksum {
        return Some(Alarm::OtherBytes(new.version.clone()));
    }
    if old == new {
        return None;
    }
    let (before, now) = (
        Resolved::of(old, Clone::clone),
        Resolved::of(new, Clone::clone),
    );
    let changed = [
        ("name", before.name != now.name),
        ("dependencies", before.dependencies != now.dependencies),
        ("features", before.features != now.features),
        ("links", takes_back(&old.links, &new.links)),
        (
            "rust_version",
            takes_back(&old.rust_version, &new.rust_version),
        ),
        ("pubtime", takes_back(&old.pubtime, &new.pubtime)),
    ];
    let changed: Vec<_> = changed
        .into_iter()
        .filter_map(|(field, changed)| changed.then_some(field))
        .collect();
    (!changed.is_empty()).then(|| Alarm::OtherRow(new.version.clone(), changed))
}

/// Tells whether a value that was there is another one or none now.
fn takes_back<T: PartialEq>(old: &Option<T>, new: &Option<T>) -> bool {
    old.is_some() && old != new
}

/// What cargo resolves by in a row, except links: equal for two writings of one row.
///
/// Order and formatting never count. `features2` is read as a part of `features`,
/// as cargo reads it; filling it in with other features is a change, because a `dep:`
/// in it takes the feature of that name away.
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
