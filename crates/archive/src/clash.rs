//! Entries that cannot lie in one folder on every system, asked of what is published.
//!
//! Two folders that differ in case only are none: where case is ignored they become
//! one, and nothing is lost.

use crate::inspect::Listed;
use crate::refusal::{ArchiveError, EntryRule, shown};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Checks that no entry overwrites or hides another.
pub(crate) fn check(listed: &[Listed]) -> Result<(), ArchiveError> {
    let mut folded: BTreeMap<String, &Listed> = BTreeMap::new();
    for entry in listed {
        let known = folded.insert(entry.path.to_lowercase(), entry);
        if let Some(rule) = known.and_then(|known| clash(known, entry)) {
            return Err(ArchiveError::entry(entry.path.as_bytes(), rule));
        }
    }
    for (path, entry) in folded.iter().filter(|(_, entry)| !entry.folder) {
        let below = format!("{path}/");
        let from = Bound::Excluded(below.as_str());
        let next = folded.range::<str, _>((from, Bound::Unbounded)).next();
        if let Some((_, inner)) = next.filter(|(inner, _)| inner.starts_with(&below)) {
            let rule = EntryRule::FileAndFolder(shown(inner.path.as_bytes()));
            return Err(ArchiveError::entry(entry.path.as_bytes(), rule));
        }
    }
    Ok(())
}

/// Compares two entries whose paths are one where case is ignored.
fn clash(known: &Listed, entry: &Listed) -> Option<EntryRule> {
    let other = || shown(known.path.as_bytes());
    match (known.folder, entry.folder) {
        (true, true) => None,
        (false, false) if known.path == entry.path => Some(EntryRule::Twice),
        (false, false) => Some(EntryRule::CaseClash(other())),
        _ => Some(EntryRule::FileAndFolder(other())),
    }
}
