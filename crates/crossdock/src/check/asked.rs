//! What `crossdock check` asks a server.
//!
//! Absent: what is told of the answers.

use crate::asked_server;
use crate::command_line::Denied;
use crate::other_server;
use crate::report::Failure;
use crate::settings::Settings;
use crossdock_client::alarms::{self, Alarms};
use crossdock_client::server::{AskError, Server};
use crossdock_client::setup::{self, SetupInfo};
use crossdock_client::{aliases, conflicts, gates, policy, standing};
use serde_json::Value;

/// What a server said.
#[derive(Default)]
pub(super) struct Asked {
    /// Of each view that the asker may read; nothing if no server answers.
    pub(super) views: Option<Vec<OfView>>,
    /// What should be looked at; nothing if that is not told to the asker.
    pub(super) alarms: Option<Alarms>,
    /// In what the server is another than the settings have.
    pub(super) differences: Vec<String>,
    /// The settings' policies against what is on record and was decided there.
    pub(super) policies: Vec<Value>,
    /// Retired registries that the settings have as something else than mirrors.
    pub(super) unretired: Vec<String>,
}

/// What it said of one view.
pub(super) struct OfView {
    pub(super) view: String,
    pub(super) conflicts: Vec<Value>,
    pub(super) aliases: Value,
    /// Whether it stands still, and where.
    pub(super) standing: Value,
    /// What gates stop or would stop.
    pub(super) gates: Value,
}

impl Asked {
    /// Tells whether something was found that is an error, or is denied.
    pub(super) fn is_error(&self, deny: &[Denied]) -> bool {
        let denied = |what| deny.contains(&what);
        let mut conflicts = self.views.iter().flatten().flat_map(|of| &of.conflicts);
        let alarms = self.alarms.as_ref();
        conflicts.any(|conflict| denied(Denied::Conflicts) || conflicts::is_error(conflict))
            || !self.unretired.is_empty()
            || self.policies.iter().any(is_error)
            || denied(Denied::Alarms) && alarms.is_some_and(|found| !found.alarms.is_empty())
    }
}

/// Tells whether settings are refused, or would break something.
pub(super) fn is_error(report: &Value) -> bool {
    policy::is_refused(report) || policy::is_breaking(report)
}

/// Asks for all of it. What nobody denies may be left unanswered.
pub(super) async fn ask(
    server: &Server,
    settings: &Settings,
    is_theirs: bool,
    deny: &[Denied],
) -> Result<Asked, Failure> {
    let must_answer = deny.contains(&Denied::Conflicts) || deny.contains(&Denied::Differences);
    let views = match all_views(server).await {
        Ok(views) => Some(views),
        Err(AskError::NotThere { .. }) if !must_answer => None,
        Err(error) => return Err(asked_server::failed_at(server, error).await),
    };
    let mut asked = Asked {
        alarms: alarms_if_told(server, deny.contains(&Denied::Alarms)).await?,
        ..Asked::default()
    };
    let Some(views) = views else {
        return Ok(asked);
    };
    if is_theirs {
        asked.differences = other_server::differences(settings, &views);
        asked.policies = policies(server, settings).await?;
        asked.unretired = crate::apply::unretired(settings, &asked.policies);
    }
    let mut told = Vec::new();
    for SetupInfo { view, .. } in views {
        told.push(of_view(server, view).await.map_err(asked_server::failed)?);
    }
    asked.views = Some(told);
    Ok(asked)
}

/// Asks about each view that the asker may read.
async fn all_views(server: &Server) -> Result<Vec<SetupInfo>, AskError> {
    let first = setup::ask(server, None).await?;
    let mut views = Vec::new();
    for view in &first.views {
        views.push(match *view == first.view {
            true => first.clone(),
            false => setup::ask(server, Some(view)).await?,
        });
    }
    Ok(views)
}

async fn of_view(server: &Server, view: String) -> Result<OfView, AskError> {
    Ok(OfView {
        conflicts: conflicts::ask(server, &view).await?,
        aliases: aliases::ask(server, &view).await?,
        standing: standing::stands(server, &view).await?,
        gates: gates::ask(server, &view).await?,
        view,
    })
}

async fn alarms_if_told(server: &Server, must: bool) -> Result<Option<Alarms>, Failure> {
    match alarms::ask(server).await {
        Ok(alarms) => Ok(Some(alarms)),
        Err(AskError::NotThere { .. } | AskError::Token { .. } | AskError::Refused { .. })
            if !must =>
        {
            Ok(None)
        }
        Err(error) => Err(asked_server::failed(error)),
    }
}

/// Holds the file's policies against what was decided by command.
///
/// Whoever may read conflicts need not be shown that, and then it is left out.
async fn policies(server: &Server, settings: &Settings) -> Result<Vec<Value>, Failure> {
    match crate::apply::compared(server, settings).await {
        Ok(reports) => Ok(reports),
        Err(AskError::Token { .. } | AskError::Refused { .. }) => Ok(Vec::new()),
        Err(error) => Err(asked_server::failed(error)),
    }
}
