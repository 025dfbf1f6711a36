//! `/{view}/api/v1/explain/…` and `/{view}/api/v1/conflicts`: why a view says what
//! it says.

use super::{name as parse_name, version as parse_version};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::{Path, State};
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Surface;
use http::HeaderMap;

/// `GET /{view}/api/v1/explain/{name}`
pub(crate) async fn name(
    State(app): State<App>,
    Path((view, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    explain(&app, &view, &name, None, &headers).await
}

/// `GET /{view}/api/v1/explain/{name}/{version}`
pub(crate) async fn release(
    State(app): State<App>,
    Path((view, name, version)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    explain(&app, &view, &name, Some(&version), &headers).await
}

async fn explain(
    app: &App,
    view: &str,
    name: &str,
    version: Option<&str>,
    headers: &HeaderMap,
) -> Result<Routed, ApiProblem> {
    let view = readable_view(app, view, headers)?;
    let name = parse_name(name)?;
    let version = version.map(parse_version).transpose()?;
    let explanation = app
        .federation
        .explain(&view, &name, version.as_ref())
        .await?;
    Ok(respond::json(&explanation))
}

/// `GET /{view}/api/v1/conflicts`
pub(crate) async fn conflicts(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let view = readable_view(&app, &view, &headers)?;
    Ok(respond::json(&app.federation.conflicts(&view).await?))
}

fn readable_view(app: &App, view: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(view, headers)? {
        Surface::View(view) => Ok(view),
        Surface::Registry(_) | Surface::Face { .. } => Err(Problem::NoSuchPath),
    }
}
