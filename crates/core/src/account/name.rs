//! Names of users and teams.
//!
//! Apart from [`Actor`], which also names what was an owner before there were users:
//! these are the names that can be given today.

use crate::actor::Actor;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Longest name of a user or team in bytes; with `team:` before it, it is an [`Actor`].
pub const NAME_BYTES_MAX: usize = 64;

/// What stands before a team's name where owners are listed.
const TEAM: &str = "team:";

/// A user's name as it was first spelled.
///
/// Grammar: 1 to [`NAME_BYTES_MAX`] of `a-z A-Z 0-9 . _ @ -`, beginning with a letter or
/// digit; not `admin` and not `crossdock`, which are the server's own. Compared without
/// regard to ASCII case, so that nobody is easily taken for another.
#[derive(Clone, Debug)]
pub struct UserName(Box<str>);

/// A team's name, without the `team:` before it.
///
/// Grammar: as a user's, but `a-z 0-9 . _ -` alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamName(Box<str>);

/// The text is no name of a user or team.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// The grammar is broken.
    #[error(
        "`{0}` is no user's name: use 1 to {NAME_BYTES_MAX} of letters, digits and `. _ @ -`, beginning with a letter or digit"
    )]
    User(String),
    /// The grammar is broken.
    #[error(
        "`{0}` is no team's name: use 1 to {NAME_BYTES_MAX} of a-z, 0-9 and `. _ -`, beginning with a letter or digit"
    )]
    Team(String),
    /// The word means something else.
    #[error("`{0}` is the server's own word for who did something; choose another name")]
    Reserved(String),
}

impl UserName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`UserNameError`] names the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let alphabet = |b: u8| b.is_ascii_alphanumeric() || b"._@-".contains(&b);
        if !is_formed(text, alphabet) {
            return Err(UserNameError::User(shortened(text)));
        }
        let own = [Actor::admin(), Actor::server()];
        if own
            .iter()
            .any(|own| own.as_str().eq_ignore_ascii_case(text))
        {
            return Err(UserNameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.into()))
    }

    /// Returns the name as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name as facts and lists of owners carry it.
    pub fn actor(&self) -> Actor {
        Actor::parse(&self.0).expect("a user's name is an actor's, by its grammar")
    }

    /// Tells whether an actor is this user.
    pub fn is(&self, actor: &Actor) -> bool {
        self.0.eq_ignore_ascii_case(actor.as_str())
    }

    fn key(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl PartialEq for UserName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for UserName {}

impl PartialOrd for UserName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UserName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl TeamName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`UserNameError::Team`] if the grammar is broken.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let alphabet = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        match is_formed(text, alphabet) {
            true => Ok(Self(text.into())),
            false => Err(UserNameError::Team(shortened(text))),
        }
    }

    /// Reads the team that an owner is, if it is one: `team:NAME`.
    pub fn of(owner: &Actor) -> Option<Self> {
        Self::parse(owner.as_str().strip_prefix(TEAM)?).ok()
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the team as lists of owners carry it.
    pub fn actor(&self) -> Actor {
        let text = format!("{TEAM}{}", self.0);
        Actor::parse(&text).expect("a team's name is an actor's, by its grammar")
    }
}

fn is_formed(text: &str, alphabet: impl Fn(u8) -> bool) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(alphabet)
        && text.as_bytes()[0].is_ascii_alphanumeric()
}

fn shortened(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        Self::parse(text)
    }
}

impl FromStr for TeamName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        Self::parse(text)
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TeamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_and_the_servers_own_words() {
        for good in ["ann", "Ann", "a.b_c@acme.example", "7", &"x".repeat(64)] {
            assert!(UserName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            ".a",
            "team:x",
            "a b",
            "a/b",
            "ä",
            "Admin",
            "crossdock",
            &"x".repeat(65),
        ] {
            assert!(UserName::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "Core", "a@b", "-x"] {
            assert!(TeamName::parse(bad).is_err(), "{bad}");
        }
        let team = TeamName::parse("core").unwrap();
        assert_eq!(TeamName::of(&team.actor()), Some(team));
        assert_eq!(TeamName::of(&Actor::parse("core").unwrap()), None);
    }

    #[test]
    fn case_makes_no_other_user() {
        let name = |text: &str| UserName::parse(text).unwrap();
        assert_eq!(name("Ann"), name("aNN"));
        assert_ne!(name("ann"), name("anna"));
        assert_eq!(name("B").cmp(&name("a")), Ordering::Greater);
        assert!(name("Ann").is(&Actor::parse("ann").unwrap()));
    }
}
