//! `/{view}/api/v1/transfer` and `/{view}/api/v1/reassign`: a name gets another owner.

use super::name;
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Surface;
use http::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    name: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReassignRequest {
    name: String,
    to: String,
    #[serde(default)]
    breaks_locks: bool,
}

/// `POST /{view}/api/v1/transfer`
pub(crate) async fn transfer(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let request: TransferRequest = read(&upload::json(&headers, body).await?)?;
    let (from, to) = (member(&request.from)?, member(&request.to)?);
    let done = app
        .federation
        .transfer(&view, &name(&request.name)?, &from, &to, &actor)
        .await?;
    Ok(respond::json(&done))
}

/// `POST /{view}/api/v1/reassign`; without `breaks_locks` it says what would break.
pub(crate) async fn reassign(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let request: ReassignRequest = read(&upload::json(&headers, body).await?)?;
    let (krate, to) = (name(&request.name)?, member(&request.to)?);
    let report = app
        .federation
        .reassign(&view, &krate, &to, request.breaks_locks, &actor)
        .await?;
    Ok(respond::json(&report))
}

/// Finds the view that a path names.
pub(super) fn view_of(app: &App, view: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(view, headers)? {
        Surface::View(view) => Ok(view),
        Surface::Registry(_) | Surface::Face { .. } => Err(Problem::Invalid(format!(
            "`{view}` is a registry; name a view"
        ))),
    }
}

/// Finds the registry that a path names.
pub(super) fn registry_of(
    app: &App,
    registry: &str,
    headers: &HeaderMap,
) -> Result<RegistryName, Problem> {
    match app.access.surface(registry, headers)? {
        Surface::Registry(registry) => Ok(registry),
        Surface::View(_) | Surface::Face { .. } => Err(Problem::Invalid(format!(
            "`{registry}` is a view; name a registry"
        ))),
    }
}

/// Reads a JSON body; the text of a refusal names what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::Invalid(format!("the body: {error}")))
}

fn member(text: &str) -> Result<RegistryName, Problem> {
    RegistryName::parse(text).map_err(|error| Problem::Invalid(error.to_string()))
}
