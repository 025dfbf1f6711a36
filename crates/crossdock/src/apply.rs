//! `crossdock apply`: the settings file of a running server, put in force.
//!
//! First the difference is told, then exactly what was told is applied: the server reads
//! its own file again, and refuses if that says something else. What would break locks or
//! names is applied only by a word that says so, and what takes a restart is named.
//!
//! Absent: how a server exchanges its policy under requests (`serve/live.rs`).

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::serve::shown;
use crate::settings::{self, RegistrySettings, Settings};
use clap::Args;
use crossdock_client::policy::{self, Applied};
use crossdock_client::server::{AskError, Server};
use crossdock_core::policy_text;
use serde_json::{Value, json};
use std::time::Duration;

/// How long requests are waited for that began before: the longest are uploads.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);

/// `crossdock apply`
#[derive(Debug, Args)]
#[command(after_help = "\
Tells what the file changes of what is in force, and puts it in force: claims, members,
gates, aliases and all else under [views], while requests go on. What is under
[registries] and [server] takes a restart; then nothing is applied and the keys are
named. The server reads its own file, and refuses if that is not what was told here.

Exit code 0: the file is in force. 1: it is not, or with --dry-run it says otherwise.

Examples:
  crossdock apply --config /etc/crossdock/crossdock.toml
  crossdock apply --dry-run --json")]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Only tell the difference.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Apply what the warnings say would break locks or names, too.
    #[arg(long)]
    pub(crate) breaks_locks: bool,
    /// Print the comparison of each view, and what was done, as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Holds the file's policies against the server's, and has them applied.
pub(crate) fn apply(arguments: &Apply) -> Result<Outcome, Failure> {
    let config = arguments.server.settings.config.clone();
    let (_, settings) = settings::load(config, asked_server::surroundings())?;
    let server = asked_server::find(&arguments.server)?;
    let compared = crate::runtime::wait(compared(&server, &settings))?;
    let reports = compared.map_err(asked_server::failed)?;
    let unretired = unretired(&settings, &reports);
    if !arguments.json {
        for report in &reports {
            out(&policy::told(report).map_err(Failure::plain)?);
        }
        for line in &unretired {
            out(&format!("refused: {line}"));
        }
    }
    let is_refused = !unretired.is_empty() || reports.iter().any(policy::is_refused);
    let ended = match is_refused {
        true => Ended::Refused,
        false => crate::runtime::wait(applied(arguments, &server, &settings, &reports))?
            .map_err(asked_server::failed)?,
    };
    match arguments.json {
        true => out(&format!("{:#}", as_json(&reports, &unretired, &ended))),
        false => ended.tell(),
    }
    Ok(match ended {
        Ended::Same | Ended::Done { .. } => Outcome::Done,
        Ended::Refused | Ended::Restart(_) | Ended::Breaking | Ended::Shown(_) => Outcome::Found,
    })
}

/// What came of it.
enum Ended {
    /// The file says what is in force.
    Same,
    /// The server would not start with the file.
    Refused,
    /// These keys take a restart.
    Restart(Vec<String>),
    /// It would break locks or names, and nobody said that it may.
    Breaking,
    /// It would be applied; carries what changes besides policies.
    Shown(Vec<String>),
    /// It is in force.
    Done {
        /// What changed besides policies.
        changes: Vec<String>,
        /// Whether nothing is under way that began before.
        settled: bool,
    },
}

impl Ended {
    fn tell(&self) {
        if let Self::Shown(changes) | Self::Done { changes, .. } = self {
            changes.iter().for_each(|change| out(change));
        }
        out(&match self {
            Self::Same => "nothing to apply".to_owned(),
            Self::Refused => "the server would refuse to start with this file".to_owned(),
            Self::Restart(keys) => format!(
                "nothing was applied: restart the server, which is needed for {}",
                keys.join(", ")
            ),
            Self::Breaking => "nothing was applied: say --breaks-locks if what the warnings say \
                               shall be"
                .to_owned(),
            Self::Shown(_) => "the server would apply it".to_owned(),
            Self::Done { settled: true, .. } => "applied".to_owned(),
            Self::Done { settled: false, .. } => format!(
                "applied, but requests are still under way after {} s that began before",
                SETTLES_WITHIN.as_secs()
            ),
        });
    }
}

fn as_json(reports: &[Value], unretired: &[String], ended: &Ended) -> Value {
    let (mut changes, mut restart, mut settled) = (&Vec::new(), &Vec::new(), true);
    match ended {
        Ended::Restart(keys) => restart = keys,
        Ended::Shown(lines) => changes = lines,
        Ended::Done {
            changes: lines,
            settled: is_settled,
        } => (changes, settled) = (lines, *is_settled),
        Ended::Same | Ended::Refused | Ended::Breaking => {}
    }
    json!({
        "views": reports,
        "refused": unretired,
        "applied": matches!(ended, Ended::Done { .. }),
        "changes": changes,
        "restart": restart,
        "breaking": matches!(ended, Ended::Breaking),
        "settled": settled,
    })
}

async fn applied(
    arguments: &Apply,
    server: &Server,
    settings: &Settings,
    reports: &[Value],
) -> Result<Ended, AskError> {
    if !arguments.dry_run && !arguments.breaks_locks && reports.iter().any(policy::is_breaking) {
        return Ok(Ended::Breaking);
    }
    let shown = shown(settings);
    let would = policy::apply(server, &shown, true).await?;
    if !would.restart.is_empty() {
        return Ok(Ended::Restart(would.restart));
    }
    let is_different = !would.changes.is_empty() || reports.iter().any(policy::is_different);
    if arguments.dry_run {
        return Ok(match is_different {
            true => Ended::Shown(would.changes),
            false => Ended::Same,
        });
    }
    match policy::apply(server, &shown, false).await? {
        Applied { restart, .. } if !restart.is_empty() => Ok(Ended::Restart(restart)),
        Applied { applied: false, .. } => Ok(Ended::Same),
        Applied { changes, .. } => Ok(Ended::Done {
            changes,
            settled: policy::settled(server, SETTLES_WITHIN).await?,
        }),
    }
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
