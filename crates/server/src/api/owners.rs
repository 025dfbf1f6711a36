//! `…/owners`: who may publish updates of a crate.
//!
//! Cargo sends a token for the list too, but whoever may read the surface may see
//! it. An owner is a user or `team:NAME`, at once. Absent: invitations.

use super::name;
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::actor::Actor;
use crossdock_wire::api::{OkMessage, OwnersAnswer, OwnersRequest};
use http::HeaderMap;

type Krate = Path<(String, String)>;

/// `GET /{surface}/api/v1/crates/{name}/owners`
pub(crate) async fn list(
    State(app): State<App>,
    Path((surface, krate)): Krate,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let owners = app.federation.owners(&surface, &name(&krate)?).await?;
    let logins = owners.iter().map(Actor::as_str);
    Ok(respond::json(&OwnersAnswer::of(logins)))
}

/// `PUT /{surface}/api/v1/crates/{name}/owners`
pub(crate) async fn add(
    State(app): State<App>,
    krate: Krate,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    change(&app, krate, &headers, body, Direction::Add).await
}

/// `DELETE /{surface}/api/v1/crates/{name}/owners`
pub(crate) async fn remove(
    State(app): State<App>,
    krate: Krate,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    change(&app, krate, &headers, body, Direction::Remove).await
}

/// What happens to the owners that a request names.
#[derive(Clone, Copy)]
enum Direction {
    Add,
    Remove,
}

async fn change(
    app: &App,
    Path((surface, krate)): Krate,
    headers: &HeaderMap,
    body: Body,
    direction: Direction,
) -> Result<Routed, ApiProblem> {
    let bearer = app.access.bearer(headers)?;
    let surface = app.access.surface(&surface, headers)?;
    let krate = name(&krate)?;
    let named = logins(&upload::json(headers, body).await?)?;
    let (add, remove): (&[Actor], &[Actor]) = match direction {
        Direction::Add => (&named, &[]),
        Direction::Remove => (&[], &named),
    };
    let owners = app
        .federation
        .change_owners(&surface, &krate, add, remove, &bearer)
        .await?;
    let owners: Vec<&str> = owners.iter().map(Actor::as_str).collect();
    Ok(respond::json(&OkMessage {
        ok: true,
        msg: format!("of `{krate}` from now on: {}", owners.join(", ")),
    }))
}

fn logins(body: &[u8]) -> Result<Vec<Actor>, Problem> {
    let invalid = |error: &dyn std::fmt::Display| Problem::Invalid(error.to_string());
    let request: OwnersRequest = serde_json::from_slice(body)
        .map_err(|error| invalid(&format!("the body must be {{\"users\": […]}}: {error}")))?;
    let actors = request.users.iter().map(|login| Actor::parse(login));
    actors
        .collect::<Result<_, _>>()
        .map_err(|error| invalid(&error))
}
