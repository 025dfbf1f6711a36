//! `GET /api/v1/setup?view=V`: what a project's cargo configuration has to say.
//!
//! Read by `crossdock setup`. Without `view` the first view by name is meant that
//! the asker may read; the others are listed in the answer.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use crossdock_registry::Surface;
use http::HeaderMap;
use serde::Deserialize;

/// The query string.
#[derive(Deserialize)]
pub(crate) struct Asked {
    view: Option<String>,
}

/// Answers with what `crossdock setup` writes.
pub(crate) async fn setup(
    State(app): State<App>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let Query(asked) = asked.map_err(|error| Problem::Invalid(error.body_text()))?;
    let surface = match asked.view {
        Some(view) => app.access.surface(&view, &headers)?,
        None => first_view(&app, &headers)?,
    };
    let Surface::View(view) = surface else {
        let rule = "`view` must name a view; registries are set up through one";
        return Err(Problem::Invalid(rule.to_owned()).into());
    };
    let mut setup = app.federation.setup(&view).ok_or(Problem::NoSuchPath)?;
    setup
        .views
        .retain(|view| app.access.surface(view, &headers).is_ok());
    Ok(respond::json(&setup))
}

/// Finds the first view that a request may read, or says why there is none.
fn first_view(app: &App, headers: &HeaderMap) -> Result<Surface, Problem> {
    let mut refused = Problem::NoSuchPath;
    for view in app.federation.configuration().views.keys() {
        match app.access.surface(view.as_str(), headers) {
            Ok(surface) => return Ok(surface),
            Err(problem) => refused = problem,
        }
    }
    Err(refused)
}
