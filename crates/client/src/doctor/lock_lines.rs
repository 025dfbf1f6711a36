//! The line of a lock that says where a package is from.
//!
//! Absent: reading locks (`wire::lockfile`), which keeps no lines.

use super::Lock;
use crate::cargo_sources::Place;
use crossdock_wire::lockfile::{LockedPackage, LockedSource};

/// Finds the line `source = …` of a package; the first line if it is not written as cargo
/// writes it.
pub(super) fn line(lock: &Lock<'_>, package: &LockedPackage) -> Place {
    let source = match &package.source {
        LockedSource::Registry(source) | LockedSource::Elsewhere(source) => source,
        LockedSource::Path => "",
    };
    let wanted = [
        format!("name = \"{}\"", package.name),
        format!("version = \"{}\"", package.version),
        format!("source = \"{source}\""),
    ];
    let lines: Vec<&str> = lock.text.lines().map(str::trim_end).collect();
    let at = lines.windows(wanted.len()).position(|three| {
        three
            .iter()
            .zip(&wanted)
            .all(|(line, wanted)| line == wanted)
    });
    Place {
        file: lock.path.to_owned(),
        line: at.map_or(1, |at| at + wanted.len()),
    }
}
