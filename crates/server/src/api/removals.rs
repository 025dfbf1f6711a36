//! What is missing from a mirror's upstream, and the word that it is gone.
//!
//! Only for who may write, the list too: what vanished is nobody else's business.

use super::name;
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::{MissingName, Surface};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// What is accepted: these names, or all that are missing if there are none.
#[derive(Deserialize)]
struct Accepted {
    names: Vec<String>,
}

#[derive(Serialize)]
struct Answer {
    names: Vec<MissingName>,
}

/// `GET /{registry}/api/v1/missing`
pub(crate) async fn missing(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.administrator(&registry, &headers)?;
    let registry = registry_alone(&app, &registry, &headers)?;
    let names = app.federation.missing(&registry)?;
    Ok(respond::json(&Answer { names }))
}

/// `POST /{registry}/api/v1/accept-removals`
pub(crate) async fn accept(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&registry, &headers)?;
    let registry = registry_alone(&app, &registry, &headers)?;
    let body = upload::json(&headers, body).await?;
    let invalid = |error| Problem::Invalid(format!("the body must be {{\"names\": […]}}: {error}"));
    let accepted: Accepted = serde_json::from_slice(&body).map_err(invalid)?;
    let names = accepted.names.iter().map(|text| name(text));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let names = app
        .federation
        .accept_removals(&actor, &registry, &names)
        .await?;
    Ok(respond::json(&Answer { names }))
}

fn registry_alone(app: &App, name: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(name, headers)? {
        Surface::Registry(registry) => Ok(registry),
        Surface::View(_) | Surface::Face { .. } => Err(Problem::Invalid(format!(
            "`{name}` is a view; what vanished is accepted for the mirror that shows it"
        ))),
    }
}
