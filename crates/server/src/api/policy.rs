//! `/{view}/api/v1/policy`: the policy that is in force, and a file held against it.

use super::ownership::view_of;
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::policy_text;
use crossdock_registry::PolicyReport;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    policy: String,
}

#[derive(Serialize)]
struct PolicyAnswer {
    policy: Option<String>,
}

/// A file's policy against what is in force.
#[derive(Serialize)]
struct Compared {
    #[serde(flatten)]
    report: PolicyReport,
    /// What it would do to names and locks, though it can be applied.
    consequences: Vec<String>,
    /// The registries that were retired, of whatever view: they stay mirrors.
    retired: Vec<String>,
}

/// `GET /{view}/api/v1/policy`
pub(crate) async fn in_force(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let _actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let policy = app.federation.policy_in_force(&view).await?;
    Ok(respond::json(&PolicyAnswer { policy }))
}

/// `POST /{view}/api/v1/policy`: says what would change, and changes nothing.
pub(crate) async fn compare(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let _actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let body: PolicyBody = super::ownership::read(&upload::json(&headers, body).await?)?;
    let policy =
        policy_text::decode(&body.policy).map_err(|error| Problem::Invalid(error.to_string()))?;
    if policy.view != view {
        return Err(
            Problem::Invalid(format!("the policy is that of view `{}`", policy.view)).into(),
        );
    }
    Ok(respond::json(&Compared {
        report: app.federation.policy_report(&policy).await?,
        consequences: app.federation.consequences(&policy),
        retired: app.federation.retired(),
    }))
}
