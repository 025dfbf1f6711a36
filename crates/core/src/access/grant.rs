//! A grant: some scopes, on one registry or view or on all, for some crates or all.
//!
//! It is written as a short sentence, the same in facts, commands and answers:
//! `SCOPES [on REGISTRY] [crates PATTERN,…] [of-any-owner]`.

use super::scope::{Scope, Scopes, ScopesError};
use crate::name::NameKey;
use crate::pattern::{NamePattern, PatternError};
use crate::registry_name::{RegistryName, RegistryNameError};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Most patterns of one grant: a fact with the most grants of a token stays within its
/// length (64 bytes of a name each).
pub const CRATES_MAX: usize = 50;

/// Something that a token may do.
///
/// Grammar: `SCOPES [on REGISTRY] [crates PATTERN,…] [of-any-owner]`, one space between
/// the parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    scopes: Scopes,
    /// Everywhere, if nothing is said.
    place: Option<RegistryName>,
    /// All crates, if there is none.
    crates: BTreeSet<NamePattern>,
    owners: Owners,
}

/// Whose crates a grant is for, from the narrower to the wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owners {
    /// Crates that the token's holder owns.
    #[default]
    Holder,
    /// Every crate that the grant takes in, whoever owns it: a registry-wide scope.
    Anyone,
}

/// The text is no grant, or one that would promise what it cannot keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// The grammar is broken.
    #[error(
        "`{0}` is no grant: write `SCOPES [on REGISTRY] [crates PATTERN,…] [of-any-owner]`, such as `publish-new,publish-update on acme crates acme-*`"
    )]
    Grammar(String),
    /// No such scope.
    #[error(transparent)]
    Scopes(#[from] ScopesError),
    /// No such name.
    #[error(transparent)]
    Place(#[from] RegistryNameError),
    /// No such pattern.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Reading cannot be narrowed to crates.
    #[error(
        "reading is granted for a whole registry or view: give `read` a grant of its own, without `crates`"
    )]
    ReadOfCrates,
    /// Too many patterns.
    #[error(
        "a grant names at most {CRATES_MAX} patterns of crates; use prefixes with a final `*`, or another registry"
    )]
    TooMany,
}

impl Grant {
    /// Makes a grant.
    ///
    /// # Errors
    /// [`GrantError::ReadOfCrates`], [`GrantError::TooMany`].
    pub fn new(
        scopes: Scopes,
        place: Option<RegistryName>,
        crates: BTreeSet<NamePattern>,
        owners: Owners,
    ) -> Result<Self, GrantError> {
        if scopes.has(Scope::Read) && !crates.is_empty() {
            return Err(GrantError::ReadOfCrates);
        }
        if crates.len() > CRATES_MAX {
            return Err(GrantError::TooMany);
        }
        Ok(Self {
            scopes,
            place,
            crates,
            owners,
        })
    }

    /// The scopes.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// The registry or view, if it is for one.
    pub fn place(&self) -> Option<&RegistryName> {
        self.place.as_ref()
    }

    /// The patterns of crates; none means all.
    pub fn crates(&self) -> impl Iterator<Item = &NamePattern> {
        self.crates.iter()
    }

    /// Tells whether it is for a registry or view.
    pub(super) fn is_on(&self, place: &RegistryName) -> bool {
        self.place.as_ref().is_none_or(|own| own == place)
    }

    /// Tells whether it is for a crate.
    pub(super) fn is_for(&self, name: &NameKey) -> bool {
        self.crates.is_empty() || self.crates.iter().any(|pattern| pattern.matches(name))
    }

    /// Tells whether it lets its place be administered, which is no matter of crates.
    pub(super) fn administers(&self) -> bool {
        self.scopes.has(Scope::Admin) && self.crates.is_empty()
    }

    /// Says for whose crates it has a scope, if it has it.
    pub(super) fn owners_for(&self, scope: Scope) -> Option<Owners> {
        match self.scopes.has(Scope::Admin) {
            true => Some(Owners::Anyone),
            false => self.scopes.has(scope).then_some(self.owners),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.scopes)?;
        if let Some(place) = &self.place {
            write!(f, " on {place}")?;
        }
        for (index, pattern) in self.crates.iter().enumerate() {
            let before = if index == 0 { " crates " } else { "," };
            write!(f, "{before}{pattern}")?;
        }
        match self.owners {
            Owners::Holder => Ok(()),
            Owners::Anyone => f.write_str(" of-any-owner"),
        }
    }
}

impl FromStr for Grant {
    type Err = GrantError;

    fn from_str(text: &str) -> Result<Self, GrantError> {
        let grammar =
            || GrantError::Grammar(text.chars().take(80).flat_map(char::escape_debug).collect());
        let mut words = text.split(' ').peekable();
        let scopes = words.next().ok_or_else(grammar)?.parse()?;
        let mut place = None;
        if words.next_if_eq(&"on").is_some() {
            place = Some(words.next().ok_or_else(grammar)?.parse()?);
        }
        let mut crates = BTreeSet::new();
        if words.next_if_eq(&"crates").is_some() {
            for pattern in words.next().ok_or_else(grammar)?.split(',') {
                crates.insert(NamePattern::parse(pattern)?);
            }
        }
        let owners = match words.next_if_eq(&"of-any-owner") {
            Some(_) => Owners::Anyone,
            None => Owners::Holder,
        };
        match words.next() {
            None => Self::new(scopes, place, crates, owners),
            Some(_) => Err(grammar()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        for text in [
            "read",
            "read on main",
            "admin",
            "publish-new,publish-update,yank on acme crates acme-web,acme-*",
            "publish-update on acme crates web of-any-owner",
            "publish-update of-any-owner",
        ] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
        let loose: Grant = "yank,read".parse().unwrap();
        assert_eq!(loose.to_string(), "read,yank");
    }

    #[test]
    fn what_promises_too_much_or_says_nothing_is_refused() {
        for bad in [
            "",
            "write",
            "read,",
            "read on",
            "read  on main",
            "read on Main",
            "yank crates",
            "yank crates a*b",
            "yank of-any-owner on acme",
            "yank on acme on apps",
            "read on main crates foo",
            "read on main ",
        ] {
            assert!(bad.parse::<Grant>().is_err(), "{bad:?}");
        }
        let many: Vec<_> = (0..=CRATES_MAX).map(|n| format!("c{n}")).collect();
        let many = format!("yank crates {}", many.join(","));
        assert_eq!(many.parse::<Grant>(), Err(GrantError::TooMany));
    }
}
