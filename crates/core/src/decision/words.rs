//! Words: what a person says about a decision, such as its reason.

use std::fmt;
use std::str::FromStr;

/// Longest words in bytes; a reason is a sentence or two, and a fact has many fields.
pub const WORDS_BYTES_MAX: usize = 2000;

/// One line of text that a person wrote: 1 to [`WORDS_BYTES_MAX`] bytes without
/// control characters, and without white space at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words(Box<str>);

/// The text cannot stand on one line of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one line of 1 to {WORDS_BYTES_MAX} bytes without control characters")]
pub struct WordsError;

impl Words {
    /// Takes a text, without the white space around it.
    ///
    /// # Errors
    /// [`WordsError`] if it is empty, too long, or more than a line.
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        let text = text.trim();
        let in_bounds = (1..=WORDS_BYTES_MAX).contains(&text.len());
        if in_bounds && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(WordsError)
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Words {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        Self::parse(text)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
