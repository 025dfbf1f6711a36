//! `/{surface}/api/v1/crates/{name}…`: about one crate, as tools ask for it.
//!
//! Cargo itself asks none of these; `cargo info` reads the index. What is held is
//! told at once; of a crate that is not, the index is read first, under the same
//! rules as any build would.

use super::{name as parse_name, version as parse_version};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use axum::extract::{Path, State};
use crossdock_registry::{KrateInfo, Refusal, RefusalKind, Surface};
use crossdock_wire::api::krate::{Krate, KrateAnswer, KrateVersion, VersionAnswer};
use http::HeaderMap;

/// `GET /{surface}/api/v1/crates/{name}`
pub(crate) async fn krate(
    State(app): State<App>,
    Path((surface, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let info = known(&app, &surface, &name).await?;
    Ok(respond::json(&described(&surface, &info)))
}

/// `GET /{surface}/api/v1/crates/new`: the path of publishing is also that of a
/// crate called `new`.
pub(crate) async fn called_new(
    app: State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    krate(app, Path((surface, "new".to_owned())), headers).await
}

/// `GET /{surface}/api/v1/crates/batch`: likewise of a crate called `batch`.
pub(crate) async fn called_batch(
    app: State<App>,
    Path(surface): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    krate(app, Path((surface, "batch".to_owned())), headers).await
}

type Release = Path<(String, String, String)>;

/// `GET /{surface}/api/v1/crates/{name}/{version}`
pub(crate) async fn version(
    State(app): State<App>,
    Path((surface, name, version)): Release,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let info = known(&app, &surface, &name).await?;
    let version = release(&surface, &info, &version)?;
    Ok(respond::json(&VersionAnswer { version }))
}

/// `GET /{surface}/api/v1/crates/{name}/{version}/download`: says where the archive
/// is (Cargo Book, "Registry Index", Index Configuration: the default of `dl`).
pub(crate) async fn download(
    State(app): State<App>,
    Path((surface, name, version)): Release,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let surface = app.access.surface(&surface, &headers)?;
    let info = known(&app, &surface, &name).await?;
    let version = release(&surface, &info, &version)?;
    // From `api/v1/crates/NAME/VERSION/` back to the surface, whatever prefix a
    // proxy has put before it.
    let archive = format!(
        "../../../../../dl/{}/{}/{}",
        info.name, version.num, version.checksum
    );
    Ok(respond::elsewhere(&archive)?)
}

async fn known(app: &App, surface: &Surface, name: &str) -> Result<KrateInfo, Problem> {
    let name = parse_name(name)?;
    match app.federation.krate(surface, &name).await {
        Err(Refusal {
            kind: RefusalKind::Absent,
            ..
        }) => {
            app.federation
                .read_index(surface, &name.index_name())
                .await?;
            Ok(app.federation.krate(surface, &name).await?)
        }
        held => Ok(held?),
    }
}

fn release(surface: &Surface, info: &KrateInfo, version: &str) -> Result<KrateVersion, Problem> {
    let version = parse_version(version)?.to_string();
    let found = versions(surface, info).find(|release| release.num == version);
    found.ok_or_else(|| {
        let absent = format!("crate `{}` has no version {version}", info.name);
        Refusal::new(RefusalKind::Absent, absent).into()
    })
}

fn described(surface: &Surface, info: &KrateInfo) -> KrateAnswer {
    let text = |field: &str| info.metadata.get(field)?.as_str().map(str::to_owned);
    let keywords = info
        .metadata
        .get("keywords")
        .and_then(|list| list.as_array());
    let keywords = keywords.into_iter().flatten();
    let newest = info
        .versions
        .iter()
        .max_by_key(|release| &release.created_at);
    KrateAnswer {
        krate: Krate {
            id: info.name.clone(),
            name: info.name.clone(),
            description: text("description"),
            homepage: text("homepage"),
            documentation: text("documentation"),
            repository: text("repository"),
            keywords: keywords
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
            max_version: info.max_version.clone(),
            newest_version: newest.map(|release| release.num.clone()),
        },
        versions: versions(surface, info).collect(),
    }
}

fn versions(surface: &Surface, info: &KrateInfo) -> impl Iterator<Item = KrateVersion> {
    let path = format!("/{}/api/v1/crates/{}", surface.path(), info.name);
    info.versions.iter().map(move |release| KrateVersion {
        krate: info.name.clone(),
        num: release.num.clone(),
        dl_path: format!("{path}/{}/download", release.num),
        checksum: release.checksum.clone(),
        yanked: release.yanked,
        created_at: release.created_at.clone(),
        rust_version: release.rust_version.clone(),
    })
}
