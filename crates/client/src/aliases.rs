//! The aliases of a view and the releases that go without them, told to a person.
//!
//! Absent: why a release goes without, which the server knows.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
struct Report {
    left_alone: Vec<LeftAlone>,
}

#[derive(Clone, Debug, Deserialize)]
struct LeftAlone {
    krate: String,
    version: String,
    dependency: String,
    why: String,
}

/// Asks for the aliases of `view`.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: &str) -> Result<Value, AskError> {
    server.ask(&[view, "api", "v1", "aliases"], &[]).await
}

/// Tells the releases that depend on an aliased name all the same, a line each.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn left_alone(report: &Value) -> Result<Vec<String>, serde_json::Error> {
    let report = Report::deserialize(report)?;
    let told = report.left_alone.into_iter().map(|release| {
        let LeftAlone {
            krate,
            version,
            dependency,
            why,
        } = release;
        format!("{krate} {version} keeps its dependency on {dependency}: {why}")
    });
    Ok(told.collect())
}
