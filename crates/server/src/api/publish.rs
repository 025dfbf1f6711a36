//! `PUT /{surface}/api/v1/crates/new`: a release comes in.
//!
//! Absent: several at once (`batch.rs`). Whether somebody may publish at all is asked
//! before a byte of the body is read, whether this crate once its name is.

use crate::app::App;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_wire::api::{PublishAnswer, PublishWarnings};
use http::HeaderMap;

/// Takes a release and answers with what its publisher should know.
pub(crate) async fn publish(
    State(app): State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let admitted = upload::admitted(&app.access, &surface, &headers, body).await?;
    let (bearer, surface, body) = admitted;
    // The room is held until the release is in, because its bytes are in memory.
    let (body, _room) = upload::publish(&app.upload_room, &headers, body).await?;
    let published = app.federation.publish(&surface, body, &bearer).await?;
    Ok(respond::json(&PublishAnswer {
        warnings: PublishWarnings {
            other: published.warnings,
            ..PublishWarnings::default()
        },
    }))
}
