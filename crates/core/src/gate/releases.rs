//! Releases named by people: `NAME`, `NAME@VERSION`, `NAME@REQUIREMENT`.
//!
//! A whole version means exactly that version, everything else is a requirement as
//! in `Cargo.toml`: who approves `serde@1.0.210` has looked at that one, and must
//! not have let in whatever `^1.0.210` will be tomorrow.

use crate::name::{CrateName, NameKey};
use crate::pattern::NamePattern;
use crate::version::Version;
use std::fmt;

/// Which versions of a crate are meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Versions {
    /// All of them.
    All,
    /// This one, build metadata included.
    Exactly(Version),
    /// Those that a requirement takes in.
    Within(semver::VersionReq),
}

/// Names, and which of their versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePattern {
    /// The names.
    pub names: NamePattern,
    /// The versions.
    pub versions: Versions,
}

/// Releases on a list, each with the reason why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseList(Vec<(ReleasePattern, String)>);

/// The string names no releases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no releases: write NAME, NAME@VERSION or NAME@REQUIREMENT, such as `time@<0.2.23`"
)]
pub struct ReleasePatternError(String);

impl Versions {
    /// Parses what stands behind the `@`.
    ///
    /// # Errors
    /// [`ReleasePatternError`] if it is neither a version nor a requirement.
    pub fn parse(text: &str) -> Result<Self, ReleasePatternError> {
        let refuse = || ReleasePatternError(shown(text));
        if text.len() > TEXT_BYTES_MAX {
            return Err(refuse());
        }
        if let Ok(version) = Version::parse(text) {
            return Ok(Self::Exactly(version));
        }
        match semver::VersionReq::parse(text).map_err(|_| refuse())? {
            star if star == semver::VersionReq::STAR => Ok(Self::All),
            requirement => Ok(Self::Within(requirement)),
        }
    }

    /// Tells whether a version is meant, by cargo's reading of requirements: a
    /// pre-release only if the requirement names one of the same version. For lists
    /// of what is let in.
    pub fn covers(&self, version: &Version) -> bool {
        match self {
            Self::All => true,
            Self::Exactly(exactly) => exactly == version,
            Self::Within(requirement) => requirement.matches(version.as_semver()),
        }
    }

    /// Tells whether a version may be meant: a pre-release also if the version that
    /// it leads to is. For lists of what is kept out, which `2.0.0-rc.1` must not
    /// slip through.
    pub fn touches(&self, version: &Version) -> bool {
        let led_to = || {
            let mut led_to = version.as_semver().clone();
            led_to.pre = semver::Prerelease::EMPTY;
            matches!(self, Self::Within(requirement) if requirement.matches(&led_to))
        };
        self.covers(version) || led_to()
    }
}

impl ReleasePattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`ReleasePatternError`] if name or versions make no sense.
    pub fn parse(text: &str) -> Result<Self, ReleasePatternError> {
        let refuse = || ReleasePatternError(shown(text));
        let (names, versions) = split(text)?;
        let names = NamePattern::parse(names).map_err(|_| refuse())?;
        Ok(Self { names, versions })
    }

    /// Parses one crate's name and which of its versions.
    ///
    /// # Errors
    /// [`ReleasePatternError`] if name or versions make no sense.
    pub fn parse_one(text: &str) -> Result<(CrateName, Versions), ReleasePatternError> {
        let (name, versions) = split(text)?;
        let name = CrateName::parse(name).map_err(|_| ReleasePatternError(shown(text)))?;
        Ok((name, versions))
    }
}

fn split(text: &str) -> Result<(&str, Versions), ReleasePatternError> {
    Ok(match text.split_once('@') {
        Some((name, versions)) => (
            name,
            Versions::parse(versions).map_err(|_| ReleasePatternError(shown(text)))?,
        ),
        None => (text, Versions::All),
    })
}

impl ReleaseList {
    /// Makes a list of patterns and reasons.
    pub fn new(releases: impl IntoIterator<Item = (ReleasePattern, String)>) -> Self {
        Self(releases.into_iter().collect())
    }

    /// Adds to the list.
    pub fn add(&mut self, releases: ReleasePattern, reason: String) {
        self.0.push((releases, reason));
    }

    /// Lists patterns and reasons.
    pub fn iter(&self) -> impl Iterator<Item = (&ReleasePattern, &str)> {
        let listed = self.0.iter();
        listed.map(|(releases, reason)| (releases, reason.as_str()))
    }

    /// Returns the reason for which a release is on a list of what is let in.
    pub(super) fn covering(&self, name: &NameKey, version: &Version) -> Option<&str> {
        self.reasons(name, |versions| versions.covers(version))
            .min()
    }

    /// Returns the reason for which a release is on a list of what is kept out.
    pub(super) fn touching(&self, name: &NameKey, version: &Version) -> Option<String> {
        self.reasons(name, |versions| versions.touches(version))
            .min()
            .map(|reason| format!("it is on the list of what is denied: {reason}"))
    }

    /// The reasons of all that match; callers take the least, so that the order of
    /// the list decides nothing.
    fn reasons(
        &self,
        name: &NameKey,
        meant: impl Fn(&Versions) -> bool,
    ) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(pattern, _)| pattern.names.matches(name) && meant(&pattern.versions))
            .map(|(_, reason)| reason.as_str())
    }
}

/// Longest text behind an `@`: semver takes 32 comparators, each a version.
const TEXT_BYTES_MAX: usize = 1_000;

fn shown(text: &str) -> String {
    text.chars()
        .take(100)
        .flat_map(char::escape_debug)
        .collect()
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Exactly(version) => version.fmt(f),
            Self::Within(requirement) => requirement.fmt(f),
        }
    }
}

impl fmt::Display for ReleasePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.names, self.versions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_version_is_exact_and_the_rest_as_in_a_manifest() {
        for (text, covered, not_covered) in [
            ("1.0.0", "1.0.0", "1.0.1"),
            ("1.0.0+a", "1.0.0+a", "1.0.0+b"),
            ("^1.0.0", "1.9.0", "2.0.0"),
            ("1.2", "1.3.0", "1.1.0"),
            ("<2", "1.9.0", "2.0.0"),
            ("^1", "1.0.0", "1.5.0-rc.1"),
        ] {
            let versions = Versions::parse(text).unwrap();
            let covers = |version: &str| versions.covers(&Version::parse(version).unwrap());
            assert!(covers(covered), "{text} {covered}");
            assert!(!covers(not_covered), "{text} {not_covered}");
            assert_eq!(Versions::parse(&versions.to_string()).unwrap(), versions);
        }
        let all = Versions::parse("*").unwrap();
        assert!(all.covers(&Version::parse("1.5.0-rc.1").unwrap()));
    }

    #[test]
    fn what_is_kept_out_is_kept_out_before_its_release_too() {
        let versions = Versions::parse("<2.0.0").unwrap();
        let touches = |version: &str| versions.touches(&Version::parse(version).unwrap());
        assert!(touches("1.5.0-rc.1"));
        assert!(!touches("2.0.0"));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for bad in ["", "@1", "a@", "a@b", "a b", "a@1@2", "a@>=", "*a@1"] {
            assert!(ReleasePattern::parse(bad).is_err(), "{bad}");
        }
        assert!(ReleasePattern::parse_one("acme-*@1").is_err());
        let long = format!("a@{}", ">=1,".repeat(1000));
        assert!(ReleasePattern::parse(&long).is_err());
    }
}
