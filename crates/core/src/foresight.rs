//! Which index files cargo asks for next, once it has one.
//!
//! Cargo resolves in waves: it reads a crate's file, picks the newest version that is
//! wanted, and asks for the files of that version's dependencies. Whoever knows the rows
//! and what was wanted can fetch those files before they are asked for.
//!
//! Absent: whether a name may be asked for at all, and the fetching.

use crate::name::CrateName;
use crate::release::{Dependency, DependencyKind, Release, Target};
use semver::VersionReq;
use std::collections::{BTreeMap, BTreeSet};

/// How many compatibility lines (1.x, 0.9.x, 0.8.x …) are looked at, newest first, where
/// nobody said which is wanted.
///
/// Most manifests want the newest line; some still want the one before it.
const LINES_MAX: usize = 2;

/// What a dependency wants of a crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The requirement as text, such as `^1.2`.
    req: Box<str>,
    /// Features, sorted, with `default` among them unless that is switched off.
    features: Box<[Box<str>]>,
}

/// Names the crates of the same registry that cargo is likely to ask for next, and what
/// it will want of them, once it has read `releases`, lowest version first, of which it
/// wants `needs`.
///
/// Looked at is, for each need, the newest unyanked release that it allows, and of that
/// what a build with the features asked for needs. Without a need these are the newest
/// releases of the newest compatibility lines with their default features.
/// Dev-dependencies are left out, because cargo ignores them in dependencies.
pub fn asked_next<'r, 'n>(
    releases: impl IntoIterator<Item = &'r Release>,
    needs: impl IntoIterator<Item = &'n Need>,
) -> BTreeSet<(CrateName, Need)> {
    let unyanked = releases.into_iter().filter(|release| !release.yanked);
    let unyanked: Vec<&Release> = unyanked.collect();
    let (mut next, mut is_said) = (BTreeSet::new(), false);
    for need in needs {
        is_said = true;
        if let Some(release) = need.newest_of(&unyanked) {
            next.extend(needed(release, need.features.iter().map(|name| &**name)));
        }
    }
    if !is_said {
        let newest = newest_lines(&unyanked);
        next.extend(newest.flat_map(|release| needed(release, ["default"].into_iter())));
    }
    next
}

impl Need {
    fn newest_of<'r>(&self, unyanked: &[&'r Release]) -> Option<&'r Release> {
        let req = VersionReq::parse(&self.req).ok()?;
        let newest = unyanked.iter().rev();
        let mut allowed = newest.filter(|release| req.matches(release.version.as_semver()));
        allowed.next().copied()
    }
}

fn newest_lines<'r>(unyanked: &[&'r Release]) -> impl Iterator<Item = &'r Release> {
    let mut lines: BTreeMap<(u64, u64), &Release> = BTreeMap::new();
    for release in unyanked {
        let version = release.version.as_semver();
        let line = match version.major {
            0 => (0, version.minor),
            major => (major, 0),
        };
        if !release.version.is_prerelease() {
            lines.insert(line, release);
        }
    }
    lines.into_values().rev().take(LINES_MAX)
}

/// The dependencies of a release with these features, and what is wanted of them.
fn needed<'f>(
    release: &'f Release,
    features: impl Iterator<Item = &'f str>,
) -> impl Iterator<Item = (CrateName, Need)> + 'f {
    let enabled = Enabled::by(release, features);
    let dependencies = release.dependencies.iter();
    dependencies.filter_map(move |dependency| {
        let is_on = !dependency.optional || enabled.features.contains(dependency.name.as_str());
        let is_wanted = dependency.kind != DependencyKind::Dev && dependency.target == Target::Own;
        let name = dependency.crate_name().filter(|_| is_on && is_wanted)?;
        Some((name, enabled.need_of(dependency)))
    })
}

/// What features switch on in a release.
struct Enabled<'f> {
    /// Features, and optional dependencies by their names in the manifest.
    features: BTreeSet<&'f str>,
    /// Features of dependencies, by the names of those in the manifest.
    of_dependencies: BTreeSet<(&'f str, &'f str)>,
}

impl<'f> Enabled<'f> {
    /// Follows features to what they enable.
    fn by(release: &'f Release, asked: impl Iterator<Item = &'f str>) -> Self {
        let (mut features, mut of_dependencies) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<&str> = asked.collect();
        while let Some(name) = open.pop() {
            if !features.insert(name) {
                continue;
            }
            let tables = [Some(&release.features), release.features2.as_ref()];
            let values = tables.into_iter().flatten().filter_map(|of| of.get(name));
            for value in values.flatten() {
                // `dep:x`, `x`, `x/feature`; `x?/feature` enables nothing by itself.
                let value = value.strip_prefix("dep:").unwrap_or(value);
                let Some((dependency, feature)) = value.split_once('/') else {
                    open.push(value);
                    continue;
                };
                let weak = dependency.strip_suffix('?');
                of_dependencies.insert((weak.unwrap_or(dependency), feature));
                if weak.is_none() {
                    open.push(dependency);
                }
            }
        }
        Self {
            features,
            of_dependencies,
        }
    }

    fn need_of(&self, dependency: &Dependency) -> Need {
        let name = dependency.name.as_str();
        let of_this = self.of_dependencies.range((name, "")..);
        let of_this = of_this.take_while(|(of, _)| *of == name);
        let mut features: BTreeSet<&str> = of_this.map(|(_, feature)| *feature).collect();
        features.extend(dependency.features.iter().map(String::as_str));
        if dependency.default_features {
            features.insert("default");
        }
        Need {
            req: dependency.req.as_str().into(),
            features: features.into_iter().map(Box::from).collect(),
        }
    }
}
