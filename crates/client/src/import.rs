//! Copying releases into a hosted registry: planned, then done one by one.
//!
//! Absent: what may be copied, which the server decides.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::{Deserialize, Serialize};

/// What is to be copied.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// The registry or view that has it.
    pub from: String,
    /// The crate's name there.
    pub name: String,
    /// An exact version or a requirement; all that are not yanked if nothing is said.
    pub versions: Option<String>,
    /// The copy's name, if it is to be another.
    #[serde(rename = "as")]
    pub rename: Option<String>,
    /// Whether the copies may come among releases that are not from the same crate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub into_existing: bool,
}

/// What became, or will become, of one release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    /// The copy's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The registry that the original is from.
    pub from: String,
    /// `planned`, `imported`, `already-there` or `failed`.
    pub outcome: String,
    /// The version that was minted for it, if the target had other content under that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minted: Option<String>,
    /// What a publisher should know.
    pub warnings: Vec<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Serialize)]
struct Body<'i> {
    #[serde(flatten)]
    import: &'i Import,
    dry_run: bool,
}

/// Asks which releases would be copied into `to`.
///
/// # Errors
/// [`AskError`].
pub async fn plan(server: &Server, to: &str, import: &Import) -> Result<Vec<Imported>, AskError> {
    ask(server, to, import, true).await
}

/// Copies one of the planned releases into `to`.
///
/// # Errors
/// [`AskError`].
pub async fn one(
    server: &Server,
    to: &str,
    import: &Import,
    version: &str,
) -> Result<Vec<Imported>, AskError> {
    let versions = Some(version.to_owned());
    let import = Import {
        versions,
        ..import.clone()
    };
    ask(server, to, &import, false).await
}

async fn ask(
    server: &Server,
    to: &str,
    import: &Import,
    dry_run: bool,
) -> Result<Vec<Imported>, AskError> {
    let path = [to, "api", "v1", "import"];
    let body = Body { import, dry_run };
    server.send(Method::POST, &path, &body).await
}
