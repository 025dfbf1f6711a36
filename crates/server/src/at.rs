//! Indexes and archives as they were at a moment.
//!
//! `/{surface}/at/{when}/…` and `/{view}/at/{when}/from/{member}/…`, where `when` is an
//! epoch, a snapshot's name or a time. Rows there keep the addresses of the live faces,
//! and clients get here by replacing sources, so that no lock mentions a date.
//!
//! A numbered epoch never changes, so caches may keep it; a time or a name means one
//! epoch as well, but only this server knows which.

use crate::app::App;
use crate::caching;
use crate::door::index_answer;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed, TextProblem};
use axum::extract::{Path, State};
use crossdock_core::checksum::Checksum;
use crossdock_core::epoch::{Moment, When};
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_registry::{Refusal, RefusalKind, Surface};
use crossdock_wire::index_path;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use serde::Serialize;

/// A moment as it is told.
#[derive(Serialize)]
struct Told {
    epoch: u64,
    time: String,
}

/// `GET /{surface}/at/{when}/index/{rest}`
pub(crate) async fn index_of_surface(
    State(app): State<App>,
    Path((surface, when, rest)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    file(&app, &surface, &when, &rest, headers).await
}

/// `GET /{view}/at/{when}/from/{member}/index/{rest}`
pub(crate) async fn index_of_face(
    State(app): State<App>,
    Path((view, when, member, rest)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.face(&view, &member, &headers)?;
    file(&app, &surface, &when, &rest, headers).await
}

/// `GET /{surface}/at/{when}/dl/{name}/{version}/{checksum}`
pub(crate) async fn download_of_surface(
    State(app): State<App>,
    Path((surface, when, name, version, checksum)): Path<(String, String, String, String, String)>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    archive(&app, &surface, &when, [&name, &version, &checksum]).await
}

type FaceRelease = Path<(String, String, String, String, String, String)>;

/// `GET /{view}/at/{when}/from/{member}/dl/{name}/{version}/{checksum}`
pub(crate) async fn download_of_face(
    State(app): State<App>,
    Path((view, when, member, name, version, checksum)): FaceRelease,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let surface = app.access.face(&view, &member, &headers)?;
    archive(&app, &surface, &when, [&name, &version, &checksum]).await
}

/// `GET /{surface}/api/v1/at/{when}`: which epoch that is.
pub(crate) async fn told(
    State(app): State<App>,
    Path((surface, when)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let (_, moment) = meant(&app, &surface, &when).await?;
    Ok(respond::json(&Told {
        epoch: moment.epoch,
        time: moment.time.to_string(),
    }))
}

async fn file(
    app: &App,
    surface: &Surface,
    when: &str,
    rest: &str,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    let (meant, moment) = meant(app, surface, when).await?;
    let readers = app.access.readers_of(surface);
    if rest == "config.json" {
        let config = app.federation.config_json_at(surface, when);
        return Ok(respond::config(config, readers));
    }
    let name = index_path::parse(rest).ok_or(Problem::NoSuchPath)?;
    let file = app.federation.read_index_at(surface, &name, moment).await?;
    let mut answer: Routed = index_answer(headers, &file, readers).map(Into::into);
    if let When::Epoch(_) = meant {
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, caching::immutable(readers));
    }
    Ok(answer)
}

async fn archive(
    app: &App,
    surface: &Surface,
    when: &str,
    [name, version, checksum]: [&str; 3],
) -> Result<Routed, TextProblem> {
    let (_, moment) = meant(app, surface, when).await?;
    let name = CrateName::parse(name).map_err(|_| Problem::NoSuchPath)?;
    let version = Version::parse(version).map_err(|_| Problem::NoSuchPath)?;
    let checksum = Checksum::parse(checksum).map_err(|_| Problem::NoSuchPath)?;
    let wanted = (&name, &version, &checksum);
    let bytes = app
        .federation
        .fetch_crate_at(surface, wanted, moment)
        .await?;
    let readers = app.access.readers_of(surface);
    Ok(respond::archive(HeaderMap::new(), bytes, readers).map(Into::into))
}

/// Finds the moment that a path means; what is none has no address.
async fn meant(app: &App, surface: &Surface, when: &str) -> Result<(When, Moment), Problem> {
    let when = When::parse(when).map_err(|error| Refusal::new(RefusalKind::Absent, error))?;
    let moment = app.federation.moment(surface.scope(), &when).await?;
    Ok((when, moment))
}
