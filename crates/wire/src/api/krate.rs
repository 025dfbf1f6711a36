//! What is known of one crate, in the shape of crates.io's answers.
//!
//! The Cargo Book knows none of these; tools made for crates.io ask for them.
//! Fields that we have nothing to say about are left out, not invented.

use serde::Serialize;

/// The answer to `GET /api/v1/crates/{name}`.
#[derive(Clone, Debug, Serialize)]
pub struct KrateAnswer {
    /// About the crate.
    #[serde(rename = "crate")]
    pub krate: Krate,
    /// Its versions, newest first.
    pub versions: Vec<KrateVersion>,
}

/// The answer to `GET /api/v1/crates/{name}/{version}`.
#[derive(Clone, Debug, Serialize)]
pub struct VersionAnswer {
    /// About the version.
    pub version: KrateVersion,
}

/// About a crate.
#[derive(Clone, Debug, Serialize)]
pub struct Krate {
    /// The name again; crates.io's key.
    pub id: String,
    /// The name as published.
    pub name: String,
    /// What the newest publish says of it; null where nothing is known.
    pub description: Option<String>,
    /// As above.
    pub homepage: Option<String>,
    /// As above.
    pub documentation: Option<String>,
    /// As above.
    pub repository: Option<String>,
    /// As above; empty where nothing is known.
    pub keywords: Vec<String>,
    /// The highest version that is not yanked, else the highest.
    pub max_version: String,
    /// The version published last.
    pub newest_version: Option<String>,
}

/// About a version.
#[derive(Clone, Debug, Serialize)]
pub struct KrateVersion {
    /// The crate's name as published.
    #[serde(rename = "crate")]
    pub krate: String,
    /// The version.
    pub num: String,
    /// Where the archive is, as a path on this host.
    pub dl_path: String,
    /// SHA-256 of the archive, in hex.
    pub checksum: String,
    /// Whether new resolutions avoid it.
    pub yanked: bool,
    /// When it was published.
    pub created_at: Option<String>,
    /// The oldest Rust it declares to build with.
    pub rust_version: Option<String>,
}
