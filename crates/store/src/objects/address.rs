//! Which bucket archives are in, and below which prefix: `s3://BUCKET[/PREFIX]`.

use std::fmt;

/// Characters of a bucket's name, by S3's rules.
const BUCKET_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// Most characters of a prefix: a key has 1,024 bytes, of which 65 are a checksum's.
const PREFIX_CHARS_MAX: usize = 512;

/// A place in an object store: `s3://BUCKET[/PREFIX]`.
///
/// A bucket has 3 to 63 of `a-z`, `0-9`, `-` and `.`, and begins and ends with a letter
/// or digit; a prefix has parts of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.` between single
/// slashes, none of them `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Address {
    bucket: String,
    prefix: String,
}

/// Why a text is no place in an object store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum S3AddressError {
    /// It is not of the form.
    #[error("an address like s3://crossdock/archives is needed")]
    Form,
    /// The bucket's name is none.
    #[error("a bucket has 3 to 63 of a-z, 0-9, `-` and `.`, with a letter or digit at both ends")]
    Bucket,
    /// The prefix is none.
    #[error(
        "a prefix has A-Z, a-z, 0-9, `-`, `_` and `.` between single slashes, no `.` or `..` alone"
    )]
    Prefix,
}

impl S3Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`S3AddressError`] if it is none.
    pub fn parse(text: &str) -> Result<Self, S3AddressError> {
        let rest = text.strip_prefix("s3://").ok_or(S3AddressError::Form)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if !is_bucket(bucket) {
            return Err(S3AddressError::Bucket);
        }
        if prefix.len() > PREFIX_CHARS_MAX
            || (!prefix.is_empty() && !prefix.split('/').all(is_part))
        {
            return Err(S3AddressError::Prefix);
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The prefix without a slash at its end; empty if there is none.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.prefix {
            "" => write!(formatter, "s3://{}", self.bucket),
            prefix => write!(formatter, "s3://{}/{prefix}", self.bucket),
        }
    }
}

fn is_bucket(text: &str) -> bool {
    let is_end = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = text.as_bytes();
    let is_one = |byte: &u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    BUCKET_CHARS.contains(&bytes.len())
        && bytes.iter().all(is_one)
        && is_end(bytes.first())
        && is_end(bytes.last())
}

fn is_part(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !matches!(text, "" | "." | "..") && text.bytes().all(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_bucket_and_prefix() {
        for (text, bucket, prefix) in [
            ("s3://acme-crates", "acme-crates", ""),
            ("s3://acme.crates/", "acme.crates", ""),
            (
                "s3://abc/Some_Team/crates.v2/",
                "abc",
                "Some_Team/crates.v2",
            ),
        ] {
            let address = S3Address::parse(text).unwrap();
            assert_eq!((address.bucket(), address.prefix()), (bucket, prefix));
            assert_eq!(address.to_string(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn what_would_lead_elsewhere_is_refused() {
        use S3AddressError::{Bucket, Form, Prefix};
        for (text, refused) in [
            ("", Form),
            ("https://abc/d", Form),
            ("s3://", Bucket),
            ("s3://ab", Bucket),
            ("s3://-abc", Bucket),
            ("s3://Abc", Bucket),
            ("s3://key:secret@abc", Bucket),
            ("s3://abc//d", Prefix),
            ("s3://abc/../d", Prefix),
            ("s3://abc/d?x=y", Prefix),
            ("s3://abc/d%2Fe", Prefix),
        ] {
            assert_eq!(S3Address::parse(text), Err(refused), "{text}");
        }
    }
}
