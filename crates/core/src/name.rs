//! Names of crates: the spelling that is shown and the key that is compared.
//!
//! Spelling and identity are two types on purpose. [`CrateName`] is what people
//! wrote, [`NameKey`] is what decides whether two names are one; there is no
//! `==` between them. [`IndexName`] is the third reading: the lower-case spelling
//! under which cargo asks for an index file, where `-` and `_` still differ.
//!
//! Absent: the taste of new publishes (reserved words, look-alikes), which is in
//! `admission.rs`, because an old name that is already published stays valid.

use std::fmt;
use std::str::FromStr;

/// Longest crate name in bytes; crates.io's limit (its `MAX_NAME_LENGTH`).
pub const NAME_BYTES_MAX: usize = 64;

/// A crate name as spelled by its publisher.
///
/// Grammar: one ASCII letter, then ASCII letters, digits, `-` or `_`, at most
/// [`NAME_BYTES_MAX`] bytes. Source: Cargo Book, "The Manifest Format", the `name`
/// field, narrowed to what crates.io accepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrateName(Box<str>);

/// What is compared when two names are asked to be one.
///
/// ASCII lower case with `_` read as `-`: crates.io's rule of uniqueness.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(Box<str>);

/// The spelling of an index path: ASCII lower case, `-` and `_` as written.
///
/// Cargo asks for `foo_bar` and `foo-bar` as two files (Cargo Book, "Registry
/// Index", Index Files), so a registry has to tell them apart even though only
/// one of them can exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexName(Box<str>);

/// Why a string is no crate name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The string is empty.
    #[error("crate name is empty")]
    Empty,
    /// The string has more than [`NAME_BYTES_MAX`] bytes.
    #[error("crate name `{0}…` is longer than {NAME_BYTES_MAX} characters")]
    TooLong(String),
    /// The first character is no ASCII letter.
    #[error("crate name `{0}` must start with an ASCII letter")]
    Start(String),
    /// A later character is outside of the alphabet.
    #[error("crate name `{0}` may contain only ASCII letters, digits, `-` and `_`")]
    Alphabet(String),
}

impl CrateName {
    /// Parses a spelling.
    ///
    /// # Errors
    /// [`NameError`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > NAME_BYTES_MAX {
            return Err(NameError::TooLong(shown(text)));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(NameError::Start(shown(text)));
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        {
            return Err(NameError::Alphabet(shown(text)));
        }
        Ok(Self(text.into()))
    }

    /// Returns the spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key under which this name is unique.
    pub fn key(&self) -> NameKey {
        NameKey(self.0.to_ascii_lowercase().replace('_', "-").into())
    }

    /// Returns the spelling of this name's index file.
    pub fn index_name(&self) -> IndexName {
        IndexName(self.0.to_ascii_lowercase().into())
    }
}

impl NameKey {
    /// Returns the key as text: lower case, `-` for `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Lists the index files in which a crate of this name may lie, the most usual
    /// first: every mix of `-` and `_` if there are at most `separators_max` of them,
    /// else `-` throughout and `_` throughout.
    pub fn index_spellings(&self, separators_max: usize) -> Vec<IndexName> {
        let places: Vec<usize> = self.0.match_indices('-').map(|(at, _)| at).collect();
        let all: u64 = 1_u64.checked_shl(places.len() as u32).unwrap_or(u64::MAX) - 1;
        let spelled = |mix: u64| {
            let mut bytes = self.0.as_bytes().to_vec();
            for (bit, at) in places.iter().enumerate() {
                if mix >> bit & 1 == 1 {
                    bytes[*at] = b'_';
                }
            }
            let text = String::from_utf8(bytes).expect("a key is ASCII");
            IndexName(text.into())
        };
        let mixed = match places.len() {
            0 => return vec![spelled(0)],
            few if few <= separators_max => 1..all,
            _ => 0..0,
        };
        [0, all].into_iter().chain(mixed).map(spelled).collect()
    }
}

impl IndexName {
    /// Parses the last segment of an index path; upper case is no index name.
    ///
    /// # Errors
    /// [`NameError`] as for [`CrateName::parse`]; upper case counts as outside
    /// of the alphabet, since cargo asks in lower case only.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(NameError::Alphabet(shown(text)));
        }
        Ok(CrateName::parse(text)?.index_name())
    }

    /// Returns the lower-case spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key under which the crate is unique.
    pub fn key(&self) -> NameKey {
        NameKey(self.0.replace('_', "-").into())
    }

    /// Returns the name in the spelling of the index file.
    pub fn as_crate_name(&self) -> CrateName {
        CrateName(self.0.clone())
    }
}

/// Cuts what a stranger sent to a length and alphabet fit for a message.
fn shown(text: &str) -> String {
    text.chars()
        .take(NAME_BYTES_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

macro_rules! text_type {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}
text_type!(CrateName);
text_type!(NameKey);
text_type!(IndexName);

impl FromStr for CrateName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl FromStr for NameKey {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Ok(CrateName::parse(text)?.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_crate_share_a_key_but_not_an_index_file() {
        let (left, right) = (
            CrateName::parse("Foo_Bar").unwrap(),
            CrateName::parse("foo-bar").unwrap(),
        );
        assert_eq!(left.key(), right.key());
        assert_ne!(left.index_name(), right.index_name());
        assert_eq!(left.index_name().as_str(), "foo_bar");
    }

    #[test]
    fn a_key_lists_the_files_it_may_lie_in() {
        let listed = |key: &str, separators_max| {
            let key: NameKey = key.parse().unwrap();
            let names = key.index_spellings(separators_max);
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(listed("a", 2), ["a"]);
        assert_eq!(listed("a-b", 2), ["a-b", "a_b"]);
        assert_eq!(listed("a_b-c", 2), ["a-b-c", "a_b_c", "a_b-c", "a-b_c"]);
        assert_eq!(listed("a_b-c", 1), ["a-b-c", "a_b_c"]);
        let most = format!("a{}", "-".repeat(63));
        assert_eq!(listed(&most, 4).len(), 2);
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_rule() {
        let long = "a".repeat(65);
        for (text, rule) in [
            ("", "empty"),
            (long.as_str(), "longer"),
            ("1a", "start"),
            ("_a", "start"),
            ("-a", "start"),
            ("a.b", "only ASCII"),
            ("a b", "only ASCII"),
            ("京", "start"),
            ("serdе", "only ASCII"),
            ("a\u{200d}b", "only ASCII"),
            ("../../x", "start"),
            ("a/b", "only ASCII"),
            ("a%2fb", "only ASCII"),
            ("a\\b", "only ASCII"),
        ] {
            let error = CrateName::parse(text).unwrap_err().to_string();
            assert!(error.contains(rule), "{text:?}: {error}");
        }
    }
}
