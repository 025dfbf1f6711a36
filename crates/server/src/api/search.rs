//! `GET /{surface}/api/v1/crates?q=…`: what crates are there.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use crossdock_wire::api::{FoundCrate, SearchAnswer, SearchMeta};
use http::HeaderMap;
use serde::Deserialize;

/// Most crates of a page. Cargo Book, "Registry Web API", Search: "per_page: Number
/// of results, default 10, max 100".
const PER_PAGE_MAX: usize = 100;

/// The default of the same place.
const PER_PAGE: usize = 10;

/// The query string.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    per_page: Option<usize>,
    page: Option<usize>,
}

/// Answers a search among the crates that the surface shows.
pub(crate) async fn search(
    State(app): State<App>,
    Path(surface): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let Query(asked) = asked.map_err(|error| Problem::Invalid(refused(&error)))?;
    let per_page = asked.per_page.unwrap_or(PER_PAGE).clamp(1, PER_PAGE_MAX);
    let page = asked.page.unwrap_or(1).max(1);
    let found = app
        .federation
        .search(&surface, &asked.q, per_page, page)
        .await?;
    let krates = found.crates.into_iter().map(|krate| FoundCrate {
        name: krate.name,
        max_version: krate.max_version,
        description: krate.description,
    });
    Ok(respond::json(&SearchAnswer {
        crates: krates.collect(),
        meta: SearchMeta {
            total: u32::try_from(found.total).unwrap_or(u32::MAX),
        },
    }))
}

/// Adds what is allowed to the words of the parser, which name the parameter.
fn refused(error: &QueryRejection) -> String {
    format!(
        "{}; `per_page` is a number from 1 to {PER_PAGE_MAX}, {PER_PAGE} if it is not given, \
         and `page` one from 1",
        error.body_text()
    )
}
