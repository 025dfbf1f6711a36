//! Patterns of names: what `claims` and `only` in the settings are written with.

use crate::name::{CrateName, NameKey};
use std::fmt;

/// An exact name, or a prefix with a final `*`.
///
/// Compared by name key, so `Acme_*` and `acme-*` are one pattern. The order is
/// that of precedence: an exact name before any prefix, a longer prefix before a
/// shorter one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern {
    /// `usize::MAX - length` for prefixes, so that the derived order is precedence.
    rank: usize,
    text: Box<str>,
}

/// The string is neither a crate name nor a prefix of one with a final `*`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name pattern: write a crate name, or the beginning of one and a final `*`")]
pub struct PatternError(String);

impl NamePattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`PatternError`] if it is neither a name nor a prefix with a final `*`.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let refuse = || PatternError(text.chars().take(80).flat_map(char::escape_debug).collect());
        let Some(prefix) = text.strip_suffix('*') else {
            let name = CrateName::parse(text).map_err(|_| refuse())?;
            return Ok(Self {
                rank: 0,
                text: name.key().as_str().into(),
            });
        };
        let key = match prefix {
            "" => String::new(),
            prefix => CrateName::parse(prefix)
                .map_err(|_| refuse())?
                .key()
                .as_str()
                .to_owned(),
        };
        Ok(Self {
            rank: usize::MAX - key.len(),
            text: key.into(),
        })
    }

    /// Returns the one name it takes in, if it is no prefix.
    pub fn exact(&self) -> Option<&str> {
        (self.rank == 0).then_some(&*self.text)
    }

    /// Tells whether the pattern takes in a name.
    pub fn matches(&self, name: &NameKey) -> bool {
        match self.rank {
            0 => *self.text == *name.as_str(),
            _ => name.as_str().starts_with(&*self.text),
        }
    }

    /// Tells whether the pattern takes in every name that another one takes in.
    pub fn includes(&self, other: &Self) -> bool {
        match self.exact() {
            Some(name) => other.exact() == Some(name),
            None => other.text.starts_with(&*self.text),
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.rank == 0 { "" } else { "*" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_before_longest_prefix() {
        let mut patterns: Vec<_> = ["*", "acme-*", "acme-web-*", "acme-web"]
            .map(|text| NamePattern::parse(text).unwrap())
            .into();
        patterns.sort();
        let order: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        assert_eq!(order, ["acme-web", "acme-web-*", "acme-*", "*"]);
    }

    #[test]
    fn keys_are_compared_not_spellings() {
        let key = CrateName::parse("acme_web").unwrap().key();
        for (pattern, hit) in [
            ("Acme-*", true),
            ("acme_web", true),
            ("*", true),
            ("acme-web-*", false),
            ("acme", false),
        ] {
            assert_eq!(
                NamePattern::parse(pattern).unwrap().matches(&key),
                hit,
                "{pattern}"
            );
        }
    }

    #[test]
    fn a_pattern_includes_those_that_are_narrower() {
        let includes = |wide: &str, narrow: &str| {
            let [wide, narrow] = [wide, narrow].map(|text| NamePattern::parse(text).unwrap());
            wide.includes(&narrow)
        };
        for (wide, narrow) in [
            ("*", "a*"),
            ("hc-*", "HC_128"),
            ("ov", "ov"),
            ("hc-*", "hc-1*"),
        ] {
            assert!(includes(wide, narrow), "{wide} {narrow}");
        }
        for (wide, narrow) in [
            ("a*", "*"),
            ("hc-128", "hc-*"),
            ("ov", "ova"),
            ("hc-1*", "hc-*"),
        ] {
            assert!(!includes(wide, narrow), "{wide} {narrow}");
        }
    }

    #[test]
    fn other_wildcards_are_refused() {
        for bad in ["a*b", "**", "-*", "", "a?", "*a"] {
            assert!(NamePattern::parse(bad).is_err(), "{bad}");
        }
    }
}
