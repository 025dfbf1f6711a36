//! Two questions of whoever runs the server: does it live, may it get requests.

use crate::app::App;
use crate::respond::{self, Routed, TextProblem};
use axum::extract::State;
use http::HeaderMap;

/// `GET /healthz`: the process answers. Restart it if this fails.
pub(crate) async fn alive() -> Routed {
    respond::text("ok\n")
}

/// `GET /readyz`: requests may be sent here, because the store can be read and written.
///
/// An upstream that is silent does not make a server unready: what is held is served.
/// Nor does a settings file that is not applied yet, a policy that differs from the one on record, a claim that contradicts a
/// record, or a mirror of what cannot be mirrored; all are told, in words only to who administers the server, because names
/// of crates and members are in them.
pub(crate) async fn ready(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Routed, TextProblem> {
    app.federation.ready().await?;
    let reports = app.federation.unsettled_policies().await?;
    let unfit = app.federation.unfit_mirrors();
    let pending = match &app.settings {
        Some(settings) => settings.pending().await,
        None => None,
    };
    let mut text = "ready\n".to_owned();
    if app.access.writer(&headers).is_err() {
        if !reports.is_empty() || pending.is_some() {
            text += "the policy needs a look; show the token to read why\n";
        }
        if !unfit.is_empty() {
            text += "a mirror needs a look; show the token to read why\n";
        }
        return Ok(respond::told(text));
    }
    if let Some(pending) = pending {
        text += &format!("{pending}\n");
    }
    for (mirror, why) in unfit {
        text += &format!("mirror {mirror}: {why}\n");
    }
    for report in reports {
        let view = &report.view;
        let mut tell = |what: &str, lines: &[String]| {
            for line in lines {
                text += &format!("view {view}: {what}{line}\n");
            }
        };
        tell("differs from the policy on record: ", &report.difference);
        tell("contradicts a decision: ", &report.contradictions);
        tell("", &report.contradicted_claims);
    }
    Ok(respond::told(text))
}
