//! Which archives and texts anybody names: whatever stands like a checksum in a fact, or
//! in a row that a fact names, of today or of any epoch.
//!
//! More may be named than is needed, and never less: what is not named here is named
//! nowhere.
//!
//! Absent: what is done with what nobody names.

use crate::rebuild::{Text, Told};
use crossdock_core::checksum::Checksum;
use std::collections::HashSet;

/// Checksums that are named.
#[derive(Default)]
pub(crate) struct Named(HashSet<Checksum>);

impl Named {
    /// Notes what a fact and its text name.
    pub(crate) fn note(&mut self, told: &Told) {
        self.0.extend(checksums_in(&told.fact.encode()));
        match &told.text {
            Text::None | Text::Lost(_) => {}
            Text::Row { row, .. } => self.0.extend(checksums_in(row)),
            Text::Rows(rows) => {
                let rows = String::from_utf8_lossy(rows);
                self.0.extend(checksums_in(&rows));
            }
        }
    }

    /// Tells whether somebody names it.
    pub(crate) fn has(&self, checksum: &Checksum) -> bool {
        self.0.contains(checksum)
    }
}

/// Finds whatever is written like a checksum, with anything but letters and digits around
/// it.
pub fn checksums_in(text: &str) -> impl Iterator<Item = Checksum> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter_map(|word| Checksum::parse(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_found_wherever_they_stand() {
        let one = Checksum::of(b"one");
        let text = format!("checksum {one}\n{{\"cksum\":\"{one}\",\"v\":\"{one}a\"}} abc");
        assert_eq!(checksums_in(&text).collect::<Vec<_>>(), [one, one]);
    }
}
