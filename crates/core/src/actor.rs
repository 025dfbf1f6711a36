//! Who did something: the name that facts and owner lists carry.

use std::fmt;

/// Longest actor in bytes; a login of crates.io's length with room for a scheme.
pub const ACTOR_BYTES_MAX: usize = 100;

/// A user, team or part of the server.
///
/// Grammar: 1 to [`ACTOR_BYTES_MAX`] of `a-z A-Z 0-9 . _ : @ -`. `admin` is the
/// bearer of the admin token, `crossdock` the server itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(Box<str>);

/// The string is no actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no user name: use 1 to {ACTOR_BYTES_MAX} of letters, digits and `. _ : @ -`")]
pub struct ActorError(String);

impl Actor {
    /// Parses an actor.
    ///
    /// # Errors
    /// [`ActorError`] if the grammar is broken.
    pub fn parse(text: &str) -> Result<Self, ActorError> {
        let alphabet = |b: u8| b.is_ascii_alphanumeric() || b".:_@-".contains(&b);
        if (1..=ACTOR_BYTES_MAX).contains(&text.len()) && text.bytes().all(alphabet) {
            Ok(Self(text.into()))
        } else {
            Err(ActorError(
                text.chars().take(40).flat_map(char::escape_debug).collect(),
            ))
        }
    }

    /// The bearer of the admin token.
    pub fn admin() -> Self {
        Self("admin".into())
    }

    /// The server itself, for what it observes and records.
    pub fn server() -> Self {
        Self("crossdock".into())
    }

    /// Returns the actor as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
