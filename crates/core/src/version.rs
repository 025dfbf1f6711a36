//! Versions: one crate's releases in order.
//!
//! Build metadata is part of a version's text and of its order, but not of what
//! makes it unique: `1.0.0` and `1.0.0+b` are one version to crates.io, and two
//! to cargo's resolver, which prefers the second (measured, cargo 1.95).
//!
//! Absent: requirements (`^1.2`), which only `wire` reads.

use std::fmt;
use std::str::FromStr;

/// Longest version in bytes.
///
/// crates.io's `MAX_VERSION_LENGTH` plus nothing: three numbers of 20 digits, a
/// pre-release and metadata fit, and a path segment stays far below 255 bytes.
pub const VERSION_BYTES_MAX: usize = 150;

/// A version by Semantic Versioning 2.0, at most [`VERSION_BYTES_MAX`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

/// Why a string is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// More than [`VERSION_BYTES_MAX`] bytes.
    #[error("version is longer than {VERSION_BYTES_MAX} characters")]
    TooLong,
    /// Not `MAJOR.MINOR.PATCH[-pre][+build]`.
    #[error(
        "version `{text}` is not of the form MAJOR.MINOR.PATCH by Semantic Versioning 2.0: {rule}"
    )]
    Grammar {
        /// What was sent.
        text: String,
        /// What the parser missed.
        rule: String,
    },
}

impl Version {
    /// Parses a version.
    ///
    /// # Errors
    /// [`VersionError`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.len() > VERSION_BYTES_MAX {
            return Err(VersionError::TooLong);
        }
        semver::Version::parse(text)
            .map(Self)
            .map_err(|error| VersionError::Grammar {
                text: text.chars().flat_map(char::escape_debug).collect(),
                rule: error.to_string(),
            })
    }

    /// Returns the version as the resolver orders it.
    pub fn as_semver(&self) -> &semver::Version {
        &self.0
    }

    /// Returns the version without build metadata: what a registry holds unique.
    pub fn without_build(&self) -> Version {
        let mut bare = self.0.clone();
        bare.build = semver::BuildMetadata::EMPTY;
        Version(bare)
    }

    /// Tells whether the version has a pre-release part.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Version {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        for bad in [
            "1.0",
            "01.0.0",
            "1.0.0\n{}",
            "",
            &format!("1.0.0-{}", "a".repeat(150)),
        ] {
            assert!(Version::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn build_metadata_is_text_but_not_identity() {
        let (left, right) = (
            Version::parse("1.0.0+a").unwrap(),
            Version::parse("1.0.0+b").unwrap(),
        );
        assert_ne!(left, right);
        assert_eq!(left.without_build(), right.without_build());
    }
}
