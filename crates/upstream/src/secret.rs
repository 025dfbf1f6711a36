//! A token that cannot be shown by accident.
//!
//! Its only way out is a header value that is marked sensitive, which keeps it
//! out of `Debug` output and out of HTTP/2's compression tables.

use http::HeaderValue;
use std::fmt;

/// Longest token in bytes; common servers refuse a header line beyond 8 KiB.
const SECRET_BYTES_MAX: usize = 8 * 1024;

/// The value of an `Authorization` header, sent verbatim as cargo does.
///
/// Grammar: 1 to 8192 visible ASCII characters or inner spaces.
/// Neither `Debug` nor an error ever shows it.
#[derive(Clone)]
pub struct Secret(HeaderValue);

/// A token that no header can carry; the text does not repeat it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token must be 1 to {SECRET_BYTES_MAX} visible ASCII characters, without line breaks")]
pub struct SecretError;

impl Secret {
    /// Takes a token, without the white space around it that files end with.
    ///
    /// # Errors
    /// [`SecretError`] if no header can carry it.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if !(1..=SECRET_BYTES_MAX).contains(&text.len()) || !text.bytes().all(visible) {
            return Err(SecretError);
        }
        let mut value = HeaderValue::from_str(text).map_err(|_| SecretError)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Returns the header value, marked sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sent_but_never_shown() {
        let secret = Secret::parse("hunter2\n").unwrap();
        assert_eq!(secret.header(), "hunter2");
        for shown in [format!("{secret:?}"), format!("{:?}", secret.header())] {
            assert!(!shown.contains("hunter"), "{shown}");
        }
    }

    #[test]
    fn what_no_header_carries_is_refused_without_being_repeated() {
        for bad in ["", " \n", "a\nb", "tökén", &"x".repeat(8193)] {
            let error = Secret::parse(bad).unwrap_err().to_string();
            assert!(
                bad.trim().is_empty() || !error.contains(bad.trim()),
                "{error}"
            );
        }
    }
}
