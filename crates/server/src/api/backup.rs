//! `/api/v1/backup…`: what a backup is made of, for who may change everything.
//!
//! | path | answers with |
//! |---|---|
//! | `/api/v1/backup` | the installation's name, and the position of the last fact |
//! | `/api/v1/backup/facts/{after}` | some facts with their texts |
//! | `/api/v1/backup/archives?after=` | some archives, with their sizes and times |
//! | `/api/v1/backup/archives/{checksum}` | an archive |
//!
//! Absent: where a backup lies, which who asks knows alone.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::{Path, Query, State};
use crossdock_core::checksum::Checksum;
use crossdock_registry::ports::StoreError;
use crossdock_registry::{BackupSource as _, Refusal, RefusalKind, encode_facts};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Standing {
    installation: String,
    position: u64,
}

#[derive(Serialize)]
struct Listed {
    archives: Vec<Archive>,
}

#[derive(Serialize)]
struct Archive {
    checksum: String,
    bytes: u64,
    kept: String,
}

/// Where a listing goes on.
#[derive(Deserialize)]
pub(crate) struct After {
    after: Option<String>,
}

/// `GET /api/v1/backup`
pub(crate) async fn standing(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let standing = app.federation.backup_source().standing().await;
    let standing = standing.map_err(Refusal::from)?;
    Ok(respond::json(&Standing {
        installation: standing.installation,
        position: standing.position,
    }))
}

/// `GET /api/v1/backup/facts/{after}`
pub(crate) async fn facts(
    State(app): State<App>,
    Path(after): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let after = after.parse::<u64>();
    let after = after.map_err(|_| Problem::Invalid("a position is a number".to_owned()))?;
    let facts = app.federation.backup_source().facts(after).await;
    let facts = facts.map_err(Refusal::from)?;
    let encoded = tokio::task::spawn_blocking(move || encode_facts(&facts)).await;
    let encoded = encoded.map_err(|_| Refusal::interrupted("writing facts down"))?;
    Ok(respond::packed(encoded.into()))
}

/// `GET /api/v1/backup/archives`
pub(crate) async fn archives(
    State(app): State<App>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let after = after.as_deref().map(checksum).transpose()?;
    let stored = app.federation.backup_source().stored(after.as_ref()).await;
    let stored = stored.map_err(Refusal::from)?;
    let archives = stored.into_iter().map(|one| Archive {
        checksum: one.checksum.to_string(),
        bytes: one.bytes,
        kept: one.kept.to_string(),
    });
    Ok(respond::json(&Listed {
        archives: archives.collect(),
    }))
}

/// `GET /api/v1/backup/archives/{checksum}`
pub(crate) async fn archive(
    State(app): State<App>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    app.access.writer(&headers)?;
    let checksum = checksum(&text)?;
    let archive = app.federation.backup_source().archive(&checksum).await;
    match archive {
        Ok(Some(bytes)) => Ok(respond::packed(bytes)),
        Ok(None) => Err(Problem::NoSuchPath.into()),
        // It exists with other content: trying again would not help, as it would with
        // every other trouble of a store.
        Err(StoreError::Corrupt(why)) => Err(Refusal::new(RefusalKind::Exists, why).into()),
        Err(error) => Err(Refusal::from(error).into()),
    }
}

fn checksum(text: &str) -> Result<Checksum, Problem> {
    Checksum::parse(text).map_err(|error| Problem::Invalid(error.to_string()))
}
