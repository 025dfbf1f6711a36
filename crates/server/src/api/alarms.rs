//! `GET /api/v1/alarms`: what somebody should look at.
//!
//! Only for who may write: alarms name crates of every registry, closed ones too.

use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::State;
use crossdock_registry::Alarm;
use http::HeaderMap;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    alarms: Vec<Alarm>,
    /// How many more found no room in the list.
    unlisted: u64,
}

/// Answers with all alarms.
pub(crate) async fn list(State(app): State<App>, headers: HeaderMap) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let (alarms, unlisted) = app.federation.alarms().all();
    Ok(respond::json(&Answer { alarms, unlisted }))
}
