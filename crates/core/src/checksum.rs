//! Checksums: SHA-256 over the bytes of a `.crate`, the identity of a blob.
//!
//! Absent: content identity, which is blind to gzip and tar and lives in `archive`.

use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256 digest, written as 64 lower-case hex digits.
///
/// Cargo accepts lower case only in the `cksum` of an index row (measured, cargo
/// 1.95), so [`Checksum::parse`] does too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Checksum([u8; 32]);

/// The string is not 64 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("checksum is not 64 lower-case hexadecimal digits")]
pub struct ChecksumError;

impl Checksum {
    /// Computes the checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Wraps a digest that was computed elsewhere, such as while streaming.
    pub fn from_digest(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 lower-case hex digits.
    ///
    /// # Errors
    /// [`ChecksumError`] for anything else, upper case included.
    pub fn parse(text: &str) -> Result<Self, ChecksumError> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(ChecksumError);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self(digest))
    }
}

fn nibble(digit: u8) -> Result<u8, ChecksumError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(ChecksumError),
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        // One string at once: rows are written by the thousand.
        let digit = |nibble: u8| DIGITS[usize::from(nibble)];
        let text: String = self
            .0
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Checksum {
    type Err = ChecksumError;
    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_digest_of_nothing() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Checksum::of(b"").to_string(), text);
        assert_eq!(Checksum::parse(text).unwrap(), Checksum::of(b""));
    }

    #[test]
    fn upper_case_and_other_lengths_are_refused() {
        let text = Checksum::of(b"x").to_string();
        for bad in [
            text.to_uppercase(),
            text[1..].to_owned(),
            format!("{text}0"),
            "é".repeat(32),
        ] {
            assert_eq!(Checksum::parse(&bad), Err(ChecksumError), "{bad}");
        }
    }
}
