//! The gates of a view: asked for, told, and decided about.
//!
//! Absent: what a gate finds, which the server knows.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a server says of the gates of a view; only what is shown.
#[derive(Debug, Deserialize)]
struct Report {
    gates: Vec<Gate>,
    held: Vec<Held>,
    more: usize,
    complete: bool,
    approvals: Vec<Approval>,
    queue: Vec<Request>,
    waivers: Vec<Waiver>,
}

#[derive(Debug, Deserialize)]
struct Gate {
    gate: String,
    mode: String,
    effect: String,
}

#[derive(Debug, Deserialize)]
struct Held {
    name: String,
    version: String,
    gate: String,
    outcome: String,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Approval {
    releases: String,
    by: String,
    time: String,
}

#[derive(Debug, Deserialize)]
struct Request {
    release: String,
    by: String,
    time: String,
}

#[derive(Debug, Deserialize)]
struct Waiver {
    release: String,
    gate: String,
    reason: String,
    by: String,
    until: String,
}

/// What is approved.
#[derive(Clone, Debug)]
pub enum Wanted<'w> {
    /// Releases, and `approve`, `revoke` or `request`.
    Releases(&'w [String], &'w str),
    /// All that the text of a Cargo.lock has from the view.
    Lock(&'w str),
}

/// Asks for the gates of `view`.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: &str) -> Result<Value, AskError> {
    server.ask(&[view, "api", "v1", "gates"], &[]).await
}

/// Approves releases in `view`, takes approvals back, or asks for them.
///
/// # Errors
/// [`AskError`].
pub async fn approve(server: &Server, view: &str, wanted: Wanted<'_>) -> Result<Value, AskError> {
    let body = match wanted {
        Wanted::Releases(releases, action) => json!({ "releases": releases, "action": action }),
        Wanted::Lock(lock) => json!({ "lock": lock }),
    };
    let path = [view, "api", "v1", "approve"];
    server.send(Method::POST, &path, &body).await
}

/// Waives a gate for a release in `view`; `terms` are gate, reason and expiry.
///
/// # Errors
/// [`AskError`].
pub async fn waive(
    server: &Server,
    view: &str,
    release: &str,
    (gate, reason, expires): (&str, &str, &str),
) -> Result<Value, AskError> {
    let body = json!({ "release": release, "gate": gate, "reason": reason, "expires": expires });
    let path = [view, "api", "v1", "waive"];
    server.send(Method::POST, &path, &body).await
}

/// Tells a report of [`ask`] as text.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(report: &Value) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    let read = Report::deserialize(report)?;
    if read.gates.is_empty() {
        line(&mut text, "no gates: everything is let through");
    }
    for Gate { gate, mode, effect } in &read.gates {
        line(&mut text, format_args!("{gate}: {mode}, {effect}"));
    }
    for held in held(report, usize::MAX)? {
        line(&mut text, format_args!("  {held}"));
    }
    for told in [waivers(report)?, queue(report)?, approvals(report)?] {
        text += &told;
    }
    Ok(text.trim_end().to_owned())
}

/// Tells at most `lines_max` of the releases that gates of a report stop or would
/// stop, a line each.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn held(report: &Value, lines_max: usize) -> Result<Vec<String>, serde_json::Error> {
    let report = Report::deserialize(report)?;
    let listed = report.held.len();
    let told = report.held.into_iter().take(lines_max).map(|held| {
        let Held {
            name,
            version,
            gate,
            outcome,
            reason,
        } = held;
        let outcome = match outcome.as_str() {
            "audited" => "would be stopped",
            other => other,
        };
        format!(
            "{name} {version} {outcome} by {gate}: {}",
            reason.unwrap_or_default()
        )
    });
    let mut lines: Vec<_> = told.collect();
    match listed.saturating_sub(lines.len()) + report.more {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    if !report.complete {
        lines.push("and not all names were looked at".to_owned());
    }
    Ok(lines)
}

/// Tells what waits for an approval.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn queue(report: &Value) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for Request { release, by, time } in Report::deserialize(report)?.queue {
        line(
            &mut text,
            format_args!("waits: {release}  asked for by {by} at {time}"),
        );
    }
    Ok(text)
}

/// Tells at most `lines_max` releases that nobody approved and nobody asked for.
///
/// Where releases that are not approved are only yanked, nothing is refused that would
/// put them into the queue: cargo passes over them.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn unasked(report: &Value, lines_max: usize) -> Result<String, serde_json::Error> {
    let report = Report::deserialize(report)?;
    let asked: BTreeSet<_> = report
        .queue
        .iter()
        .map(|one| one.release.as_str())
        .collect();
    let is_held = |held: &&Held| held.gate == "admit" && held.outcome != "waived";
    let held = report.held.iter().filter(is_held);
    let names = held.map(|held| format!("{}@{}", held.name, held.version));
    let unasked: Vec<_> = names
        .filter(|name| !asked.contains(name.as_str()))
        .collect();
    let mut text = String::new();
    for release in unasked.iter().take(lines_max) {
        line(&mut text, format_args!("not approved: {release}"));
    }
    let more = unasked.len().saturating_sub(lines_max) + report.more;
    if more > 0 {
        let told = "more are held back, which `crossdock gates` tells";
        line(&mut text, format_args!("and {more} {told}"));
    }
    Ok(text)
}

/// Tells what was approved.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn approvals(report: &Value) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for Approval { releases, by, time } in Report::deserialize(report)?.approvals {
        line(
            &mut text,
            format_args!("approved: {releases}  by {by} at {time}"),
        );
    }
    Ok(text)
}

/// Tells the waivers that hold.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn waivers(report: &Value) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for waiver in Report::deserialize(report)?.waivers {
        let Waiver {
            release,
            gate,
            reason,
            by,
            until,
        } = waiver;
        line(
            &mut text,
            format_args!("waived: {release}  {gate} until {until} by {by}: {reason}"),
        );
    }
    Ok(text)
}

/// Tells the warnings of an answer to a change, each on a line of its own.
pub fn warnings(answer: &Value) -> String {
    let warnings = answer["warnings"].as_array();
    let warnings = warnings.into_iter().flatten().filter_map(Value::as_str);
    warnings
        .map(|warning| format!("\nwarning: {warning}"))
        .collect()
}

fn line(text: &mut String, line: impl std::fmt::Display) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}
