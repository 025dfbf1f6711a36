//! `/api/v1/apply`: the settings file of the running server is put in force.
//!
//! For who may write: policies are what everybody builds with.
//!
//! Absent: what is compared and exchanged, which the program does.

use crate::app::App;
use crate::live_settings::{Applied, LiveSettings, Wanted};
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;

/// `POST /api/v1/apply`
pub(crate) async fn apply(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.writer(&headers)?;
    let wanted: Wanted = super::read(&upload::json(&headers, body).await?)?;
    let applied = settings(&app)?.apply(wanted, actor).await?;
    Ok(respond::json(&applied))
}

/// `GET /api/v1/apply`: whether requests are under way that began before the last one.
pub(crate) async fn told(State(app): State<App>, headers: HeaderMap) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    Ok(respond::json(&Applied {
        under_way: settings(&app)?.is_under_way(),
        ..Applied::default()
    }))
}

fn settings(app: &App) -> Result<&dyn LiveSettings, Problem> {
    app.settings.as_deref().ok_or(Problem::NoSuchPath)
}
