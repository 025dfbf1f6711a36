//! Names of registries and views: the first path segment of everything served.
//!
//! Apart from crate names, because the rules differ: these are ours to choose,
//! lower case only, and a dot must not occur (cargo 1.68 to 1.95 strips `.git`
//! from sparse addresses when it looks for credentials, CVE-2026-5222).

use std::fmt;

/// Longest name in bytes; a DNS label's length, so that a name may become a host.
pub const REGISTRY_NAME_BYTES_MAX: usize = 63;

/// Words that the server's own paths use.
pub const RESERVED: [&str; 8] = [
    "healthz", "readyz", "metrics", "api", "assets", "login", "static", "log",
];

/// The name of a registry or view of this installation.
///
/// Grammar: `[a-z0-9][a-z0-9-]{0,62}`, none of [`RESERVED`]. Registries and views
/// share one space of names, since both are served at `/{name}/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryName(Box<str>);

/// Why a string is no registry name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryNameError {
    /// The grammar is broken.
    #[error("`{0}` is no registry name: use 1 to 63 of a-z, 0-9 and `-`, not starting with `-`")]
    Grammar(String),
    /// The word belongs to the server.
    #[error("`{0}` is a word of the server's own paths; choose another name")]
    Reserved(String),
}

impl RegistryName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`RegistryNameError`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, RegistryNameError> {
        let alphabet = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let well_formed = (1..=REGISTRY_NAME_BYTES_MAX).contains(&text.len())
            && text.bytes().all(alphabet)
            && !text.starts_with('-');
        if !well_formed {
            return Err(RegistryNameError::Grammar(
                text.chars().take(80).flat_map(char::escape_debug).collect(),
            ));
        }
        if RESERVED.contains(&text) {
            return Err(RegistryNameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// The server itself, as the scope of facts that concern all registries: the first
    /// segment of its own API, which no registry can be called.
    pub fn server() -> Self {
        Self("api".into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for RegistryName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for RegistryName {
    type Err = RegistryNameError;
    fn from_str(text: &str) -> Result<Self, RegistryNameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_and_reserved_words() {
        for good in ["a", "main", "crates-io", "0", &"x".repeat(63)] {
            assert!(RegistryName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "A",
            "a.git",
            "a_b",
            "a/b",
            &"x".repeat(64),
            "api",
            "log",
            "ä",
        ] {
            assert!(RegistryName::parse(bad).is_err(), "{bad}");
        }
    }
}
