//! How the content of two archives of one release differs, for people and machines.
//!
//! Apart from `standing.rs`, which decides what follows from it.

use crossdock_archive::{Difference, EmbeddedLock, LOCK, VCS_INFO};
use crossdock_core::release::DependencyKind;
use crossdock_wire::manifest::{Manifest, ManifestDependency};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Entries of each list that people are shown.
const TOLD_MAX: usize = 20;

/// Entries of each list that machines are given.
const LISTED_MAX: usize = 1000;

/// How a content differs from the one that is there; each list is sorted and has at
/// most a thousand entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContentDifference {
    /// Files that are new.
    pub added: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
    /// Files with other bytes or another executable bit.
    pub changed: Vec<String>,
    /// Those of `changed` that have another executable bit and the same bytes.
    pub executable_bit: Vec<String>,
    /// Dependencies that the manifests say otherwise: `stem ^1 is new`, `stem ^1 is
    /// gone`, `stem ^1 became ^2`.
    pub dependencies: Vec<String>,
}

impl ContentDifference {
    /// Lists what counts of a difference; manifests that cannot be read say nothing of
    /// dependencies.
    pub(crate) fn of(
        difference: Difference,
        lock: EmbeddedLock,
        old: Option<&Manifest>,
        new: Option<&Manifest>,
    ) -> Self {
        let counts =
            |path: &String| path != VCS_INFO && (path != LOCK || lock == EmbeddedLock::Counts);
        let listed = |paths: Vec<String>| {
            let paths = paths.into_iter().filter(counts);
            // Printed in terminals, and a stranger chose them.
            let paths = paths.map(|path| path.escape_debug().to_string());
            paths.take(LISTED_MAX).collect()
        };
        let dependencies = match (old, new) {
            (Some(old), Some(new)) => dependencies(old, new),
            _ => Vec::new(),
        };
        Self {
            added: listed(difference.added),
            removed: listed(difference.removed),
            changed: listed(difference.changed),
            executable_bit: listed(difference.executable_bit),
            dependencies,
        }
    }

    /// Tells whether nothing but the embedded lock differs.
    pub(crate) fn is_lock_alone(&self) -> bool {
        let mut files = self.added.iter().chain(&self.removed).chain(&self.changed);
        files.next().is_some_and(|path| path == LOCK)
            && files.next().is_none()
            && self.dependencies.is_empty()
    }

    /// Writes it for people: nothing, or one line for each kind of difference.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for (kind, list) in [
            ("added", &self.added),
            ("removed", &self.removed),
            ("changed", &self.changed),
            ("dependencies", &self.dependencies),
        ] {
            if list.is_empty() {
                continue;
            }
            let told = list.iter().take(TOLD_MAX);
            let told: Vec<String> = told.map(|entry| self.entry(kind, entry)).collect();
            let _ = write!(text, "\n  {kind}: {}", told.join(", "));
            let more = list.len().saturating_sub(TOLD_MAX);
            if more > 0 {
                let _ = write!(text, " and {more} more");
            }
        }
        text
    }

    /// Who changed a mode is not sent to look for a change of text.
    fn entry(&self, kind: &str, entry: &String) -> String {
        match kind == "changed" && self.executable_bit.contains(entry) {
            true => format!("{entry} (its executable bit alone)"),
            false => entry.clone(),
        }
    }
}

/// Where a dependency stands in a manifest.
type Place<'m> = (&'m str, &'static str, Option<&'m str>);

fn dependencies(old: &Manifest, new: &Manifest) -> Vec<String> {
    let (old, new) = (by_place(old), by_place(new));
    let mut told = Vec::new();
    for (place, new) in &new {
        match old.get(place) {
            None => told.push(format!("{} {new} is new", named(place))),
            Some(old) if old != new => {
                told.push(format!("{} {old} became {new}", named(place)));
            }
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(place, _)| !new.contains_key(*place));
    told.extend(gone.map(|(place, old)| format!("{} {old} is gone", named(place))));
    told.sort_unstable();
    told.truncate(LISTED_MAX);
    told
}

fn by_place(manifest: &Manifest) -> BTreeMap<Place<'_>, String> {
    let all = manifest.dependencies.iter();
    all.map(|dependency| (place(dependency), requirement(dependency)))
        .collect()
}

fn place(dependency: &ManifestDependency) -> Place<'_> {
    let kind = match dependency.kind {
        DependencyKind::Normal => "",
        DependencyKind::Dev => "dev-dependency ",
        DependencyKind::Build => "build-dependency ",
    };
    (&dependency.name, kind, dependency.platform.as_deref())
}

fn named((name, kind, platform): &Place<'_>) -> String {
    match platform {
        Some(platform) => format!("{kind}{name} for {}", platform.escape_debug()),
        None => format!("{kind}{name}"),
    }
}

/// What a manifest asks of a dependency: the requirement, and what is not as usual.
fn requirement(dependency: &ManifestDependency) -> String {
    let mut text = dependency.req.clone();
    if dependency.package.is_some() {
        let _ = write!(text, " of `{}`", dependency.crate_name());
    }
    if let Some(address) = &dependency.registry_index {
        let _ = write!(text, " from {address}");
    }
    if !dependency.features.is_empty() {
        let features = &dependency.features;
        let _ = write!(text, " with {}", features.join("+").escape_debug());
    }
    if !dependency.default_features {
        text += " without default features";
    }
    if dependency.optional {
        text += " optional";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_another_mode_alone_is_told_so() {
        let changed = ["build.sh", "src/lib.rs"].map(str::to_owned).to_vec();
        let difference = Difference {
            executable_bit: changed[..1].to_vec(),
            changed,
            ..Difference::default()
        };
        let told = ContentDifference::of(difference, EmbeddedLock::Counts, None, None);
        assert_eq!(
            told.told(),
            "\n  changed: build.sh (its executable bit alone), src/lib.rs"
        );
    }
}
