//! `/{registry}/api/v1/retire` and `/{registry}/api/v1/purge`: an upstream is not asked
//! any more, a release is not given any more.

use super::ownership::{read, registry_of};
use super::{name, version};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::decision::Words;
use http::HeaderMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurgeRequest {
    name: String,
    version: String,
    reason: String,
}

/// `POST /{registry}/api/v1/retire`
pub(crate) async fn retire(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&registry, &headers)?;
    let registry = registry_of(&app, &registry, &headers)?;
    Ok(respond::json(
        &app.federation.retire(&registry, &actor).await?,
    ))
}

/// `POST /{registry}/api/v1/purge`
pub(crate) async fn purge(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&registry, &headers)?;
    let registry = registry_of(&app, &registry, &headers)?;
    let request: PurgeRequest = read(&upload::json(&headers, body).await?)?;
    let reason = Words::parse(&request.reason)
        .map_err(|error| Problem::Invalid(format!("the reason {error}")))?;
    let (krate, version) = (name(&request.name)?, version(&request.version)?);
    let done = app
        .federation
        .purge(&registry, &krate, &version, reason, &actor)
        .await?;
    Ok(respond::json(&done))
}
