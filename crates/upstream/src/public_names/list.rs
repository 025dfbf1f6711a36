//! Many names in little memory: sorted, one text, a mark at every sixteenth.
//!
//! A set of strings takes some 50 bytes a name; this takes the name, one byte, and a
//! quarter of one: about 3 MB for all of crates.io, 70 MB for the most that is read.

use crossdock_core::name::NameKey;

/// Names between two marks; looked through one by one.
const RUN: usize = 16;

/// A set of names by key.
#[derive(Debug, Default)]
pub(super) struct NameList {
    /// The keys in order, each with a line feed.
    text: Box<[u8]>,
    /// Where every sixteenth begins.
    marks: Box<[u32]>,
    len: usize,
}

/// Names on their way into a list, in any order, some of them twice.
#[derive(Default)]
pub(super) struct Gathered {
    text: Vec<u8>,
    starts: Vec<u32>,
}

impl Gathered {
    /// Adds a name; a text of 4 GB would not fit, and names are counted long before.
    pub(super) fn add(&mut self, name: &NameKey) {
        self.starts
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.text.extend_from_slice(name.as_str().as_bytes());
        self.text.push(b'\n');
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Sorts what was gathered.
    pub(super) fn into_list(mut self) -> NameList {
        let text = &self.text;
        self.starts
            .sort_unstable_by(|left, right| name_at(text, *left).cmp(name_at(text, *right)));
        self.starts
            .dedup_by(|left, right| name_at(text, *left) == name_at(text, *right));
        let bytes = |start: &u32| name_at(text, *start).len() + 1;
        let mut sorted = Vec::with_capacity(self.starts.iter().map(bytes).sum());
        let mut marks = Vec::with_capacity(self.starts.len().div_ceil(RUN));
        for (number, start) in self.starts.iter().enumerate() {
            if number % RUN == 0 {
                marks.push(u32::try_from(sorted.len()).unwrap_or(u32::MAX));
            }
            sorted.extend_from_slice(name_at(text, *start));
            sorted.push(b'\n');
        }
        NameList {
            text: sorted.into(),
            marks: marks.into(),
            len: self.starts.len(),
        }
    }
}

impl NameList {
    /// Tells whether a name is in it.
    pub(super) fn has(&self, name: &NameKey) -> bool {
        let name = name.as_str().as_bytes();
        let run = self
            .marks
            .partition_point(|mark| name_at(&self.text, *mark) <= name);
        let Some(mark) = run.checked_sub(1).and_then(|run| self.marks.get(run)) else {
            return false;
        };
        let from = self.text.get(*mark as usize..).unwrap_or_default();
        from.split(|byte| *byte == b'\n')
            .take(RUN)
            .any(|one| one == name)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.marks)
    }
}

/// Returns the name that begins somewhere in a text.
fn name_at(text: &[u8], start: u32) -> &[u8] {
    let from = text.get(start as usize..).unwrap_or_default();
    let end = from.iter().position(|byte| *byte == b'\n');
    &from[..end.unwrap_or(from.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        for count in [0_usize, 1, 2, 15, 16, 17, 1000] {
            let mut gathered = Gathered::default();
            // Backwards and twice; names that are beginnings of others among them.
            for number in (0..count).rev().chain(0..count) {
                gathered.add(
                    &format!("n{}", "x".repeat(number % 7) + &number.to_string())
                        .parse()
                        .unwrap(),
                );
            }
            let list = gathered.into_list();
            assert_eq!(list.len(), count);
            for number in 0..count {
                let name = format!("n{}", "x".repeat(number % 7) + &number.to_string());
                assert!(list.has(&name.parse().unwrap()), "{name} of {count}");
                for other in [format!("{name}z"), format!("{name}-")] {
                    assert!(!list.has(&other.parse().unwrap()), "{other} of {count}");
                }
            }
            for other in ["a", "n", "zz", "nx"] {
                assert!(!list.has(&other.parse().unwrap()), "{other} of {count}");
            }
        }
    }

    #[test]
    fn it_takes_little() {
        let mut gathered = Gathered::default();
        for number in 0..100_000 {
            gathered.add(&format!("crate-{number}").parse().unwrap());
        }
        let list = gathered.into_list();
        assert!(list.bytes() < 100_000 * 13, "{} bytes", list.bytes());
    }
}
