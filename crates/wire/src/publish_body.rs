//! The body of `PUT /api/v1/crates/new`: metadata and archive, each with its length.
//!
//! Cargo Book, "Registry Web API", Publish: u32 little endian, JSON, u32 little
//! endian, `.crate`. What the JSON says of dependencies is not read: the row is
//! derived from the manifest inside the archive, which is what will be built.
//!
//! Absent: any judgement of the archive.

use crate::json_depth::{DEPTH_MAX, is_too_deep};
use serde::{Deserialize, Serialize};

/// Bounds of a publish.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest metadata in bytes.
    pub metadata_bytes_max: usize,
    /// Largest archive in bytes.
    pub archive_bytes_max: usize,
}

impl Default for Limits {
    /// crates.io takes 10 MiB of archive and 1 MiB of metadata; companies ship assets.
    fn default() -> Self {
        Self {
            metadata_bytes_max: 1024 * 1024,
            archive_bytes_max: 64 * 1024 * 1024,
        }
    }
}

/// A publish as sent.
#[derive(Debug)]
pub struct PublishBody<'b> {
    /// What cargo says of the release.
    pub metadata: PublishMetadata,
    /// The `.crate`.
    pub archive: &'b [u8],
}

/// What is used of the metadata; the rest is ignored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PublishMetadata {
    /// The crate's name.
    pub name: String,
    /// The version.
    pub vers: String,
    /// One sentence about the crate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its documentation is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The text of its README.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readme: Option<String>,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// The licence expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The licence's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_file: Option<String>,
    /// Who wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
}

/// Why bytes are no publish.
#[derive(Debug, thiserror::Error)]
pub enum PublishBodyError {
    /// The body ends before a length or what it announces.
    #[error("publish body ends within the {0}; send u32 length, JSON, u32 length, .crate")]
    Short(&'static str),
    /// A part is larger than allowed.
    #[error("publish body's {part} has {bytes} bytes, allowed are {bytes_max}")]
    TooLarge {
        /// Which part.
        part: &'static str,
        /// What its length says.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// Something follows the archive.
    #[error("publish body has {0} bytes after the archive")]
    Trailing(usize),
    /// The metadata nests deeper than anything cargo sends.
    #[error("publish metadata nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// The metadata is no JSON object as cargo sends it.
    #[error("publish metadata is not valid: {0}")]
    Metadata(#[from] serde_json::Error),
}

impl PublishBodyError {
    /// Tells whether sending less would help.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

/// Takes a publish body apart. Lengths are judged before anything is read by them.
///
/// # Errors
/// [`PublishBodyError`] names the part and the rule.
pub fn parse<'b>(body: &'b [u8], limits: &Limits) -> Result<PublishBody<'b>, PublishBodyError> {
    let (metadata, rest) = part(body, "metadata", limits.metadata_bytes_max)?;
    let (archive, rest) = part(rest, "archive", limits.archive_bytes_max)?;
    if !rest.is_empty() {
        return Err(PublishBodyError::Trailing(rest.len()));
    }
    if is_too_deep(metadata) {
        return Err(PublishBodyError::TooDeep);
    }
    Ok(PublishBody {
        metadata: serde_json::from_slice(metadata)?,
        archive,
    })
}

fn part<'b>(
    bytes: &'b [u8],
    part: &'static str,
    bytes_max: usize,
) -> Result<(&'b [u8], &'b [u8]), PublishBodyError> {
    let (length, rest) = bytes
        .split_first_chunk::<4>()
        .ok_or(PublishBodyError::Short(part))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > bytes_max {
        return Err(PublishBodyError::TooLarge {
            part,
            bytes: length,
            bytes_max,
        });
    }
    if length > rest.len() {
        return Err(PublishBodyError::Short(part));
    }
    Ok(rest.split_at(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &[u8], archive: &[u8]) -> Vec<u8> {
        let mut body = u32::try_from(json.len()).unwrap().to_le_bytes().to_vec();
        body.extend(json);
        body.extend(u32::try_from(archive.len()).unwrap().to_le_bytes());
        body.extend(archive);
        body
    }

    #[test]
    fn what_cargo_sends_is_read() {
        let body = body(
            br#"{"name":"foo","vers":"1.0.0","deps":[{"x":1}],"badges":{}}"#,
            b"bytes",
        );
        let parsed = parse(&body, &Limits::default()).unwrap();
        assert_eq!(
            (parsed.metadata.name.as_str(), parsed.metadata.vers.as_str()),
            ("foo", "1.0.0")
        );
        assert_eq!(parsed.archive, b"bytes");
    }

    #[test]
    fn lengths_that_lie_are_refused_unread() {
        let good = body(br#"{"name":"foo","vers":"1.0.0"}"#, b"bytes");
        for cut in 0..good.len() {
            assert!(
                parse(&good[..cut], &Limits::default()).is_err(),
                "cut at {cut}"
            );
        }
        let mut huge = good.clone();
        huge[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(parse(&huge, &Limits::default()).unwrap_err().is_too_large());
        let mut more = good;
        more.push(0);
        assert!(matches!(
            parse(&more, &Limits::default()),
            Err(PublishBodyError::Trailing(1))
        ));
    }

    #[test]
    fn metadata_that_is_no_plain_json_is_refused() {
        let deep = format!(
            r#"{{"name":"a","vers":"1.0.0","x":{}1{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let cases: [&[u8]; 6] = [
            b"",
            b"\xef\xbb\xbf{\"name\":\"a\",\"vers\":\"1.0.0\"}",
            br#"{"name":"a","name":"b","vers":"1.0.0"}"#,
            br#"{"name":"a","vers":NaN}"#,
            b"{\0\"\0n\0",
            deep.as_bytes(),
        ];
        for json in cases {
            assert!(
                parse(&body(json, b"x"), &Limits::default()).is_err(),
                "{:?}",
                &json[..json.len().min(40)]
            );
        }
    }
}
