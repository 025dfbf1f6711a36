//! `GET /api/v1/stats`: what is kept how, and what that saves.
//!
//! For whoever may read every surface: it tells the names of registries.

use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::State;
use crossdock_registry::Compacted;
use http::HeaderMap;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    /// Absent where archives are never packed.
    archives: Option<Compacted>,
}

/// Answers with all that is counted.
pub(crate) async fn stats(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.reader_of_all(&headers)?;
    let archives = app.federation.compacted();
    Ok(respond::json(&Answer { archives }))
}
