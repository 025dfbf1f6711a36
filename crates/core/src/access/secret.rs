//! What a token looks like: a prefix, random letters, and a check of them.
//!
//! `cdk_`, 30 letters and digits of randomness (178 bits), and 6 that check them. The
//! prefix lets scanners for leaked secrets find a token in a file or a log, and the
//! check lets them tell a token from what only looks like one without asking anybody,
//! as the tokens of GitHub do. The check is no secret and proves nothing to a server.
//!
//! Absent: randomness, which arrives as an argument; the digest under which a token is
//! known is [`crate::checksum::Checksum`] of its text.

use crate::checksum::Checksum;

/// What every token begins with.
pub const TOKEN_PREFIX: &str = "cdk_";

/// Random bytes that a token is made of: each letter takes one, and the few that would
/// make some letters likelier than others are passed over.
pub const TOKEN_RANDOM_BYTES: usize = 128;

/// Letters of randomness: 62 to the 30th is above 2 to the 178th.
const RANDOM_LETTERS: usize = 30;

/// Letters that check the others: one in 62 to the 6th texts passes by chance.
const CHECK_LETTERS: usize = 6;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a token of random bytes; nothing if too many had to be passed over, which
/// happens to honest randomness less than once in 10^80 times.
pub fn token_text(random: &[u8; TOKEN_RANDOM_BYTES]) -> Option<String> {
    // 248 is the last multiple of 62 below 256.
    let even = random.iter().filter(|byte| **byte < 248);
    let letters: String = even
        .take(RANDOM_LETTERS)
        .map(|byte| char::from(LETTERS[usize::from(byte % 62)]))
        .collect();
    let text = format!("{TOKEN_PREFIX}{letters}{}", check(&letters));
    (letters.len() == RANDOM_LETTERS).then_some(text)
}

/// Tells whether a text is shaped and checked as a token is.
pub fn is_token(text: &[u8]) -> bool {
    let letters = text.strip_prefix(TOKEN_PREFIX.as_bytes());
    let letters = letters.filter(|letters| letters.len() == RANDOM_LETTERS + CHECK_LETTERS);
    let letters = letters.and_then(|letters| str::from_utf8(letters).ok());
    letters.is_some_and(|letters| {
        letters.bytes().all(|b| b.is_ascii_alphanumeric())
            && check(&letters[..RANDOM_LETTERS]) == letters[RANDOM_LETTERS..]
    })
}

/// The first bytes of SHA-256 of the letters, as six letters.
fn check(letters: &str) -> String {
    let digest = Checksum::of(letters.as_bytes());
    let first = digest.as_bytes().first_chunk::<8>();
    let mut rest = u64::from_be_bytes(*first.expect("a digest has 32 bytes"));
    let mut check = String::with_capacity(CHECK_LETTERS);
    for _ in 0..CHECK_LETTERS {
        let digit = usize::try_from(rest % 62).expect("a remainder of 62 is small");
        check.push(char::from(LETTERS[digit]));
        rest /= 62;
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_of_randomness_and_checks_itself() {
        let mut random = [0; TOKEN_RANDOM_BYTES];
        for (index, byte) in random.iter_mut().enumerate() {
            *byte = u8::try_from(index * 37 % 256).unwrap();
        }
        let token = token_text(&random).unwrap();
        // What scanners are told to look for.
        assert_eq!(token, "cdk_0bCnOza3eFqR2d6hItU5g9kLwX8jCndGdWNT");
        assert!(is_token(token.as_bytes()));
        for index in TOKEN_PREFIX.len()..token.len() {
            let mut other = token.clone().into_bytes();
            other[index] = if other[index] == b'x' { b'y' } else { b'x' };
            assert!(!is_token(&other), "{index}");
        }
        random[7] ^= 1;
        assert_ne!(token_text(&random).unwrap(), token);
    }

    #[test]
    fn what_is_no_token_is_told_without_asking() {
        for bad in ["", "cdk_", "cdk_0", &format!("cdk_{}", "0".repeat(36))] {
            assert!(!is_token(bad.as_bytes()), "{bad}");
        }
        assert!(!is_token(&[0xff; 40]));
        assert_eq!(token_text(&[255; TOKEN_RANDOM_BYTES]), None);
    }
}
