//! Names that are easily taken for a private one.
//!
//! Who mistypes a private name is answered from outside, and whoever registered the
//! misspelling there runs code here. One letter more, less, other or swapped, words
//! in another order, or separators left out make a look-alike. Nothing is sent
//! anywhere for it: the private names are compared here.
//!
//! Absent: when it is looked at, which is before a name is first served.

use crate::name::NameKey;
use std::collections::BTreeSet;
use typomania::checks::{Check, Omitted, Repeated, SwappedCharacters, SwappedWords, Typos};
use typomania::{AuthorSet, Corpus, Package};

/// Names of fewer letters are too near to each other: `log` and `logs`, `syn` and
/// `sys` are no slips.
const LETTERS_MIN: usize = 5;

/// What the keys of names are written with.
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-";

/// Finds the private name that `name` is easily taken for, the first by name.
///
/// A private name itself is no look-alike.
pub fn looks_like(name: &NameKey, private: &BTreeSet<NameKey>) -> Option<NameKey> {
    if private.contains(name) {
        return None;
    }
    let corpus = Names(
        private
            .iter()
            .map(NameKey::as_str)
            .filter(|private| private.len() >= LETTERS_MIN)
            .collect(),
    );
    if corpus.0.is_empty() {
        return None;
    }
    let checks: [Box<dyn Check>; 5] = [
        Box::new(Omitted::new(ALPHABET)),
        Box::new(Repeated),
        Box::new(SwappedCharacters),
        Box::new(SwappedWords::new("-").with_max_k(WORDS_MAX)),
        Box::new(Typos::new(ALPHABET.chars().map(slips))),
    ];
    let resembled = checks
        .iter()
        .filter_map(|check| check.check(&corpus, name.as_str(), &Unknown).ok())
        .flatten()
        .map(|squat| squat.package().to_owned());
    let unseparated = corpus
        .0
        .iter()
        .filter(|private| letters(private).eq(letters(name.as_str())))
        .map(|private| (*private).to_owned());
    let first = resembled.chain(unseparated).min()?;
    first.parse().ok()
}

/// Words of a name that are put in another order at most; more would be a crowd.
const WORDS_MAX: usize = 4;

/// What may have been meant by a letter: any other one, or nothing.
fn slips(letter: char) -> (char, Vec<String>) {
    let others = ALPHABET.chars().filter(|other| *other != letter);
    let meant = others.map(String::from).chain([String::new()]);
    (letter, meant.collect())
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|letter| *letter != b'-')
}

/// The private names, as the checks look them up.
struct Names<'n>(BTreeSet<&'n str>);

/// A package of which nothing is known but its name.
struct Unknown;

impl Corpus for Names<'_> {
    fn contains_name(&self, name: &str) -> typomania::Result<bool> {
        Ok(self.0.contains(name))
    }

    fn get(&self, name: &str) -> typomania::Result<Option<&dyn Package>> {
        let known: &dyn Package = &Unknown;
        Ok(self.0.contains(name).then_some(known))
    }
}

impl Package for Unknown {
    fn authors(&self) -> &dyn AuthorSet {
        self
    }

    fn description(&self) -> Option<&str> {
        None
    }

    fn shared_authors(&self, _: &dyn AuthorSet) -> bool {
        false
    }
}

impl AuthorSet for Unknown {
    fn contains(&self, _: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> Option<String> {
        let private =
            ["garden-tools", "petal", "log", "hedge-trim-core"].map(|name| name.parse().unwrap());
        let like = looks_like(&name.parse().unwrap(), &BTreeSet::from(private));
        like.map(|name| name.to_string())
    }

    #[test]
    fn slips_of_one_letter_are_found() {
        for (name, like) in [
            ("petl", "petal"),
            ("peetal", "petal"),
            ("petall", "petal"),
            ("patal", "petal"),
            ("pteal", "petal"),
            ("Petal-", "petal"),
            ("gardentools", "garden-tools"),
            ("tools-garden", "garden-tools"),
            ("hedgetrimcore", "hedge-trim-core"),
            ("hedge_trimcore", "hedge-trim-core"),
        ] {
            assert_eq!(found(name).as_deref(), Some(like), "{name}");
        }
    }

    #[test]
    fn other_names_are_left_alone() {
        for name in [
            "petal",
            "Petal",
            "garden_tools",
            "log",
            "logs",
            "serde",
            "petals-2",
            "a",
        ] {
            assert_eq!(found(name), None, "{name}");
        }
    }
}
