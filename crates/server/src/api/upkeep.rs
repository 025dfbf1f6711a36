//! `/api/v1/upkeep`: examinations and tidying up of what is kept, while serving.
//!
//! `POST` begins one, `GET` tells how it goes and how the last one ended. It is for who
//! may change everything.

use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::State;
use crossdock_registry::Job;
use http::HeaderMap;
use serde::Deserialize;
use std::time::Duration;

/// What is to be done.
#[derive(Deserialize)]
#[serde(tag = "job", rename_all = "kebab-case")]
enum Wanted {
    Fsck { repair: bool },
    Gc { grace_secs: u64, dry_run: bool },
}

/// `GET /api/v1/upkeep`
pub(crate) async fn told(State(app): State<App>, headers: HeaderMap) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    Ok(respond::json(&app.federation.upkeep()))
}

/// `POST /api/v1/upkeep`
pub(crate) async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let body = upload::json(&headers, body).await?;
    let job = match super::read(&body)? {
        Wanted::Fsck { repair } => Job::Fsck { repair },
        Wanted::Gc {
            grace_secs,
            dry_run,
        } => Job::Gc {
            grace: Duration::from_secs(grace_secs),
            dry_run,
        },
    };
    app.federation.begin_upkeep(job)?;
    Ok(respond::json(&app.federation.upkeep()))
}
