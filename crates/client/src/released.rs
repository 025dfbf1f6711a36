//! Releases that a server has: the rows of a name, and archives, verified.
//!
//! Absent: which of them is meant, and what is done with them.

use crate::server::{AskError, Server};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::{index_path, publish_body};
use serde::Deserialize;

/// Longest index file that is read, in bytes: the longest of crates.io have some 15 MB.
const INDEX_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Longest config.json that is read, in bytes: it has two addresses.
const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// A release that a registry or view has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The crate's name as it was published.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// SHA-256 of its archive.
    pub checksum: Checksum,
    /// Whether new locks avoid it.
    pub yanked: bool,
}

/// Why a release is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum ReleasedError {
    /// The server does not give it.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// There is nothing of this name at the server.
    #[error("the server has no registry or view `{0}`")]
    NoSurface(String),
    /// There is no such version.
    #[error("`{surface}` has no {name} {version}; it has {}", versions.join(", "))]
    NoVersion {
        /// The registry or view.
        surface: String,
        /// The crate.
        name: CrateName,
        /// The version that was asked for.
        version: Version,
        /// Those there are.
        versions: Vec<String>,
    },
    /// The bytes are others than the row promises: never used.
    #[error("the archive of {name} {version} has checksum {found}, its row says {promised}")]
    Checksum {
        /// The crate.
        name: CrateName,
        /// Its version.
        version: Version,
        /// What came.
        found: Checksum,
        /// What should have come.
        promised: Checksum,
    },
}

/// The fields of a row that are used here.
#[derive(Deserialize)]
struct Row {
    name: String,
    vers: String,
    cksum: String,
    #[serde(default)]
    yanked: bool,
}

/// Lists the releases of a name in a registry or view; none if it has no such crate.
///
/// # Errors
/// [`AskError`], but for [`AskError::Absent`].
pub async fn releases(
    server: &Server,
    surface: &str,
    name: &CrateName,
) -> Result<Vec<Released>, AskError> {
    let path = index_path::path(&name.index_name());
    let mut segments = vec![surface, "index"];
    segments.extend(path.split('/'));
    let file = match server.bytes(&segments, INDEX_BYTES_MAX).await {
        Err(AskError::Absent { .. }) => return Ok(Vec::new()),
        other => other?,
    };
    // A row that cannot be read is one that cargo would pass over, too.
    let rows = file.split(|byte| *byte == b'\n').filter_map(read);
    Ok(rows.collect())
}

fn read(line: &[u8]) -> Option<Released> {
    let row: Row = serde_json::from_slice(line).ok()?;
    Some(Released {
        name: CrateName::parse(&row.name).ok()?,
        version: Version::parse(&row.vers).ok()?,
        checksum: Checksum::parse(&row.cksum).ok()?,
        yanked: row.yanked,
    })
}

/// Finds one version of a name.
///
/// # Errors
/// [`ReleasedError::NoVersion`] with those there are, or [`ReleasedError::Ask`].
pub async fn release(
    server: &Server,
    surface: &str,
    name: &CrateName,
    version: &Version,
) -> Result<Released, ReleasedError> {
    let mut releases = releases(server, surface, name).await?;
    if releases.is_empty() {
        let config = [surface, "index", "config.json"];
        if let Err(AskError::Absent { .. }) = server.bytes(&config, CONFIG_BYTES_MAX).await {
            return Err(ReleasedError::NoSurface(surface.to_owned()));
        }
    }
    match releases.iter().position(|it| it.version == *version) {
        Some(found) => Ok(releases.swap_remove(found)),
        None => Err(ReleasedError::NoVersion {
            surface: surface.to_owned(),
            name: name.clone(),
            version: version.clone(),
            versions: match releases.is_empty() {
                true => vec!["no such crate".to_owned()],
                false => releases.iter().map(|it| it.version.to_string()).collect(),
            },
        }),
    }
}

/// Fetches the archive of a release.
///
/// # Errors
/// [`ReleasedError::Checksum`] if the bytes are others, or [`ReleasedError::Ask`].
pub async fn archive(
    server: &Server,
    surface: &str,
    release: &Released,
) -> Result<Vec<u8>, ReleasedError> {
    let (version, sum) = (release.version.to_string(), release.checksum.to_string());
    let segments = [surface, "dl", release.name.as_str(), &version, &sum];
    let bytes_max = publish_body::Limits::default().archive_bytes_max;
    let bytes = server.bytes(&segments, bytes_max).await?;
    match Checksum::of(&bytes) {
        found if found == release.checksum => Ok(bytes),
        found => Err(ReleasedError::Checksum {
            name: release.name.clone(),
            version: release.version.clone(),
            found,
            promised: release.checksum,
        }),
    }
}
