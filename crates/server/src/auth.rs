//! How a request carries a token, and the one token that is no user's.
//!
//! Cargo sends a token verbatim in `Authorization`, without a scheme (Cargo Book,
//! "Registry Web API"); tools like to write `Bearer`; and what knows only names and
//! passwords, such as a browser or a proxy, sends `Basic` with the token as password,
//! whatever the name. All three are read.
//!
//! Two refusals, chosen by what cargo makes of them (cargo 1.95):
//! a *read* without a valid token is 401 with `WWW-Authenticate: Cargo`, because
//! only that starts cargo's token flow for a closed index; a *write* is 403,
//! because cargo never writes without a token and prints the detail either way,
//! and a 401 would suggest a log-in that does not exist.
//!
//! Absent: users and scopes, and which surface needs a token (`access.rs`).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crossdock_core::checksum::Checksum;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::borrow::Cow;
use std::fmt;
use std::hint::black_box;

/// Fewest bytes of a token: 96 bits if written in base 64, beyond guessing.
const TOKEN_BYTES_MIN: usize = 16;

/// Most bytes of a token; cargo and proxies bound header lines.
const TOKEN_BYTES_MAX: usize = 256;

/// The one token that may do everything.
///
/// Kept as a digest only, so neither `Debug` nor a core dump of this type shows it.
#[derive(Clone)]
pub struct AdminToken(Checksum);

/// The text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "admin token must be {TOKEN_BYTES_MIN} to {TOKEN_BYTES_MAX} letters, digits and ASCII signs without spaces"
)]
pub struct AdminTokenError;

impl AdminToken {
    /// Takes the token that requests have to show.
    ///
    /// # Errors
    /// [`AdminTokenError`] if it is too short or long or would not survive a header.
    pub fn new(text: &str) -> Result<Self, AdminTokenError> {
        let length = TOKEN_BYTES_MIN..=TOKEN_BYTES_MAX;
        if length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(Checksum::of(text.as_bytes())))
        } else {
            Err(AdminTokenError)
        }
    }

    /// Compares digests, every byte of them, so that time tells nothing.
    pub(crate) fn is(&self, token: &[u8]) -> bool {
        let theirs = Checksum::of(token);
        let pairs = self.0.as_bytes().iter().zip(theirs.as_bytes());
        black_box(pairs.fold(0, |difference, (ours, theirs)| difference | (ours ^ theirs))) == 0
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// Reads the token that a request shows, whether or not it counts.
pub(crate) fn token(headers: &HeaderMap) -> Option<Cow<'_, [u8]>> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let after = |scheme: &[u8]| {
        let (said, rest) = value.split_at_checked(scheme.len())?;
        said.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    if let Some(token) = after(b"bearer ") {
        return Some(Cow::Borrowed(token));
    }
    if let Some(encoded) = after(b"basic ")
        && let Ok(pair) = BASE64_STANDARD.decode(encoded)
        && let Some(colon) = pair.iter().position(|byte| *byte == b':')
    {
        return Some(Cow::Owned(pair[colon + 1..].to_vec()));
    }
    Some(Cow::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const TOKEN: &str = "a-token-of-many-letters";

    fn shown(value: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        token(&headers).is_some_and(|token| AdminToken::new(TOKEN).unwrap().is(&token))
    }

    #[test]
    fn the_token_is_read_verbatim_as_bearer_and_as_password() {
        assert!(shown(Some(TOKEN)));
        for user in ["", "ann", "a user"] {
            let pair = BASE64_STANDARD.encode(format!("{user}:{TOKEN}"));
            assert!(shown(Some(&format!("Basic {pair}"))), "{user}");
            assert!(!shown(Some(&pair)), "{user}");
        }
        assert!(shown(Some(&format!("Bearer {TOKEN}"))));
        assert!(shown(Some(&format!("bearer {TOKEN}"))));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "a-token-of-many-letter",
            "a-token-of-many-letters2",
            "Basic a-token-of-many-letters",
            "A-TOKEN-OF-MANY-LETTERS",
        ] {
            assert!(!shown(Some(bad)), "{bad:?}");
        }
        assert!(!shown(None));
    }

    #[test]
    fn what_is_no_token_is_refused_and_no_token_is_printed() {
        for bad in [
            "",
            "short",
            "with a space inside it",
            "zeile\numbruch-im-token",
            &"x".repeat(257),
        ] {
            assert!(AdminToken::new(bad).is_err(), "{bad:?}");
        }
        let printed = format!("{:?}", AdminToken::new(TOKEN).unwrap());
        assert_eq!(printed, "AdminToken(…)");
    }
}
