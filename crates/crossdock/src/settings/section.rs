//! Reads a TOML table key by key and notices what nobody asked for.
//!
//! The keys a section knows are the keys it was asked for: there is no second
//! list that could differ. serde's derived readers stop at the first fault and
//! cannot say what a mistyped key was meant to be; hence this walk over the tree.
//!
//! Absent: what a value must be beyond its TOML type.

use super::fault::Faults;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table that is being read.
pub(crate) struct Section<'t> {
    title: String,
    place: Range<usize>,
    table: &'t DeTable<'t>,
    asked: Vec<&'static str>,
    dealt_with: Vec<&'static str>,
    later: Vec<(&'static str, &'static str)>,
}

/// A value with the key it stands at.
pub(crate) struct Item<'t> {
    /// How people name it: `public-url in [server]`.
    pub(crate) title: String,
    /// Where the key stands; for an element of an array, the element.
    pub(crate) key: Range<usize>,
    /// The value.
    pub(crate) value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Section<'t> {
    /// Begins to read `table`, which people know as `title`.
    pub(crate) fn new(
        title: impl Into<String>,
        place: Range<usize>,
        table: &'t DeTable<'t>,
    ) -> Self {
        Self {
            title: title.into(),
            place,
            table,
            asked: Vec::new(),
            dealt_with: Vec::new(),
            later: Vec::new(),
        }
    }

    /// Returns the value at `key`, if it is said.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Item<'t>> {
        self.asked.push(key);
        self.item(key)
    }

    /// Returns the value at a key that the caller refuses in its own words.
    pub(crate) fn foreign(&mut self, key: &'static str) -> Option<Item<'t>> {
        self.dealt_with.push(key);
        self.item(key)
    }

    fn item(&self, key: &str) -> Option<Item<'t>> {
        let (place, value) = self.table.get_key_value(key)?;
        Some(Item {
            title: format!("`{key}` in {}", self.title),
            key: place.span(),
            value,
        })
    }

    /// Announces a key that a later version will know, and what it is for.
    pub(crate) fn later(&mut self, key: &'static str, purpose: &'static str) {
        self.later.push((key, purpose));
    }

    /// The section's name for people and its place in the file.
    pub(crate) fn place(&self) -> (&str, Range<usize>) {
        (&self.title, self.place.clone())
    }

    /// Refuses every key that nobody asked for.
    pub(crate) fn finish(self, faults: &mut Faults) {
        for key in self.table.keys() {
            let word = key.get_ref().as_ref();
            if self.asked.contains(&word) || self.dealt_with.contains(&word) {
                continue;
            }
            if let Some((_, purpose)) = self.later.iter().find(|(later, _)| *later == word) {
                faults.note(
                    format!(
                        "`{word}` in {} is not supported by this version",
                        self.title
                    ),
                    key.span(),
                    format!("{purpose} will come in a later version"),
                    "take the key out; ignoring it would promise what is not kept",
                );
                continue;
            }
            let cure = match nearest(word, &self.asked) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", self.asked.join(", ")),
            };
            faults.note(
                format!("unknown key `{word}` in {}", self.title),
                key.span(),
                "no setting has this name",
                cure,
            );
        }
    }
}

impl<'t> Item<'t> {
    /// Where the value stands.
    pub(crate) fn place(&self) -> Range<usize> {
        self.value.span()
    }

    /// Reads a string.
    pub(crate) fn text(&self, faults: &mut Faults) -> Option<&'t str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.expected("a string", faults),
        }
    }

    /// Reads a whole number that is not negative.
    pub(crate) fn number(&self, faults: &mut Faults) -> Option<u64> {
        let number = match self.value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        number.or_else(|| self.expected("a whole number", faults))
    }

    /// Reads an array, each element as an item of its own.
    pub(crate) fn array(&self, faults: &mut Faults) -> Option<Vec<Item<'t>>> {
        let DeValue::Array(array) = self.value.get_ref() else {
            return self.expected("an array", faults);
        };
        let element = |value: &'t Spanned<DeValue<'t>>| Item {
            title: format!("an element of {}", self.title),
            key: value.span(),
            value,
        };
        Some(array.iter().map(element).collect())
    }

    /// Reads a table.
    pub(crate) fn table(&self, faults: &mut Faults) -> Option<&'t DeTable<'t>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.expected("a table", faults),
        }
    }

    /// Notes a value of the wrong kind.
    pub(crate) fn expected<T>(&self, kind: &str, faults: &mut Faults) -> Option<T> {
        faults.note(
            format!("{} must be {kind}", self.title),
            self.place(),
            format!("this is {}", shown(self.value.get_ref())),
            "see docs/settings.md for what each key means",
        );
        None
    }
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the string {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(truth) => format!("the boolean {truth}"),
        DeValue::Datetime(date) => format!("the date {date}"),
        DeValue::Array(_) => "an array".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// Finds the known word that `word` was probably meant to be.
///
/// 0.75 of Jaro-Winkler takes in one wrong, missing or swapped letter in words of
/// six and more, and keeps `data` from being offered for `mirror`.
pub(crate) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}
