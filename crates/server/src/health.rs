//! Two questions of whoever runs the server: does it live, may it get requests.

use crate::app::App;
use crate::respond::{self, Routed, TextProblem};
use axum::extract::State;

/// `GET /healthz`: the process answers. Restart it if this fails.
pub(crate) async fn alive() -> Routed {
    respond::text("ok\n")
}

/// `GET /readyz`: requests may be sent here, because the store can be read and written.
///
/// An upstream that is silent does not make a server unready: what is held is served.
pub(crate) async fn ready(State(app): State<App>) -> Result<Routed, TextProblem> {
    app.federation.ready().await?;
    Ok(respond::text("ready\n"))
}
