//! `GET /api/v1/setup?view=V`: what a project's cargo configuration has to say.
//!
//! Read by `crossdock setup`. Without `view` the first view of the settings is meant that
//! the asker may read; the others are listed in the answer.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use crossdock_core::registry_name::RegistryName;
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
    let view = match surface {
        Surface::View(view) => view,
        Surface::Registry(registry)
        | Surface::Face {
            member: registry, ..
        } => {
            return Err(Problem::Invalid(of_registry(&app, &registry, &headers)).into());
        }
    };
    let mut setup = app.federation.setup(&view).ok_or(Problem::NoSuchPath)?;
    setup
        .views
        .retain(|view| app.access.surface(view, &headers).is_ok());
    setup
        .hosted
        .retain(|hosted| app.access.surface(&hosted.name, &headers).is_ok());
    Ok(respond::json(&setup))
}

/// Says through which views a registry is set up, as far as the asker may read them.
fn of_registry(app: &App, registry: &RegistryName, headers: &HeaderMap) -> String {
    let configuration = app.federation.configuration();
    let views = configuration.views_of(registry).map(|policy| &policy.view);
    let views: Vec<_> = views
        .filter(|view| app.access.surface(view.as_str(), headers).is_ok())
        .map(RegistryName::to_string)
        .collect();
    match views.is_empty() {
        true => format!(
            "`{registry}` is a registry, not a view, and no view shows it; \
             make it a member of one: [views.NAME] members = [\"{registry}\", …]"
        ),
        false => format!(
            "`{registry}` is a registry, not a view; it is set up through a view that shows it: \
             --view {}",
            views.join(" or --view ")
        ),
    }
}

/// Finds the first view that a request may read, or says why there is none.
fn first_view(app: &App, headers: &HeaderMap) -> Result<Surface, Problem> {
    let mut refused = Problem::NoSuchPath;
    let views = &app.federation.configuration().views;
    let mut in_order: Vec<_> = views.iter().collect();
    in_order.sort_by_key(|(_, view)| view.place);
    for (view, _) in in_order {
        match app.access.surface(view.as_str(), headers) {
            Ok(surface) => return Ok(surface),
            Err(problem) => refused = problem,
        }
    }
    Err(refused)
}
