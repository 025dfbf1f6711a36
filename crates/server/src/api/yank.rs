//! `DELETE …/yank` and `PUT …/unyank`: a release is avoided, or no longer.

use super::{name, version};
use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::{Path, State};
use crossdock_wire::api::OkAnswer;
use http::HeaderMap;

type Release = Path<(String, String, String)>;

/// `DELETE /{surface}/api/v1/crates/{name}/{version}/yank`
pub(crate) async fn yank(
    State(app): State<App>,
    release: Release,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    set(&app, release, &headers, true).await
}

/// `PUT /{surface}/api/v1/crates/{name}/{version}/unyank`
pub(crate) async fn unyank(
    State(app): State<App>,
    release: Release,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    set(&app, release, &headers, false).await
}

async fn set(
    app: &App,
    Path((surface, krate, release)): Release,
    headers: &HeaderMap,
    yanked: bool,
) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(headers)?;
    let surface = app.access.surface(&surface, headers)?;
    let (krate, release) = (name(&krate)?, version(&release)?);
    app.federation
        .set_yanked(&surface, &krate, &release, yanked, &bearer)
        .await?;
    Ok(respond::json(&OkAnswer { ok: true }))
}
