//! Which packed archives are at hand raw as well, and which of them go first.
//!
//! The newest of each crate go last, since everybody's next lock asks for them; of the
//! others whatever was asked for longest ago goes first.
//!
//! Absent: files. Here is counted; others take away.

use crossdock_core::checksum::Checksum;
use std::collections::{BTreeSet, HashMap};

/// Raw bytes that could be made again.
#[derive(Default)]
pub(super) struct Hot {
    known: HashMap<Checksum, Entry>,
    /// The order in which they go: whether it is among the newest, when it was used.
    order: BTreeSet<(bool, u64, Checksum)>,
    bytes: u64,
    /// Counts uses.
    clock: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    bytes: u64,
    used: u64,
    newest: bool,
}

impl Hot {
    /// Notes that an archive is at hand and was used now.
    pub(super) fn insert(&mut self, checksum: Checksum, bytes: u64) {
        let newest = self.remove(&checksum).is_some_and(|before| before.newest);
        self.clock += 1;
        let used = self.clock;
        let entry = Entry {
            bytes,
            used,
            newest,
        };
        self.add(checksum, entry);
    }

    /// Notes that an archive was used, if it is at hand.
    pub(super) fn touch(&mut self, checksum: &Checksum) {
        if let Some(entry) = self.remove(checksum) {
            self.clock += 1;
            let used = self.clock;
            self.add(*checksum, Entry { used, ..entry });
        }
    }

    /// Notes whether an archive is among the newest of its crate, if it is at hand.
    pub(super) fn rank(&mut self, checksum: &Checksum, newest: bool) {
        if let Some(entry) = self.remove(checksum) {
            self.add(*checksum, Entry { newest, ..entry });
        }
    }

    /// Forgets an archive; says how many bytes it had, if it was at hand.
    pub(super) fn forget(&mut self, checksum: &Checksum) -> Option<u64> {
        self.remove(checksum).map(|entry| entry.bytes)
    }

    /// Bytes of an archive that is at hand.
    pub(super) fn bytes_of(&self, checksum: &Checksum) -> Option<u64> {
        self.known.get(checksum).map(|entry| entry.bytes)
    }

    /// The archives to take away so that at most `bytes_max` stay, in their order; of
    /// those only that `may` go.
    pub(super) fn beyond(&self, bytes_max: u64, may: impl Fn(&Checksum) -> bool) -> Vec<Checksum> {
        let mut left = self.bytes;
        let mut gone = Vec::new();
        for (_, _, checksum) in &self.order {
            if left <= bytes_max {
                break;
            }
            if may(checksum) {
                left -= self.known[checksum].bytes;
                gone.push(*checksum);
            }
        }
        gone
    }

    fn add(&mut self, checksum: Checksum, entry: Entry) {
        self.bytes += entry.bytes;
        self.order.insert((entry.newest, entry.used, checksum));
        self.known.insert(checksum, entry);
    }

    fn remove(&mut self, checksum: &Checksum) -> Option<Entry> {
        let entry = self.known.remove(checksum)?;
        self.bytes -= entry.bytes;
        self.order.remove(&(entry.newest, entry.used, *checksum));
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(of: u8) -> Checksum {
        Checksum::of(&[of])
    }

    #[test]
    fn the_newest_go_last_and_of_the_others_what_was_used_longest_ago() {
        let mut hot = Hot::default();
        for of in 0..5 {
            hot.insert(checksum(of), 10);
        }
        hot.rank(&checksum(0), true);
        hot.touch(&checksum(1));
        let gone = |bytes| hot.beyond(bytes, |_| true);
        assert_eq!(gone(50), []);
        assert_eq!(gone(49), [checksum(2)]);
        assert_eq!(gone(10), [2, 3, 4, 1].map(checksum));
        assert_eq!(gone(0), [2, 3, 4, 1, 0].map(checksum));
        assert_eq!(
            hot.beyond(30, |one| *one != checksum(2)),
            [3, 4].map(checksum)
        );
    }

    #[test]
    fn what_is_used_again_keeps_its_rank_and_is_counted_once() {
        let mut hot = Hot::default();
        hot.insert(checksum(0), 10);
        hot.rank(&checksum(0), true);
        hot.insert(checksum(0), 20);
        hot.insert(checksum(1), 10);
        assert_eq!(hot.beyond(20, |_| true), [checksum(1)]);
        assert_eq!(hot.forget(&checksum(0)), Some(20));
        assert_eq!(hot.bytes_of(&checksum(0)), None);
        assert_eq!(hot.beyond(10, |_| true), []);
    }
}
