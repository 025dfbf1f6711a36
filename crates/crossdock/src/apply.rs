//! `crossdock apply`: what of the settings file's policy is not in force yet.
//!
//! A server's own file is the truth, and it is read when the server starts: applying
//! is telling the difference, finding out before the restart whether it would be
//! refused, and restarting. Reloading a policy under requests is deliberately absent:
//! who may be asked for which name must not change in the middle of an answer.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::settings::{self, RegistrySettings, Settings};
use clap::Args;
use crossdock_client::policy;
use crossdock_client::server::{AskError, Server};
use crossdock_core::policy_text;
use serde_json::{Value, json};

/// `crossdock apply`
#[derive(Debug, Args)]
#[command(after_help = "\
Says what the file changes and whether the server would take it; a restart of the
server applies it. Exit code 1 if there is a difference or a contradiction.

Examples:
  crossdock apply --config crossdock.toml
  crossdock apply --dry-run --json")]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Only tell the difference; so far the same as without.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the comparison of each view as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Holds the file's policies against the server's.
pub(crate) fn apply(arguments: &Apply) -> Result<Outcome, Failure> {
    let config = arguments.server.settings.config.clone();
    let (_, settings) = settings::load(config, asked_server::surroundings())?;
    let server = asked_server::find(&arguments.server)?;
    let compared = crate::runtime::wait(compared(&server, &settings))?;
    let reports = compared.map_err(asked_server::failed)?;
    let unretired = unretired(&settings, &reports);
    let is_refused = !unretired.is_empty() || reports.iter().any(policy::is_refused);
    let is_different = reports.iter().any(policy::is_different);
    if arguments.json {
        out(&format!(
            "{:#}",
            json!({ "views": reports, "refused": unretired })
        ));
    } else {
        for report in &reports {
            out(&policy::told(report).map_err(Failure::plain)?);
        }
        for line in &unretired {
            out(&format!("refused: {line}"));
        }
        out(match (is_refused, is_different) {
            (true, _) => "the server would refuse to start with this file",
            (false, true) => "restart the server to apply it",
            (false, false) => "nothing to apply",
        });
    }
    Ok(match is_refused || is_different {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

/// Lists the registries that were retired and that the settings have as something else
/// than mirrors, with which `serve` would not start.
pub(crate) fn unretired(settings: &Settings, reports: &[Value]) -> Vec<String> {
    let retired = policy::retired(reports);
    let registries = settings.registries.iter();
    let unretired = registries.filter(|(name, registry)| {
        retired.contains(name.as_str()) && !matches!(registry, RegistrySettings::Mirror(_))
    });
    unretired.map(|(name, _)| format!("registry `{name}` was retired by command, but the settings have it as no mirror; leave it a mirror, and give the new registry another name")).collect()
}

/// Compares each view's policy; of a view that the server does not have all is new.
pub(crate) async fn compared(server: &Server, settings: &Settings) -> Result<Vec<Value>, AskError> {
    let mut reports = Vec::new();
    for (view, of_view) in &settings.views {
        let text = policy_text::encode(&of_view.policy);
        reports.push(match policy::compare(server, view.as_str(), &text).await {
            Ok(report) => report,
            Err(AskError::Absent { .. }) => json!({
                "view": view.as_str(),
                "difference": policy_text::difference("", &text),
                "contradictions": [],
                "contradicted_claims": [],
            }),
            Err(error) => return Err(error),
        });
    }
    Ok(reports)
}
