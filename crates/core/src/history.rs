//! What a mirror keeps when its upstream shows other rows than before.
//!
//! History never shrinks or changes (law 5): a release that was kept stays, with
//! the same bytes and the same resolution. An upstream may add releases, yank and
//! unyank, and fill in fields that were absent. Whatever else it changes is
//! refused and reported.
//!
//! Absent: when the upstream was asked, and where rows are stored.

use crate::release::Release;
use crate::version::Version;
use std::collections::BTreeMap;

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
    /// A version has other dependencies, features or links; the kept row stays.
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
                    "{version} has other dependencies, features or links than before; the first row stays"
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

/// Compares what must not change: bytes, dependencies, features, links.
///
/// A value that was absent may appear; order never counts.
fn contradiction(old: &Release, new: &Release) -> Option<Alarm> {
    if old.checksum != new.checksum {
        return Some(Alarm::OtherBytes(new.version.clone()));
    }
    let dependencies = |release: &Release| {
        let mut sorted: Vec<String> = release
            .dependencies
            .iter()
            .map(|dependency| {
                let mut features = dependency.features.clone();
                features.sort();
                let plain = crate::release::Dependency {
                    features,
                    unknown: Vec::new(),
                    ..dependency.clone()
                };
                format!("{plain:?}")
            })
            .collect();
        sorted.sort();
        sorted
    };
    let features = |release: &Release| {
        let mut all = release.features.clone();
        all.extend(release.features2.clone().unwrap_or_default());
        all.values_mut().for_each(|enabled| enabled.sort());
        all
    };
    let same_links = old.links.is_none() || old.links == new.links;
    let same =
        dependencies(old) == dependencies(new) && features(old) == features(new) && same_links;
    (!same).then(|| Alarm::OtherRow(new.version.clone()))
}
