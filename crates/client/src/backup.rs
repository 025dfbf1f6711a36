//! What a server gives for a backup: facts and archives.
//!
//! Absent: what is made of them; facts come as bytes whose form others know.

use crate::server::{AskError, Server};
use serde::Deserialize;

/// Longest answer with facts: a page ends soon after 16 MiB of texts.
const FACTS_BYTES_MAX: usize = 1 << 30;

/// Longest archive.
const ARCHIVE_BYTES_MAX: usize = 1 << 30;

/// Whose ledger it is, and how long.
#[derive(Debug, Deserialize)]
pub struct Standing {
    /// The name of the installation.
    pub installation: String,
    /// The position of the last fact.
    pub position: u64,
}

/// One archive that is kept.
#[derive(Debug, Deserialize)]
pub struct Archive {
    /// Its checksum.
    pub checksum: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was kept.
    pub kept: String,
}

#[derive(Deserialize)]
struct Listed {
    archives: Vec<Archive>,
}

/// Asks whose ledger it is.
///
/// # Errors
/// [`AskError`].
pub async fn standing(server: &Server) -> Result<Standing, AskError> {
    server.ask(&["api", "v1", "backup"], &[]).await
}

/// Asks for facts after a position.
///
/// # Errors
/// [`AskError`].
pub async fn facts(server: &Server, after: u64) -> Result<Vec<u8>, AskError> {
    let after = after.to_string();
    let path = ["api", "v1", "backup", "facts", &after];
    server.bytes(&path, FACTS_BYTES_MAX).await
}

/// Asks which archives there are after a checksum.
///
/// # Errors
/// [`AskError`].
pub async fn archives(server: &Server, after: Option<&str>) -> Result<Vec<Archive>, AskError> {
    let after: Vec<_> = after.map(|after| ("after", after)).into_iter().collect();
    let path = ["api", "v1", "backup", "archives"];
    let listed: Listed = server.ask(&path, &after).await?;
    Ok(listed.archives)
}

/// Asks for an archive; absent is `None`.
///
/// # Errors
/// [`AskError`].
pub async fn archive(server: &Server, checksum: &str) -> Result<Option<Vec<u8>>, AskError> {
    let path = ["api", "v1", "backup", "archives", checksum];
    match server.bytes(&path, ARCHIVE_BYTES_MAX).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(AskError::Absent { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
