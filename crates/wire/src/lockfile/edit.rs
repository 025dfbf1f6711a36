//! Checksums changed in the text of a lock, and nothing else.

use super::Lockfile;
use crossdock_core::checksum::Checksum;
use std::collections::BTreeMap;

impl Lockfile {
    /// Returns `text`, of which this lock was read, with other checksums for the
    /// packages at these places of `packages`; places without a checksum are left
    /// as they are.
    pub fn with_checksums(&self, text: &str, changed: &BTreeMap<usize, Checksum>) -> String {
        let mut edits: Vec<_> = changed
            .iter()
            .filter_map(|(place, checksum)| {
                let package = self.packages.get(*place)?;
                Some((package.checksum_at.clone()?, checksum))
            })
            .collect();
        edits.sort_by_key(|(at, _)| at.start);
        let (mut edited, mut copied) = (String::with_capacity(text.len()), 0);
        for (at, checksum) in edits {
            let Some(between) = text.get(copied..at.start) else {
                continue;
            };
            edited.push_str(between);
            edited.push_str(&format!("\"{checksum}\""));
            copied = at.end;
        }
        edited.push_str(text.get(copied..).unwrap_or_default());
        edited
    }
}
