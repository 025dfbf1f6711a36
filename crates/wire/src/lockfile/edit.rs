//! Checksums changed or added in the text of a lock, and nothing else.

use super::{ChecksumAt, Lockfile};
use crossdock_core::checksum::Checksum;
use std::collections::BTreeMap;

impl Lockfile {
    /// Returns `text`, of which this lock was read, with other checksums for the
    /// packages at these places of `packages`. One without a checksum gets it in the
    /// line after its source; where the format has no place for it, it is left as it is.
    pub fn with_checksums(&self, text: &str, changed: &BTreeMap<usize, Checksum>) -> String {
        let line_end = match text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let mut edits: Vec<_> = changed
            .iter()
            .filter_map(|(place, checksum)| {
                let package = self.packages.get(*place)?;
                Some(match package.checksum_at.clone()? {
                    ChecksumAt::Value(at) => (at, format!("\"{checksum}\"")),
                    ChecksumAt::After(end) => {
                        (end..end, format!("{line_end}checksum = \"{checksum}\""))
                    }
                })
            })
            .collect();
        edits.sort_by_key(|(at, _)| at.start);
        let (mut edited, mut copied) = (String::with_capacity(text.len()), 0);
        for (at, checksum) in edits {
            let Some(between) = text.get(copied..at.start) else {
                continue;
            };
            edited.push_str(between);
            edited.push_str(&checksum);
            copied = at.end;
        }
        edited.push_str(text.get(copied..).unwrap_or_default());
        edited
    }
}
