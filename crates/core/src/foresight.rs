//! Which index files cargo asks for next, once it has one.
//!
//! Cargo resolves in waves: it reads a crate's file, picks a version, and asks for
//! the files of that version's dependencies. Whoever knows the rows can fetch those
//! files before they are asked for.
//!
//! Absent: whether a name may be asked for at all, and the fetching.

use crate::name::CrateName;
use crate::release::{Dependency, DependencyKind, Release, Target};
use std::collections::{BTreeMap, BTreeSet};

/// How many compatibility lines (1.x, 0.9.x, 0.8.x …) are looked at, newest first.
///
/// Most dependents want the newest line; some still want the one before it.
const LINES_MAX: usize = 2;

/// Names the crates of the same registry that cargo is likely to ask for next, once
/// it has read `releases`, lowest version first.
///
/// Looked at are the newest unyanked releases of the newest compatibility lines;
/// of those, what a build with default features needs. Dev-dependencies are left
/// out, because cargo ignores them in dependencies.
pub fn asked_next<'r>(releases: impl IntoIterator<Item = &'r Release>) -> BTreeSet<CrateName> {
    let mut lines: BTreeMap<(u64, u64), &Release> = BTreeMap::new();
    for release in releases
        .into_iter()
        .filter(|release| !release.yanked && !release.version.is_prerelease())
    {
        let version = release.version.as_semver();
        let line = if version.major > 0 {
            (version.major, 0)
        } else {
            (0, version.minor)
        };
        lines.insert(line, release);
    }
    lines
        .values()
        .rev()
        .take(LINES_MAX)
        .flat_map(|release| needed(release))
        .collect()
}

fn needed(release: &Release) -> impl Iterator<Item = CrateName> {
    let enabled = enabled_by_default(release);
    let wanted = move |dependency: &&Dependency| {
        dependency.kind != DependencyKind::Dev
            && dependency.target == Target::Own
            && (!dependency.optional || enabled.contains(dependency.name.as_str()))
    };
    release
        .dependencies
        .iter()
        .filter(wanted)
        .filter_map(Dependency::crate_name)
}

/// Follows `default` through the features to the optional dependencies it enables.
fn enabled_by_default(release: &Release) -> BTreeSet<&str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec!["default"]);
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let features = [Some(&release.features), release.features2.as_ref()];
        for value in features
            .into_iter()
            .flatten()
            .filter_map(|features| features.get(name))
            .flatten()
        {
            // `dep:x`, `x`, `x/feature`; `x?/feature` enables nothing by itself.
            let value = value.strip_prefix("dep:").unwrap_or(value);
            match value.split_once('/') {
                Some((weak, _)) if weak.ends_with('?') => {}
                Some((dependency, _)) => open.push(dependency),
                None => open.push(value),
            }
        }
    }
    seen
}
