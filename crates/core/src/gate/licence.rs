//! Under which licences a release may be.
//!
//! An index has no licences; the manifest inside the archive has. So a release is
//! judged from the moment its archive was first seen, and is unknown before.
//! Manifests are of strangers: old ones write `MIT/Apache-2.0`, some name only a
//! file, some nothing; what cannot be read is refused and can be clarified.
//!
//! Absent: reading the manifest, and what a licence asks of whoever passes it on.

use super::releases::ReleasePattern;
use crate::decision::Words;
use crate::name::NameKey;
use crate::version::Version;
use spdx::{Expression, Licensee, ParseMode};
use std::collections::BTreeSet;
use std::fmt;

/// Licences that are fine, and what unclear releases are under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licences {
    allow: BTreeSet<Licensee>,
    clarify: Vec<(ReleasePattern, Clarified)>,
}

/// What the manifest of a release says of its licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundLicence {
    /// Its `license`.
    Expression(Words),
    /// Only a `license-file`.
    File,
    /// Neither.
    Nothing,
    /// A `license` that is no line of text.
    Unreadable,
}

/// Why a release is not under a licence that is fine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenceRefusal {
    /// It is under another one.
    #[error("its licence `{0}` is not among those allowed")]
    NotAllowed(String),
    /// What it says is no SPDX expression.
    #[error("its licence `{0}` is no SPDX expression; settle it with `clarify`")]
    NotSpdx(String),
    /// It has a file of its own.
    #[error("it names a licence file and no licence; settle it with `clarify`")]
    File,
    /// It says nothing.
    #[error("it names no licence; settle it with `clarify`")]
    Nothing,
    /// It says what is no line of text.
    #[error("its licence cannot be read; settle it with `clarify`")]
    Unreadable,
}

/// A text that is no licence or no expression, in the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not SPDX: {rule}")]
pub struct LicencesError {
    text: String,
    rule: String,
}

/// An expression that stands in the place of what a manifest says.
#[derive(Clone, Debug, PartialEq)]
struct Clarified(Expression);

// Expressions are compared node by node, and every node is `Eq`.
impl Eq for Clarified {}

impl Licences {
    /// Allows a licence, such as `MIT` or `Apache-2.0 WITH LLVM-exception`.
    ///
    /// # Errors
    /// [`LicencesError`] if it is not one licence of the SPDX list.
    pub fn allow(&mut self, text: &str) -> Result<(), LicencesError> {
        let licensee = Licensee::parse_mode(text, ParseMode::LAX);
        self.allow
            .insert(licensee.map_err(|error| refusal(text, &error))?);
        Ok(())
    }

    /// Says what releases are under, whatever their manifest says.
    ///
    /// # Errors
    /// [`LicencesError`] if it is no SPDX expression.
    pub fn clarify(&mut self, releases: ReleasePattern, text: &str) -> Result<(), LicencesError> {
        let expression = Expression::parse(text).map_err(|error| refusal(text, &error))?;
        self.clarify.push((releases, Clarified(expression)));
        Ok(())
    }

    /// Lists the licences that are fine, as they are parsed again.
    pub fn allowed(&self) -> impl Iterator<Item = String> {
        self.allow.iter().map(ToString::to_string)
    }

    /// Lists what releases are under, whatever their manifest says.
    pub fn clarified(&self) -> impl Iterator<Item = (&ReleasePattern, String)> {
        let clarified = self.clarify.iter();
        clarified.map(|(releases, Clarified(expression))| (releases, expression.to_string()))
    }

    /// Judges what was found in a release.
    ///
    /// # Errors
    /// [`LicenceRefusal`] if it is not under licences that are fine. Where several
    /// clarifications take a release in, all must be fine, whatever their order.
    pub fn judge(
        &self,
        name: &NameKey,
        version: &Version,
        found: &FoundLicence,
    ) -> Result<(), LicenceRefusal> {
        let mut clarified = self
            .clarify
            .iter()
            .filter(|(releases, _)| {
                releases.names.matches(name) && releases.versions.covers(version)
            })
            .map(|(_, Clarified(expression))| expression)
            .peekable();
        if clarified.peek().is_some() {
            let refused = clarified.find(|expression| !self.is_fine(expression));
            return match refused {
                Some(expression) => Err(LicenceRefusal::NotAllowed(expression.to_string())),
                None => Ok(()),
            };
        }
        let text = match found {
            FoundLicence::Expression(text) => text.as_str(),
            FoundLicence::File => return Err(LicenceRefusal::File),
            FoundLicence::Nothing => return Err(LicenceRefusal::Nothing),
            FoundLicence::Unreadable => return Err(LicenceRefusal::Unreadable),
        };
        // As crates.io once took them: `MIT/Apache-2.0`, `GPL-3.0+`.
        let expression = Expression::parse_mode(text, ParseMode::LAX)
            .map_err(|_| LicenceRefusal::NotSpdx(shown(text)))?;
        match self.is_fine(&expression) {
            true => Ok(()),
            false => Err(LicenceRefusal::NotAllowed(shown(text))),
        }
    }

    fn is_fine(&self, expression: &Expression) -> bool {
        expression.evaluate(|required| self.allow.iter().any(|allowed| allowed.satisfies(required)))
    }
}

impl FoundLicence {
    /// Reads what a manifest says.
    pub fn of(license: Option<&str>, license_file: Option<&str>) -> Self {
        match (license.map(str::trim), license_file) {
            (None | Some(""), None) => Self::Nothing,
            (None | Some(""), Some(_)) => Self::File,
            (Some(text), _) => Words::parse(text).map_or(Self::Unreadable, Self::Expression),
        }
    }
}

impl fmt::Display for FoundLicence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression(text) => text.fmt(f),
            Self::File => f.write_str("a file"),
            Self::Nothing => f.write_str("none"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

fn refusal(text: &str, error: &spdx::ParseError) -> LicencesError {
    LicencesError {
        text: shown(text),
        rule: error.reason.to_string(),
    }
}

fn shown(text: &str) -> String {
    text.chars()
        .take(200)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(license: Option<&str>, file: Option<&str>) -> Result<(), LicenceRefusal> {
        let mut licences = Licences::default();
        for allowed in ["MIT", "Apache-2.0 WITH LLVM-exception", "GPL-2.0-or-later"] {
            licences.allow(allowed).unwrap();
        }
        let ring = ReleasePattern::parse("ring@<0.17").unwrap();
        licences.clarify(ring, "MIT").unwrap();
        let found = FoundLicence::of(license, file);
        let (name, version) = ("foo".parse().unwrap(), Version::parse("0.16.0").unwrap());
        let ring = licences.judge(&"ring".parse().unwrap(), &version, &found);
        assert_eq!(ring, Ok(()), "clarified whatever it says");
        licences.judge(&name, &version, &found)
    }

    #[test]
    fn expressions_are_read_as_crates_io_took_them() {
        for fine in [
            "MIT",
            "MIT OR Apache-2.0",
            "MIT/Apache-2.0",
            "MIT / Apache-2.0",
            "(Apache-2.0 WITH LLVM-exception) AND MIT",
            "GPL-2.0-or-later",
        ] {
            assert_eq!(judged(Some(fine), None), Ok(()), "{fine}");
        }
        for other in ["Apache-2.0", "MIT AND Apache-2.0", "GPL-2.0-only"] {
            let refused = Err(LicenceRefusal::NotAllowed(other.to_owned()));
            assert_eq!(judged(Some(other), None), refused, "{other}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_fine() {
        assert_eq!(judged(None, None), Err(LicenceRefusal::Nothing));
        assert_eq!(judged(Some(" "), None), Err(LicenceRefusal::Nothing));
        assert_eq!(judged(None, Some("LICENSE")), Err(LicenceRefusal::File));
        assert_eq!(judged(Some("MIT"), Some("LICENSE")), Ok(()));
        assert_eq!(judged(Some("a\nb"), None), Err(LicenceRefusal::Unreadable));
        let words = "see the manual".to_owned();
        assert_eq!(
            judged(Some(&words), None),
            Err(LicenceRefusal::NotSpdx(words))
        );
    }

    #[test]
    fn settings_must_be_spdx() {
        let mut licences = Licences::default();
        assert!(licences.allow("MIT OR Apache-2.0").is_err());
        assert!(licences.allow("beer").is_err());
        let all = ReleasePattern::parse("*").unwrap();
        assert!(licences.clarify(all, "MIT/Apache-2.0").is_err());
    }
}
