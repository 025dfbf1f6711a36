//! Views that stand still, and names of epochs: asked for and told.
//!
//! Absent: how a view is read as of an epoch, which the server does.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Named {
    name: String,
    epoch: u64,
    made: String,
    by: String,
}

#[derive(Deserialize)]
struct Frozen {
    frozen: bool,
    epoch: Option<u64>,
    except: Vec<String>,
}

/// Names an epoch of a view or registry: the one at a moment, or the latest.
///
/// # Errors
/// [`AskError`].
pub async fn snapshot(
    server: &Server,
    scope: &str,
    name: &str,
    at: Option<&str>,
) -> Result<Value, AskError> {
    let body = json!({ "name": name, "at": at });
    let segments = [scope, "api", "v1", "snapshots"];
    server.send(Method::POST, &segments, &body).await
}

/// Lists the snapshots of a view or registry, oldest first.
///
/// # Errors
/// [`AskError`].
pub async fn snapshots(server: &Server, scope: &str) -> Result<Vec<Value>, AskError> {
    server.ask(&[scope, "api", "v1", "snapshots"], &[]).await
}

/// Freezes a view at a moment, or at the latest epoch, but for some names.
///
/// # Errors
/// [`AskError`].
pub async fn freeze(
    server: &Server,
    view: &str,
    at: Option<&str>,
    except: &[String],
) -> Result<Value, AskError> {
    let body = json!({ "at": at, "except": except });
    let segments = [view, "api", "v1", "freeze"];
    server.send(Method::POST, &segments, &body).await
}

/// Asks whether a view stands still, and where.
///
/// # Errors
/// [`AskError`].
pub async fn stands(server: &Server, view: &str) -> Result<Value, AskError> {
    server.ask(&[view, "api", "v1", "freeze"], &[]).await
}

/// Lets a view move again; answers how it stood.
///
/// # Errors
/// [`AskError`].
pub async fn thaw(server: &Server, view: &str) -> Result<Value, AskError> {
    let segments = [view, "api", "v1", "thaw"];
    server.send(Method::POST, &segments, &json!({})).await
}

/// Tells a snapshot in a line.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_snapshot(snapshot: &Value) -> Result<String, serde_json::Error> {
    let Named {
        name,
        epoch,
        made,
        by,
    } = Named::deserialize(snapshot)?;
    Ok(format!("{name}: epoch {epoch}, named {made} by {by}"))
}

/// Tells how a view stands; nothing if it moves.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told_frozen(frozen: &Value) -> Result<Option<String>, serde_json::Error> {
    let Frozen {
        frozen,
        epoch,
        except,
    } = Frozen::deserialize(frozen)?;
    let but = match except.is_empty() {
        true => String::new(),
        false => format!(", but for {}", except.join(", ")),
    };
    let epoch = epoch.filter(|_| frozen);
    Ok(epoch.map(|epoch| format!("epoch {epoch}{but}")))
}
