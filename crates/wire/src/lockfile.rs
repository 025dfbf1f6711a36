//! `Cargo.lock`: which packages it names, and checksums changed in place.
//!
//! cargo has written four versions (Cargo Book, "Cargo.toml vs Cargo.lock"; its own
//! `resolver/encode.rs`): the first keeps checksums in a table `metadata`, all later
//! ones beside the package; the fourth escapes sources as URLs. Everything that is
//! not a checksum stays as somebody wrote it, to the byte: order, comments, line ends.
//!
//! Absent: whether a checksum is right, and files.

mod edit;

use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// Largest lock in bytes; one of 10,000 packages has some 3 MB.
pub const LOCKFILE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Newest version of the format that is read.
pub const LOCKFILE_VERSION_MAX: u32 = 4;

/// What stands for "no checksum" in the first version.
const NO_CHECKSUM: &str = "<none>";

/// A lock, read.
#[derive(Clone, Debug)]
pub struct Lockfile {
    /// Version of the format: 1 (or 2) where none is written, else 3 or 4.
    pub version: u32,
    /// All packages, in the order of the file.
    pub packages: Vec<LockedPackage>,
}

/// One package of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// Where it comes from.
    pub source: LockedSource,
    /// SHA-256 of its archive, where the lock has one.
    pub checksum: Option<Checksum>,
    /// What it is built with, each with the version where the lock says which.
    pub dependencies: Vec<(CrateName, Option<Version>)>,
    /// Where in the text the checksum stands or would stand.
    checksum_at: Option<ChecksumAt>,
}

/// Where in the text of a lock a checksum belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ChecksumAt {
    /// In place of this value, quotes included.
    Value(Range<usize>),
    /// On a line of its own after this place.
    After(usize),
}

/// Where a locked package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockedSource {
    /// A member of the workspace or a path dependency: nothing is written.
    Path,
    /// A registry, by the address as written, `registry+` or `sparse+` included.
    Registry(String),
    /// A git repository or another source that no registry serves, as written.
    Elsewhere(String),
}

/// Why a text is no lock that can be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockfileError {
    /// Longer than [`LOCKFILE_BYTES_MAX`].
    #[error("Cargo.lock is larger than {LOCKFILE_BYTES_MAX} bytes")]
    TooLarge,
    /// A merge was left half done.
    #[error("Cargo.lock has conflict markers of a merge in line {0}; resolve the merge first")]
    Merge(usize),
    /// Not TOML, or without what a lock must have.
    #[error("Cargo.lock is not valid: line {line}: {rule}")]
    Toml {
        /// Line, from 1.
        line: usize,
        /// What the parser says.
        rule: String,
    },
    /// A version that is not known here.
    #[error(
        "Cargo.lock is of version {0}, and {LOCKFILE_VERSION_MAX} is the newest that is known here; use a newer Crossdock"
    )]
    Version(u32),
    /// A package has a name or version that none can have.
    #[error("Cargo.lock: package {package}: {rule}")]
    Package {
        /// Name and version as written.
        package: String,
        /// What is wrong.
        rule: String,
    },
}

#[derive(Deserialize)]
struct Raw {
    version: Option<u32>,
    #[serde(default)]
    package: Vec<RawPackage>,
    // Very old locks have the workspace's own package in a table of its own.
    root: Option<RawPackage>,
    #[serde(default)]
    metadata: BTreeMap<String, Spanned<toml::Value>>,
}

#[derive(Deserialize)]
struct RawPackage {
    name: String,
    version: String,
    source: Option<Spanned<String>>,
    checksum: Option<Spanned<String>>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl LockedPackage {
    /// Tells whether [`Lockfile::with_checksums`] can give it another checksum, or one.
    pub fn takes_checksum(&self) -> bool {
        self.checksum_at.is_some()
    }
}

/// Reads a lock of any version that cargo writes.
///
/// # Errors
/// [`LockfileError`] names the line or the package.
pub fn decode(text: &str) -> Result<Lockfile, LockfileError> {
    if text.len() > LOCKFILE_BYTES_MAX {
        return Err(LockfileError::TooLarge);
    }
    let is_marker = |line: &str| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ");
    if let Some(line) = text.lines().position(is_marker) {
        return Err(LockfileError::Merge(line + 1));
    }
    let raw: Raw = toml::from_str(text).map_err(|error| LockfileError::Toml {
        line: line_of(text, error.span()),
        rule: error.message().to_owned(),
    })?;
    let version = raw.version.unwrap_or(1);
    if version > LOCKFILE_VERSION_MAX {
        return Err(LockfileError::Version(version));
    }
    let packages = raw.root.iter().chain(&raw.package);
    Ok(Lockfile {
        version,
        packages: packages
            .map(|package| locked(text, package, &raw.metadata))
            .collect::<Result<_, _>>()?,
    })
}

fn locked(
    text: &str,
    raw: &RawPackage,
    metadata: &BTreeMap<String, Spanned<toml::Value>>,
) -> Result<LockedPackage, LockfileError> {
    let refuse = |rule: String| LockfileError::Package {
        package: format!("{} {}", raw.name.escape_debug(), raw.version.escape_debug()),
        rule,
    };
    let name = CrateName::parse(&raw.name).map_err(|error| refuse(error.to_string()))?;
    let version = Version::parse(&raw.version).map_err(|error| refuse(error.to_string()))?;
    let written_source = raw.source.as_ref().map(|source| source.get_ref().as_str());
    let source = match written_source {
        None => LockedSource::Path,
        Some(source) if source.starts_with("registry+") || source.starts_with("sparse+") => {
            LockedSource::Registry(source.to_owned())
        }
        Some(source) => LockedSource::Elsewhere(source.to_owned()),
    };
    let written = match (&raw.checksum, written_source) {
        (Some(checksum), _) => Some((checksum.get_ref().as_str(), checksum.span())),
        (None, Some(source)) => {
            let key = format!("checksum {} {} ({source})", raw.name, raw.version);
            let value = metadata.get(&key);
            value.and_then(|value| Some((value.get_ref().as_str()?, value.span())))
        }
        (None, None) => None,
    };
    let checksum_at = match &written {
        Some((_, at)) => Some(ChecksumAt::Value(at.clone())),
        // The first version has a table for it, whose order is cargo's affair.
        None if metadata.keys().any(|key| key.starts_with("checksum ")) => None,
        None => raw
            .source
            .as_ref()
            .and_then(|source| line_after(text, source.span().end)),
    };
    let written = written.filter(|(checksum, _)| *checksum != NO_CHECKSUM);
    let checksum = written.map(|(hex, _)| Checksum::parse(hex)).transpose();
    Ok(LockedPackage {
        name,
        version,
        source,
        checksum: checksum.map_err(|error| refuse(error.to_string()))?,
        dependencies: raw
            .dependencies
            .iter()
            .filter_map(|text| dependency(text))
            .collect(),
        checksum_at,
    })
}

/// The end of the line of a source, unless something else stands on it.
fn line_after(text: &str, source: usize) -> Option<ChecksumAt> {
    let rest = text.get(source..)?;
    let line = rest.split(['\r', '\n']).next()?;
    let is_end = line.trim_start().is_empty() || line.trim_start().starts_with('#');
    is_end.then(|| ChecksumAt::After(source + line.len()))
}

/// Reads `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`; what no crate could be called
/// is passed over.
fn dependency(text: &str) -> Option<(CrateName, Option<Version>)> {
    let mut words = text.split(' ');
    let name = CrateName::parse(words.next()?).ok()?;
    let version = words.next().and_then(|text| Version::parse(text).ok());
    Some((name, version))
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| text.get(..span.start));
    before.unwrap_or_default().matches('\n').count() + 1
}
