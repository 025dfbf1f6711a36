//! `PUT /{surface}/api/v1/crates/batch`: releases come in together, all or none.
//!
//! The format is this project's own (`crossdock_wire::publish_batch`). Who may publish
//! is asked before a byte of the body is read.

use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_registry::BatchCrate;
use crossdock_wire::api::PublishWarnings;
use http::HeaderMap;
use serde::Serialize;

/// The answer to a batch.
#[derive(Serialize)]
struct BatchAnswer {
    /// What became of each release, in the order in which they were sent.
    crates: Vec<BatchCrate>,
    /// All warnings, as a single publish has them.
    warnings: PublishWarnings,
}

/// Takes releases and answers with what became of each.
pub(crate) async fn publish(
    State(app): State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let admitted = upload::admitted(&app.access, &surface, &headers, body).await?;
    let (bearer, surface, body) = admitted;
    // The room is held until the releases are in, because their bytes are in memory.
    let (body, _room) = upload::batch(&app.upload_room, &headers, body).await?;
    let crates = match app.federation.publish_batch(&surface, body, &bearer).await {
        Ok(crates) => crates,
        Err(refused) => return Ok(respond::batch_refused(&refused)),
    };
    let told = |one: &BatchCrate| {
        let (name, vers) = (one.name.clone(), one.vers.clone());
        let told = move |warning: &String| format!("{name} {vers}: {warning}");
        one.warnings.iter().map(told).collect::<Vec<_>>()
    };
    let warnings = PublishWarnings {
        other: crates.iter().flat_map(told).collect(),
        ..PublishWarnings::default()
    };
    Ok(respond::json(&BatchAnswer { crates, warnings }))
}
