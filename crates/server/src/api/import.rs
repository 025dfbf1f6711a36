//! `POST /{registry}/api/v1/import`: copies releases of this server's registries.

use super::{name as parse_name, version as parse_version};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use crossdock_registry::{Import, Surface, Versions};
use http::HeaderMap;
use serde::Deserialize;

/// What is to be copied.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The registry or view that has it.
    from: String,
    name: String,
    /// An exact version, or a requirement.
    versions: Option<String>,
    #[serde(rename = "as")]
    rename: Option<String>,
    /// Whether the copies may come among releases of another crate.
    #[serde(default)]
    into_existing: bool,
    #[serde(default)]
    dry_run: bool,
}

/// `POST /{registry}/api/v1/import`
pub(crate) async fn import(
    State(app): State<App>,
    Path(registry): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Asked>, JsonRejection>,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&registry, &headers)?;
    let Surface::Registry(to) = app.access.surface(&registry, &headers)? else {
        return Err(Problem::NoSuchPath.into());
    };
    let Json(asked) = body.map_err(|error| Problem::Invalid(error.body_text()))?;
    // What is copied is shown to who reads the target, so it must be shown to who copies.
    let from = app.access.surface(&asked.from, &headers)?;
    let import = Import {
        from,
        name: parse_name(&asked.name)?,
        versions: asked.versions.as_deref().map(versions).transpose()?,
        rename: asked.rename.as_deref().map(parse_name).transpose()?,
        into_existing: asked.into_existing,
    };
    let imported = app
        .federation
        .import(&to, &import, &actor, asked.dry_run)
        .await?;
    Ok(respond::json(&imported))
}

fn versions(text: &str) -> Result<Versions, Problem> {
    if let Ok(version) = parse_version(text) {
        return Ok(Versions::Exactly(version));
    }
    let requirement = text.parse().map_err(|error| {
        Problem::Invalid(format!(
            "`{text}` is no version and no requirement: {error}"
        ))
    })?;
    Ok(Versions::Matching(requirement))
}
