//! Sparse indexes, when memory has no answer: of registries, views and faces.
//!
//! Cargo Book, "Registry Index", Sparse protocol. A file that is in memory and
//! fresh was answered by `door.rs`; here the federation is asked.

use crate::app::App;
use crate::door::index_answer;
use crate::problem::Problem;
use crate::respond::{self, Routed, TextProblem};
use axum::extract::{Path, State};
use crossdock_registry::Surface;
use crossdock_wire::index_path;
use http::HeaderMap;

/// `GET /{surface}/index/{rest}`
pub(crate) async fn of_surface(
    State(app): State<App>,
    Path((surface, rest)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    file(&app, &surface, &rest, headers).await
}

/// `GET /{view}/from/{member}/index/{rest}`
pub(crate) async fn of_face(
    State(app): State<App>,
    Path((view, member, rest)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.face(&view, &member, &headers)?;
    file(&app, &surface, &rest, headers).await
}

async fn file(
    app: &App,
    surface: &Surface,
    rest: &str,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let readers = app.access.readers_of(surface);
    if rest == "config.json" {
        let config = app.federation.config_json(surface);
        return Ok(respond::config(config, readers));
    }
    let name = index_path::parse(rest).ok_or(Problem::NoSuchPath)?;
    let file = app.federation.read_index(surface, &name).await?;
    Ok(index_answer(headers, &file, readers).map(Into::into))
}
