//! The body of `PUT /api/v1/crates/new`: metadata and archive, each with its length.
//!
//! Cargo Book, "Registry Web API", Publish: u32 little endian, JSON, u32 little
//! endian, `.crate`. What the JSON says of dependencies is only compared
//! (`contradictions.rs`): the row is derived from the manifest inside the archive,
//! which is what will be built.
//!
//! Absent: any judgement of the archive.

use crate::json_depth::{DEPTH_MAX, is_too_deep};
use crate::manifest::Manifest;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

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
    /// The whole metadata as sent, for [`crate::contradictions`].
    pub json: &'b str,
    /// The `.crate`.
    pub archive: &'b [u8],
}

/// What is used of the metadata; the rest is ignored.
///
/// Only the client says it: see [`PublishMetadata::confirmed_by`].
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
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub keywords: Vec<String>,
    /// Categories.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub categories: Vec<String>,
    /// The licence expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The licence's file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_file: Option<String>,
    /// Who wrote it.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
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
    Metadata(String),
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
    let (first, rest) = parse_first(body, limits)?;
    if !rest.is_empty() {
        return Err(PublishBodyError::Trailing(rest.len()));
    }
    Ok(first)
}

/// Takes the first of several publish bodies apart, and returns what follows it.
///
/// # Errors
/// [`PublishBodyError`] names the part and the rule.
pub fn parse_first<'b>(
    body: &'b [u8],
    limits: &Limits,
) -> Result<(PublishBody<'b>, &'b [u8]), PublishBodyError> {
    let (metadata, rest) = part(body, "metadata", limits.metadata_bytes_max)?;
    let (archive, rest) = part(rest, "archive", limits.archive_bytes_max)?;
    let (metadata, json) = read_metadata(metadata)?;
    let body = PublishBody {
        metadata,
        json,
        archive,
    };
    Ok((body, rest))
}

impl PublishMetadata {
    /// Takes from the manifest in the archive whatever it says, which is all but the
    /// text of the README. Once the manifest is admitted, so is what is shown.
    #[must_use]
    pub fn confirmed_by(self, manifest: &Manifest) -> Self {
        Self {
            name: manifest.name.to_string(),
            vers: manifest.version.to_string(),
            description: manifest.description.clone(),
            documentation: manifest.documentation.clone(),
            homepage: manifest.homepage.clone(),
            repository: manifest.repository.clone(),
            readme: self.readme,
            keywords: manifest.keywords.clone(),
            categories: manifest.categories.clone(),
            license: manifest.license.clone(),
            license_file: manifest.license_file.clone(),
            authors: manifest.authors.clone(),
        }
    }
}

fn read_metadata(json: &[u8]) -> Result<(PublishMetadata, &str), PublishBodyError> {
    if is_too_deep(json, 0) {
        return Err(PublishBodyError::TooDeep);
    }
    let text = std::str::from_utf8(json)
        .map_err(|_| PublishBodyError::Metadata("it is not UTF-8".to_owned()))?;
    // Fields nobody reads are skipped by the second reading, repeated ones among them.
    let DistinctKeys = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let metadata = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    Ok((metadata, text))
}

/// Cuts the message, in which the parser quotes what it found, escaped but whole.
fn invalid(error: &serde_json::Error) -> PublishBodyError {
    const CHARS_MAX: usize = 200;
    let rule = error.to_string();
    match rule.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => PublishBodyError::Metadata(format!("{}…", &rule[..end])),
        None => PublishBodyError::Metadata(rule),
    }
}

/// Some clients write null where they have no list.
fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// An object of which no key occurs twice, whatever its values are.
struct DistinctKeys;

impl<'de> Deserialize<'de> for DistinctKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DistinctKeys)
    }
}

impl<'de> Visitor<'de> for DistinctKeys {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metadata of a release")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self, M::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, IgnoredAny)) = map.next_entry::<String, _>()? {
            if keys.contains(&key) {
                return Err(M::Error::custom(format_args!(
                    "`{}` occurs twice",
                    key.escape_debug()
                )));
            }
            keys.insert(key);
        }
        Ok(self)
    }
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
