//! `/{surface}/api/v1/snapshots`: epochs get names, and are listed.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::epoch::When;
use crossdock_core::registry_name::RegistryName;
use http::HeaderMap;
use serde::Deserialize;

/// What is to be named how.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    /// An epoch, a time or another snapshot; the latest epoch if nothing is said.
    at: Option<String>,
}

/// `GET /{surface}/api/v1/snapshots`
pub(crate) async fn list(
    State(app): State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    Ok(respond::json(&app.federation.snapshots(surface.scope())))
}

/// `POST /{surface}/api/v1/snapshots`
pub(crate) async fn make(
    State(app): State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&surface, &headers)?;
    let surface = app.access.surface(&surface, &headers)?;
    let body = upload::json(&headers, body).await?;
    let wanted: Wanted = super::read(&body)?;
    let invalid = |error: &dyn std::fmt::Display| Problem::Invalid(error.to_string());
    let name = RegistryName::parse(&wanted.name).map_err(|_| {
        let name = wanted.name.escape_debug();
        Problem::Invalid(format!("`{name:.80}` cannot name a snapshot: use 1 to 63 of a-z, 0-9 and `-`, with a letter in it and not starting with `-`"))
    })?;
    let when = wanted.at.as_deref().map(When::parse).transpose();
    let when = when.map_err(|error| invalid(&error))?;
    let made = app
        .federation
        .snapshot(&actor, surface.scope(), &name, when.as_ref());
    Ok(respond::json(&made.await?))
}
