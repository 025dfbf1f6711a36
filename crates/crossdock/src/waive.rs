//! `crossdock waive`: a gate is lifted for one release, for a time.

use crate::gates::OfView;
use crate::report::{Failure, Outcome};
use clap::Args;
use crossdock_client::gates;
use serde_json::Value;

/// `crossdock waive`
#[derive(Debug, Args)]
#[command(after_help = "\
A waiver ends by itself; `--expires now` ends it at once. Who waived what and why
stays on record. Where the server has several views, name the one that is meant.

Examples:
  crossdock waive petal@1.1.5 --gate min-age --reason 'the fix for CVE-2026-1' --expires 2026-12-01
  crossdock waive --list")]
pub(crate) struct Waive {
    /// One version of a crate.
    #[arg(
        value_name = "NAME@VERSION",
        required_unless_present = "list",
        requires_all = ["gate", "reason", "expires"]
    )]
    release: Option<String>,
    /// The gate: min-age, deny, allow, admit, licences, typo-squats or closed.
    #[arg(long, value_name = "GATE")]
    gate: Option<String>,
    /// Why; it stays on record.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Until when: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ, or now.
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Show the waivers that hold.
    #[arg(long, conflicts_with = "release")]
    list: bool,
    #[command(flatten)]
    of: OfView,
}

/// Waives, or shows what is waived.
pub(crate) fn waive(arguments: &Waive) -> Result<Outcome, Failure> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let Some(release) = arguments.release.as_ref().filter(|_| !arguments.list) else {
        let report = arguments
            .of
            .ask(async |server, view| gates::ask(server, view).await)?;
        arguments.of.tell(&report, listed)?;
        return Ok(Outcome::Done);
    };
    let (gate, reason) = (text(&arguments.gate), text(&arguments.reason));
    let expires = text(&arguments.expires);
    let answer = arguments.of.change(async |server, view| {
        gates::waive(server, view, release, (&gate, &reason, &expires)).await
    })?;
    arguments.of.tell(&answer, |answer| {
        let until = answer["until"].as_str().unwrap_or_default();
        let view = answer["view"].as_str().unwrap_or_default();
        let waived = format!("{gate} is waived for {release} until {until} in view `{view}`");
        Ok(waived + &gates::warnings(answer))
    })?;
    Ok(Outcome::Done)
}

fn listed(report: &Value) -> Result<String, serde_json::Error> {
    let text = gates::waivers(report)?;
    Ok(match text.is_empty() {
        true => "no waiver holds".to_owned(),
        false => text,
    })
}
