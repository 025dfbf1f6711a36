//! `GET /api/v1/egress`: what left for other registries, and why it was allowed to.
//!
//! For the bearer of the admin token only, since it tells names, private ones that
//! left on evidence too.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use crossdock_core::pattern::NamePattern;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Departed, EgressQuestion};
use crossdock_registry::{Refusal, RefusalKind};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

/// Sums in an answer where nothing is said; a cold build leaves some six hundred.
const LIMIT: usize = 1000;

/// Most sums in an answer, at some 200 bytes each.
const LIMIT_MAX: usize = 50_000;

/// The query string.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    registry: Option<String>,
    name: Option<String>,
    since: Option<String>,
    limit: Option<usize>,
}

/// One sum as it is told.
#[derive(Serialize)]
struct Told {
    registry: String,
    kind: &'static str,
    /// As it was sent; null for `config.json`.
    name: Option<String>,
    reason: &'static str,
    /// The crate whose row depends on the name: of that registry where the row is the
    /// evidence, of any where it is the reason.
    dependent: Option<String>,
    first: String,
    last: String,
    count: u64,
}

/// Answers with what left, latest first.
pub(crate) async fn egress(
    State(app): State<App>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let Query(asked) = asked.map_err(|error| Problem::Invalid(error.body_text()))?;
    let question = question(asked)?;
    let departed = app.egress.departed(&question).await;
    let departed = departed.map_err(Refusal::from)?;
    // What left for a registry that is no longer in the settings is told all the same.
    if let Some(named) = question.registry.filter(|_| departed.is_empty()) {
        is_registry(&app, &named)?;
    }
    Ok(respond::json(
        &departed.into_iter().map(told).collect::<Vec<_>>(),
    ))
}

/// Refuses a name that is no registry's: nothing left for it is no answer.
fn is_registry(app: &App, named: &RegistryName) -> Result<(), Refusal> {
    let configuration = app.federation.configuration();
    if configuration.registries.contains_key(named) {
        return Ok(());
    }
    let is_view = match configuration.views.contains_key(named) {
        true => ", that is a view; name one of its members",
        false => "",
    };
    let there: Vec<_> = configuration
        .registries
        .keys()
        .map(|name| format!("`{name}`"))
        .collect();
    Err(Refusal::new(
        RefusalKind::Absent,
        format!(
            "there is no registry `{named}`{is_view}; registries are {}",
            there.join(", ")
        ),
    ))
}

fn question(asked: Asked) -> Result<EgressQuestion, Problem> {
    let invalid = |error: &dyn std::fmt::Display| Problem::Invalid(error.to_string());
    let registry = asked.registry.as_deref().map(RegistryName::parse);
    let name = asked.name.as_deref().map(NamePattern::parse);
    let since = asked.since.as_deref().map(Timestamp::parse);
    if asked.limit == Some(0) {
        let why =
            format!("`limit` is a number from 1 to {LIMIT_MAX}; 0 would look as if nothing left");
        return Err(Problem::Invalid(why));
    }
    Ok(EgressQuestion {
        registry: registry.transpose().map_err(|error| invalid(&error))?,
        name: name.transpose().map_err(|error| invalid(&error))?,
        since: since.transpose().map_err(|error| invalid(&error))?,
        limit: asked.limit.unwrap_or(LIMIT).min(LIMIT_MAX),
    })
}

fn told(departed: Departed) -> Told {
    Told {
        registry: departed.registry.to_string(),
        kind: departed.kind.word(),
        reason: departed.reason.word(),
        dependent: departed.reason.dependent().map(ToString::to_string),
        name: Some(departed.name).filter(|name| !name.is_empty()),
        first: departed.first.to_string(),
        last: departed.last.to_string(),
        count: departed.count,
    }
}
