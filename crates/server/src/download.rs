//! Archives, when memory has none: of registries, views and faces.
//!
//! The path carries the checksum, so that one address means one content for ever
//! and a rebuilt version does not hide behind an old one.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, Routed, TextProblem};
use axum::extract::{Path, State};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_registry::Surface;
use http::HeaderMap;

/// `GET /{surface}/dl/{name}/{version}/{checksum}`
pub(crate) async fn of_surface(
    State(app): State<App>,
    Path((surface, name, version, checksum)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    archive(&app, &surface, [&name, &version, &checksum]).await
}

/// `GET /{view}/from/{member}/dl/{name}/{version}/{checksum}`
pub(crate) async fn of_face(
    State(app): State<App>,
    Path((view, member, name, version, checksum)): Path<(String, String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.face(&view, &member, &headers)?;
    archive(&app, &surface, [&name, &version, &checksum]).await
}

async fn archive(
    app: &App,
    surface: &Surface,
    [name, version, checksum]: [&str; 3],
) -> Result<Routed, TextProblem> {
    // What is no name, version or checksum cannot be the address of anything.
    let name = CrateName::parse(name).map_err(|_| Problem::NoSuchPath)?;
    let version = Version::parse(version).map_err(|_| Problem::NoSuchPath)?;
    let checksum = Checksum::parse(checksum).map_err(|_| Problem::NoSuchPath)?;
    let bytes = app
        .federation
        .fetch_crate(surface, &name, &version, &checksum)
        .await?;
    let readers = app.access.readers_of(surface);
    Ok(respond::archive(HeaderMap::new(), bytes, readers).map(Into::into))
}
