//! Which path means what.
//!
//! Registries and views share the first segment with a handful of words of our
//! own, which no registry can be called. Paths arrive here plain (`path.rs`), so
//! what a pattern captures is printable ASCII without slashes.
//!
//! | path | file |
//! |---|---|
//! | `/{r}/index/…`, `/{v}/from/{m}/index/…` | `index.rs` |
//! | `/{r}/dl/…`, `/{v}/from/{m}/dl/…` | `download.rs` |
//! | `/{r}/api/v1/crates…` | `api/publish.rs`, `batch.rs`, `yank.rs`, `owners.rs`, `search.rs`, `krate.rs` |
//! | `/{v}/api/v1/explain/…`, `/{v}/api/v1/conflicts` | `api/explain.rs` |
//! | `/{v}/api/v1/aliases`, `/{v}/api/v1/overlays…` | `api/aliases.rs`, `api/overlays.rs` |
//! | `/{r}/api/v1/import` | `api/import.rs` |
//! | `/{v}/api/v1/gates`, `approve`, `waive` | `api/gates.rs` |
//! | `/{v}/api/v1/transfer`, `reassign`, `policy` | `api/ownership.rs`, `api/policy.rs` |
//! | `/{r}/api/v1/retire`, `purge` | `api/withdraw.rs` |
//! | `/{r}/api/v1/missing`, `/{r}/api/v1/accept-removals` | `api/removals.rs` |
//! | `/api/v1/setup`, `/api/v1/apply`, `/api/v1/alarms`, `/api/v1/egress`, `/api/v1/stats` | `api/setup.rs`, `apply.rs`, `alarms.rs`, `egress.rs`, `stats.rs` |
//! | `/api/v1/backup…`, `/api/v1/upkeep` | `api/backup.rs`, `upkeep.rs` |
//! | `/api/v1/me`, `users…`, `teams…`, `tokens…` | `api/accounts.rs` |
//! | `/`, `/healthz`, `/readyz`, `/metrics` | `page.rs`, `health.rs`, `metrics.rs` |

use crate::api::{
    accounts, alarms, aliases, apply, backup, batch, egress, explain, freeze, gates, import, krate,
    overlays, owners, ownership, policy, publish, removals, search, setup, snapshots, stats, sync,
    upkeep, withdraw, yank,
};
use crate::app::App;
use crate::problem::Problem;
use crate::respond::{ApiProblem, Routed, TextProblem};
use crate::{at, download, health, index, metrics, page};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::IntoResponse;
use axum::routing::{delete, get, post, put};
use http::Uri;

/// Returns the routes over `app`.
pub(crate) fn router(app: App) -> Router {
    let krates = Router::new()
        .route("/", get(search::search))
        .route("/new", put(publish::publish).get(krate::called_new))
        .route("/batch", put(batch::publish).get(krate::called_batch))
        .route("/{name}", get(krate::krate))
        .route("/{name}/{version}", get(krate::version))
        .route("/{name}/{version}/download", get(krate::download))
        .route("/{name}/{version}/yank", delete(yank::yank))
        .route("/{name}/{version}/unyank", put(yank::unyank))
        .route(
            "/{name}/owners",
            get(owners::list).put(owners::add).delete(owners::remove),
        );
    Router::new()
        .route("/", get(page::page))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/api/v1/setup", get(setup::setup))
        .route("/api/v1/apply", get(apply::told).post(apply::apply))
        .route("/api/v1/egress", get(egress::egress))
        .route("/api/v1/stats", get(stats::stats))
        .route("/api/v1/backup", get(backup::standing))
        .route("/api/v1/backup/facts/{after}", get(backup::facts))
        .route("/api/v1/backup/archives", get(backup::archives))
        .route("/api/v1/backup/archives/{checksum}", get(backup::archive))
        .route("/api/v1/upkeep", get(upkeep::told).post(upkeep::begin))
        .route("/api/v1/me", get(accounts::me))
        .route(
            "/api/v1/users",
            get(accounts::users).post(accounts::add_user),
        )
        .route("/api/v1/users/{name}", delete(accounts::remove_user))
        .route(
            "/api/v1/teams",
            get(accounts::teams).post(accounts::make_team),
        )
        .route("/api/v1/teams/{name}", delete(accounts::remove_team))
        .route(
            "/api/v1/teams/{team}/members/{user}",
            put(accounts::join).delete(accounts::leave),
        )
        .route(
            "/api/v1/tokens",
            get(accounts::tokens).post(accounts::issue),
        )
        .route("/api/v1/tokens/{id}", delete(accounts::revoke))
        .route("/{surface}/index/{*rest}", get(index::of_surface))
        .route("/{view}/from/{member}/index/{*rest}", get(index::of_face))
        .route(
            "/{surface}/dl/{name}/{version}/{checksum}",
            get(download::of_surface),
        )
        .route(
            "/{view}/from/{member}/dl/{name}/{version}/{checksum}",
            get(download::of_face),
        )
        .route(
            "/{surface}/at/{when}/index/{*rest}",
            get(at::index_of_surface),
        )
        .route(
            "/{view}/at/{when}/from/{member}/index/{*rest}",
            get(at::index_of_face),
        )
        .route(
            "/{surface}/at/{when}/dl/{name}/{version}/{checksum}",
            get(at::download_of_surface),
        )
        .route(
            "/{view}/at/{when}/from/{member}/dl/{name}/{version}/{checksum}",
            get(at::download_of_face),
        )
        .route("/{surface}/api/v1/at/{when}", get(at::told))
        .route(
            "/{surface}/api/v1/snapshots",
            get(snapshots::list).post(snapshots::make),
        )
        .route(
            "/{view}/api/v1/freeze",
            get(freeze::told).post(freeze::freeze),
        )
        .route("/{view}/api/v1/thaw", post(freeze::thaw))
        .route("/{registry}/api/v1/sync", get(sync::held).post(sync::sync))
        .nest("/{surface}/api/v1/crates", krates)
        .route("/{view}/api/v1/explain/{name}", get(explain::name))
        .route(
            "/{view}/api/v1/explain/{name}/{version}",
            get(explain::release),
        )
        .route("/{view}/api/v1/conflicts", get(explain::conflicts))
        .route("/{view}/api/v1/aliases", get(aliases::list))
        .route("/{registry}/api/v1/missing", get(removals::missing))
        .route("/{registry}/api/v1/accept-removals", post(removals::accept))
        .route("/api/v1/alarms", get(alarms::list))
        .route("/{view}/api/v1/gates", get(gates::list))
        .route("/{view}/api/v1/approve", post(gates::approve))
        .route("/{view}/api/v1/waive", post(gates::waive))
        .route("/{registry}/api/v1/import", post(import::import))
        .route("/{view}/api/v1/overlays", get(overlays::list))
        .route("/{view}/api/v1/overlays/accept", post(overlays::accept))
        .route("/{view}/api/v1/overlays/rebase", post(overlays::rebase))
        .route("/{view}/api/v1/transfer", post(ownership::transfer))
        .route("/{view}/api/v1/reassign", post(ownership::reassign))
        .route(
            "/{view}/api/v1/policy",
            get(policy::in_force).post(policy::compare),
        )
        .route("/{surface}/api/v1/retire", post(withdraw::retire))
        .route("/{surface}/api/v1/purge", post(withdraw::purge))
        .fallback(async |uri: Uri| problem_at(uri.path(), Problem::NoSuchPath))
        .method_not_allowed_fallback(async |uri: Uri| {
            problem_at(uri.path(), Problem::MethodNotAllowed)
        })
        // Bodies are bounded by `upload.rs`, each to its own size.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}

/// Tells a problem in the form that readers of `path` expect.
pub(crate) fn problem_at(path: &str, problem: Problem) -> Routed {
    if path.split('/').take(3).any(|segment| segment == "api") {
        ApiProblem(problem).into_response()
    } else {
        TextProblem(problem).into_response()
    }
}
