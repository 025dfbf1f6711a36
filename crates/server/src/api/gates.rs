//! `/{view}/api/v1/gates`, `…/approve`, `…/waive`: what a view lets through.
//!
//! The list is for whoever reads the view: it says why a build stops and who can
//! help. Deciding is for who administers the view; asking for an approval for whoever
//! reads it and shows a token.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::access::Act;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::{Approving, Surface};
use http::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// `GET /{view}/api/v1/gates`
pub(crate) async fn list(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let view = view_of(&app, &view, &headers)?;
    Ok(respond::json(&app.federation.gate_report(&view).await?))
}

/// Releases, or the lock that names them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    #[serde(default)]
    releases: Vec<String>,
    lock: Option<String>,
    #[serde(default)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Approve,
    Revoke,
    Request,
}

/// `POST /{view}/api/v1/approve`
pub(crate) async fn approve(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(&headers)?;
    let view = view_of(&app, &view, &headers)?;
    let body = upload::lock(&headers, body).await?;
    let asked: Approve = parsed(&body)?;
    let action = match asked.action {
        Action::Approve => Approving::Approve,
        Action::Revoke => Approving::Revoke,
        Action::Request => Approving::Request,
    };
    let federation = &app.federation;
    if action != Approving::Request {
        federation.allow(&bearer, Act::Administer(&view))?;
    }
    let actor = bearer.actor().clone();
    let answer = match asked.lock {
        Some(lock) if asked.releases.is_empty() && action == Approving::Approve => {
            federation.approve_lock(&actor, &view, &lock).await?
        }
        Some(_) => {
            let why = "a lock is approved as a whole, without other releases";
            return Err(Problem::Invalid(why.to_owned()).into());
        }
        None => {
            let releases = &asked.releases;
            federation.approve(&actor, &view, action, releases).await?
        }
    };
    Ok(respond::json(&answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Waive {
    release: String,
    gate: String,
    reason: String,
    expires: String,
}

/// `POST /{view}/api/v1/waive`
pub(crate) async fn waive(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let asked: Waive = parsed(&upload::json(&headers, body).await?)?;
    let terms = (&*asked.gate, &*asked.reason, &*asked.expires);
    let waived = app.federation.waive(&actor, &view, &asked.release, terms);
    Ok(respond::json(&waived.await?))
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::Invalid(error.to_string()))
}

fn view_of(app: &App, view: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(view, headers)? {
        Surface::View(view) => Ok(view),
        Surface::Registry(_) | Surface::Face { .. } => Err(Problem::NoSuchPath),
    }
}
