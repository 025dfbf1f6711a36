//! How two releases differ, as a person would say it.
//!
//! Files, what the manifests say of dependencies, and if asked for the lines of text.
//! What the source content leaves out is told apart: it makes no other release.
//!
//! Absent: where the releases come from.

mod lines;
mod requirements;

use crate::unpacked::{Unpacked, VCS_INFO};
use crossdock_archive::{EmbeddedLock, LOCK};
use crossdock_core::rebuilds::Lockfile;
use serde::Serialize;

pub use lines::{lines, visible};
pub use requirements::{DependencyChange, dependencies};

/// How two releases differ; lists are sorted by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The earlier one.
    pub old: Side,
    /// The later one.
    pub new: Side,
    /// Whether the archives are equal byte by byte.
    pub same_archive: bool,
    /// Whether all files are equal.
    pub same_exact: bool,
    /// Whether the source contents are equal.
    pub same_source: bool,
    /// Files that only the later one has.
    pub added: Vec<String>,
    /// Files that only the earlier one has.
    pub removed: Vec<String>,
    /// Files with other bytes or another executable bit.
    pub changed: Vec<String>,
    /// Those of `changed` that have another executable bit and the same bytes.
    pub executable_bit: Vec<String>,
    /// Files whose bytes differ and whose meaning does not.
    pub only_written_otherwise: Vec<String>,
    /// Those of the files above that are no part of the source content.
    pub not_counted: Vec<String>,
    /// What the manifests say otherwise of dependencies; nothing if one cannot be read.
    pub dependencies: Option<Vec<DependencyChange>>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub vers: String,
    /// Where it came from.
    pub origin: String,
    /// SHA-256 of the archive.
    pub sha256: String,
}

/// Compares two releases.
pub fn compare(old: &Unpacked, new: &Unpacked, lockfile: Lockfile) -> Comparison {
    let (ours, theirs) = (old.content(), new.content());
    let locks = [old.embedded_lock(lockfile), new.embedded_lock(lockfile)];
    // Where one of the two is a program, its lock is a part of what would change.
    let lock = match locks.contains(&EmbeddedLock::Counts) {
        true => EmbeddedLock::Counts,
        false => EmbeddedLock::Ignored,
    };
    let difference = ours.difference(&theirs);
    let left_out =
        |path: &&String| *path == VCS_INFO || *path == LOCK && lock == EmbeddedLock::Ignored;
    let differing = [&difference.added, &difference.removed, &difference.changed];
    let mut not_counted: Vec<_> = differing
        .into_iter()
        .flatten()
        .filter(left_out)
        .chain(&difference.only_written_otherwise)
        .cloned()
        .collect();
    not_counted.sort();
    Comparison {
        old: side(old),
        new: side(new),
        same_archive: old.checksum == new.checksum,
        same_exact: ours.exact() == theirs.exact(),
        same_source: ours.source(lock) == theirs.source(lock),
        added: difference.added,
        removed: difference.removed,
        changed: difference.changed,
        executable_bit: difference.executable_bit,
        only_written_otherwise: difference.only_written_otherwise,
        not_counted,
        dependencies: dependencies(&old.tree, &new.tree),
    }
}

fn side(release: &Unpacked) -> Side {
    Side {
        name: release.name.to_string(),
        vers: release.version.to_string(),
        origin: release.origin.clone(),
        sha256: release.checksum.to_string(),
    }
}

/// Tells a comparison to a person.
pub fn told(comparison: &Comparison) -> String {
    let Comparison { old, new, .. } = comparison;
    let mut text = vec![format!(
        "{} {} ({})\n{} {} ({})",
        old.name, old.vers, old.origin, new.name, new.vers, new.origin
    )];
    let lists = [
        ("added", &comparison.added),
        ("removed", &comparison.removed),
        ("changed", &comparison.changed),
        ("written otherwise", &comparison.only_written_otherwise),
    ];
    for (what, paths) in lists {
        for path in paths {
            let counts = match comparison.not_counted.contains(path) && what != "written otherwise"
            {
                true => "  (not counted)",
                false => "",
            };
            let bit = match comparison.executable_bit.contains(path) {
                true => "  (executable bit)",
                false => "",
            };
            text.push(format!("  {what:<18} {}{bit}{counts}", visible(path)));
        }
    }
    match &comparison.dependencies {
        Some(changes) => text.extend(
            changes
                .iter()
                .map(|change| format!("  {:<18} {}", "dependency", visible(&change.told()))),
        ),
        None => text.push("  dependencies: one of the manifests cannot be read".to_owned()),
    }
    text.push(verdict(comparison).to_owned());
    text.join("\n")
}

fn verdict(comparison: &Comparison) -> &'static str {
    match comparison {
        Comparison {
            same_archive: true, ..
        } => "the same archive",
        Comparison {
            same_exact: true, ..
        } => "the same files, packed otherwise",
        Comparison {
            same_source: true, ..
        } => "the same source content",
        _ => "the source content differs",
    }
}
