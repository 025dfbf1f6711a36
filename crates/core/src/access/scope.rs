//! Scopes: the words for what a token may do.

use std::fmt;
use std::str::FromStr;

/// One thing that a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See what a registry or view shows.
    Read,
    /// Publish crates that the registry does not have; who does becomes their owner.
    PublishNew,
    /// Publish more releases of crates that one owns.
    PublishUpdate,
    /// Yank and unyank releases of crates that one owns.
    Yank,
    /// Say who owns the crates that one owns.
    Owners,
    /// All of it whoever owns the crates, and every command for the registry or view;
    /// without a registry, also users, teams and tokens.
    Admin,
}

impl Scope {
    /// All scopes, from the weakest.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::PublishNew,
        Self::PublishUpdate,
        Self::Yank,
        Self::Owners,
        Self::Admin,
    ];

    /// Returns the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::PublishNew => "publish-new",
            Self::PublishUpdate => "publish-update",
            Self::Yank => "yank",
            Self::Owners => "owners",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scopes(u8);

/// The text is no list of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "scopes are one or more of read, publish-new, publish-update, yank, owners, admin, with commas between them"
)]
pub struct ScopesError;

impl Scopes {
    /// Takes scopes together; none of them is nothing.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let bits = scopes.into_iter().fold(0, |bits, scope| bits | bit(scope));
        (bits != 0).then_some(Self(bits))
    }

    /// Tells whether a scope is one of them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & bit(scope) != 0
    }

    /// Lists them, from the weakest.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

fn bit(scope: Scope) -> u8 {
    1 << scope as u8
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Scopes {
    type Err = ScopesError;

    /// Reads words with commas between them, in any order.
    fn from_str(text: &str) -> Result<Self, ScopesError> {
        let word = |word: &str| Scope::ALL.into_iter().find(|scope| scope.as_str() == word);
        let scopes: Option<Vec<Scope>> = text.split(',').map(word).collect();
        scopes.and_then(Self::of).ok_or(ScopesError)
    }
}
