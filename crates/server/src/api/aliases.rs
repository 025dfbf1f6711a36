//! `/{view}/api/v1/aliases`: which crates others provide, and who goes without.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::{Path, State};
use crossdock_registry::Surface;
use http::HeaderMap;

/// `GET /{view}/api/v1/aliases`
pub(crate) async fn list(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let Surface::View(view) = app.access.surface(&view, &headers)? else {
        return Err(Problem::NoSuchPath.into());
    };
    Ok(respond::json(&app.federation.alias_report(&view)?))
}
