//! Rows as what they share with newer rows, line by line, and what they do not.
//!
//! A release adds a line to an entry and a yank changes one; all other lines of the
//! older text are in the newer one, in the same order, so what was superseded is a few
//! copied runs and seldom a line of its own. Nothing needs to be understood of a line.
//!
//! The form: `copy FIRST COUNT` takes lines of the newer text, `add BYTES` is followed
//! by as many bytes. Whether the outcome is right is told by its SHA-256, not here.

use std::collections::HashMap;

/// Writes `older` as its difference from `newer`.
pub(crate) fn between(newer: &[u8], older: &[u8]) -> Vec<u8> {
    let places: HashMap<&[u8], usize> = lines(newer)
        .enumerate()
        .map(|(at, line)| (line, at))
        .collect();
    let mut written = Vec::new();
    let (mut run, mut own): (Option<(usize, usize)>, Vec<u8>) = (None, Vec::new());
    for line in lines(older) {
        match (places.get(line), &mut run) {
            (Some(at), Some((first, count))) if *first + *count == *at => *count += 1,
            (Some(at), _) => {
                flush(&mut written, &mut run, &mut own);
                run = Some((*at, 1));
            }
            (None, _) => {
                if run.is_some() {
                    flush(&mut written, &mut run, &mut own);
                }
                own.extend_from_slice(line);
            }
        }
    }
    flush(&mut written, &mut run, &mut own);
    written
}

/// Makes the older text again; nothing if the difference is not one from `newer`.
pub(crate) fn undone(newer: &[u8], difference: &[u8]) -> Option<Vec<u8>> {
    let newer: Vec<&[u8]> = lines(newer).collect();
    let (mut older, mut rest) = (Vec::new(), difference);
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let mut words = std::str::from_utf8(&rest[..end]).ok()?.split(' ');
        rest = &rest[end + 1..];
        let (kind, first) = (words.next()?, words.next()?.parse::<usize>().ok()?);
        match (kind, words.next()) {
            ("copy", Some(count)) => {
                let last = first.checked_add(count.parse().ok()?)?;
                newer
                    .get(first..last)?
                    .iter()
                    .for_each(|line| older.extend_from_slice(line));
            }
            ("add", None) => {
                older.extend_from_slice(rest.get(..first)?);
                rest = &rest[first..];
            }
            _ => return None,
        }
    }
    Some(older)
}

fn flush(written: &mut Vec<u8>, run: &mut Option<(usize, usize)>, own: &mut Vec<u8>) {
    if let Some((first, count)) = run.take() {
        written.extend_from_slice(format!("copy {first} {count}\n").as_bytes());
    }
    if !own.is_empty() {
        written.extend_from_slice(format!("add {}\n", own.len()).as_bytes());
        written.append(own);
    }
}

/// Lines with their ends, so that nothing of a text is lost.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_release_and_a_yank_cost_little() {
        let row = |number: u32, yanked: bool| {
            format!("{{\"vers\":\"{number}.0.0\",\"deps\":[],\"yanked\":{yanked}}}\n")
        };
        let older: String = (0..1000).map(|number| row(number, false)).collect();
        let newer: String = (0..1001).map(|number| row(number, number == 500)).collect();
        let difference = between(newer.as_bytes(), older.as_bytes());
        assert!(difference.len() < 120, "{}", difference.len());
        assert_eq!(
            undone(newer.as_bytes(), &difference).unwrap(),
            older.as_bytes()
        );
    }

    #[test]
    fn what_is_no_difference_is_refused() {
        for bad in [
            "copy 0 2\n",
            "copy 1\n",
            "add 9\nshort",
            "add 0 1\n",
            "move 0 1\n",
            "copy",
        ] {
            assert_eq!(undone(b"one\n", bad.as_bytes()), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_made_again(newer in "[ab\n]{0,40}", older in "[ab\n]{0,40}") {
            let difference = between(newer.as_bytes(), older.as_bytes());
            prop_assert_eq!(undone(newer.as_bytes(), &difference), Some(older.into_bytes()));
        }

        #[test]
        fn noise_is_refused_or_read_but_no_panic(newer in "[ab\n]{0,20}", noise in "(copy|add|[ 0-9\n]){0,12}") {
            let _ = undone(newer.as_bytes(), noise.as_bytes());
        }
    }
}
