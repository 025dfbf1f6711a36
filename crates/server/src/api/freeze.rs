//! `/{view}/api/v1/freeze` and `thaw`: a view stands still for the hour of an incident.

use crate::app::App;
use crate::problem::Problem;
use crate::respond::{self, ApiProblem, Routed};
use crate::upload;
use axum::body::Body;
use axum::extract::{Path, State};
use crossdock_core::epoch::When;
use crossdock_core::freeze::Frozen;
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::Surface;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a view is to be frozen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// An epoch, a time or a snapshot; the latest epoch if nothing is said.
    at: Option<String>,
    /// Names that are shown as they are all the same.
    #[serde(default)]
    except: Vec<String>,
}

/// How a view stands.
#[derive(Serialize)]
struct Told {
    frozen: bool,
    epoch: Option<u64>,
    except: Vec<String>,
}

/// `GET /{view}/api/v1/freeze`
pub(crate) async fn told(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let view = view_of(&app, &view, &headers)?;
    Ok(tell(app.federation.frozen(&view)))
}

/// `POST /{view}/api/v1/freeze`
pub(crate) async fn freeze(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    let body = upload::json(&headers, body).await?;
    let wanted: Wanted = super::read(&body)?;
    let invalid = |error: &dyn std::fmt::Display| Problem::Invalid(error.to_string());
    let when = wanted.at.as_deref().map(When::parse).transpose();
    let when = when.map_err(|error| invalid(&error))?;
    let except: Result<BTreeSet<NameKey>, _> =
        wanted.except.iter().map(|name| name.parse()).collect();
    let except = except.map_err(|error| invalid(&error))?;
    let frozen = app.federation.freeze(&actor, &view, when.as_ref(), except);
    Ok(tell(Some(frozen.await?)))
}

/// `POST /{view}/api/v1/thaw`; answers how the view stood before.
pub(crate) async fn thaw(
    State(app): State<App>,
    Path(view): Path<String>,
    headers: HeaderMap,
) -> Result<Routed, ApiProblem> {
    let actor = app.access.administrator(&view, &headers)?;
    let view = view_of(&app, &view, &headers)?;
    Ok(tell(app.federation.thaw(&actor, &view).await?))
}

fn view_of(app: &App, name: &str, headers: &HeaderMap) -> Result<RegistryName, Problem> {
    match app.access.surface(name, headers)? {
        Surface::View(view) => Ok(view),
        Surface::Registry(_) | Surface::Face { .. } => Err(Problem::Invalid(format!(
            "`{name}` is a registry; views are frozen"
        ))),
    }
}

fn tell(frozen: Option<Frozen>) -> Routed {
    respond::json(&Told {
        frozen: frozen.is_some(),
        epoch: frozen.as_ref().map(|frozen| frozen.epoch),
        except: frozen
            .iter()
            .flat_map(|frozen| &frozen.except)
            .map(ToString::to_string)
            .collect(),
    })
}
