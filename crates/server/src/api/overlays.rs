//! `/{view}/api/v1/overlays…`: what overlays do in a view, and what people say of it.
//!
//! That a patch exists may tell of a hole that is not public, so the list is for
//! those who may write.

use super::{name as parse_name, version as parse_version};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Surface;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// What is accepted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    name: String,
    version: String,
    #[serde(default)]
    later: bool,
}

/// What is rebased.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rebase {
    name: String,
}

/// What it was rebased onto.
#[derive(Serialize)]
struct Rebased {
    name: String,
    onto: String,
}

/// What was accepted.
#[derive(Serialize)]
struct Accepted {
    name: String,
    version: String,
    later: bool,
}

/// `GET /{view}/api/v1/overlays`
pub(crate) async fn list(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.administrator(&view, &headers)?;
    let view = a_view(&app, &view, &headers)?;
    Ok(respond::json(&app.federation.overlay_report(&view).await?))
}

/// `POST /{view}/api/v1/overlays/accept`
pub(crate) async fn accept(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Accept>, JsonRejection>,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = a_view(&app, &view, &headers)?;
    let Json(asked) = body.map_err(|error| Problem::Invalid(error.body_text()))?;
    let (name, version) = (parse_name(&asked.name)?, parse_version(&asked.version)?);
    let later = asked.later;
    app.federation
        .accept_overlaid(&actor, &view, &name, &version, later)
        .await?;
    let (name, version) = (name.to_string(), version.to_string());
    Ok(respond::json(&Accepted {
        name,
        version,
        later,
    }))
}

/// `POST /{view}/api/v1/overlays/rebase`
pub(crate) async fn rebase(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Rebase>, JsonRejection>,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = a_view(&app, &view, &headers)?;
    let Json(asked) = body.map_err(|error| Problem::Invalid(error.body_text()))?;
    let name = parse_name(&asked.name)?;
    let onto = app.federation.rebase_overlay(&actor, &view, &name).await?;
    let (name, onto) = (name.to_string(), onto.to_string());
    Ok(respond::json(&Rebased { name, onto }))
}

fn a_view(app: &App, view: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(view, headers)? {
        Surface::View(view) => Ok(view),
        Surface::Registry(_) | Surface::Face { .. } => Err(Problem::NoSuchPath),
    }
}
