//! `/{registry}/api/v1/sync`: a mirror asks its upstream again for what it holds.
//!
//! For webhooks a `POST` without a body is enough. The list of what is held is for who
//! may write, since it tells what everybody uses.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Surface;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// Which names; all that are held if nothing is said.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    names: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Held {
    names: Vec<String>,
}

/// `GET /{registry}/api/v1/sync`: the names that are held.
pub(crate) async fn held(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.administrator(&registry, &headers)?;
    let registry = registry_alone(&app, &registry, &headers)?;
    let names = app.federation.held_names(&registry).await?;
    let names = names.iter().map(ToString::to_string).collect();
    Ok(respond::json(&Held { names }))
}

/// `POST /{registry}/api/v1/sync`
pub(crate) async fn sync(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    app.access.administrator(&registry, &headers)?;
    let registry = registry_alone(&app, &registry, &headers)?;
    let body = upload::json(&headers, body).await?;
    let wanted: Wanted = match body.is_empty() {
        true => Wanted::default(),
        false => super::read(&body)?,
    };
    let parse = |name: &String| IndexName::parse(&name.to_ascii_lowercase());
    let names: Option<Result<Vec<IndexName>, _>> =
        wanted.names.map(|names| names.iter().map(parse).collect());
    let names = names.transpose();
    let names = names.map_err(|error| Problem::Invalid(error.to_string()))?;
    let report = app.federation.sync(&registry, names.as_deref()).await?;
    Ok(respond::json(&report))
}

fn registry_alone(app: &App, name: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(name, headers)? {
        Surface::Registry(registry) => Ok(registry),
        Surface::View(_) | Surface::Face { .. } => Err(Problem::Invalid(format!(
            "`{name}` is a view; mirrors are brought up to date"
        ))),
    }
}
