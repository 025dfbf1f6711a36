//! The overlaid crates of a view: asked for, accepted, rebased, told to a person.
//!
//! Absent: what follows from it, which the server decides.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Deserialize)]
struct Overlaid {
    name: String,
    releases: BTreeMap<String, String>,
    not_shown: BTreeMap<String, String>,
}

/// Asks for the overlaid crates of `view`.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: &str) -> Result<Value, AskError> {
    server.ask(&[view, "api", "v1", "overlays"], &[]).await
}

/// Accepts a newer release of a crate's owner, and with `later` all that follow.
///
/// # Errors
/// [`AskError`].
pub async fn accept(
    server: &Server,
    view: &str,
    name: &str,
    version: &str,
    later: bool,
) -> Result<Value, AskError> {
    let path = [view, "api", "v1", "overlays", "accept"];
    let body = json!({ "name": name, "version": version, "later": later });
    server.send(Method::POST, &path, &body).await
}

/// Lets the newest patched release of a crate replace the earlier ones.
///
/// # Errors
/// [`AskError`].
pub async fn rebase(server: &Server, view: &str, name: &str) -> Result<Value, AskError> {
    let path = [view, "api", "v1", "overlays", "rebase"];
    server
        .send(Method::POST, &path, &json!({ "name": name }))
        .await
}

/// Tells the overlaid crates as text.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(report: &Value) -> Result<String, serde_json::Error> {
    let mut lines = Vec::new();
    for krate in Vec::<Overlaid>::deserialize(report)? {
        lines.push(krate.name);
        let shown = krate.releases.iter();
        lines.extend(shown.map(|(version, what)| format!("  {version}  {what}")));
        let hidden = krate.not_shown.iter();
        lines.extend(hidden.map(|(version, why)| format!("  {version}  is not shown: {why}")));
    }
    if lines.is_empty() {
        lines.push("no crate is overlaid".to_owned());
    }
    Ok(lines.join("\n"))
}
