//! A view's policy as a file has it, held against what a server has on record.
//!
//! Absent: what a policy is and what contradicts it, which the server knows.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How often a server is asked whether it is done: most requests take milliseconds.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// Asks what of a policy's text differs from the view's on record, or contradicts it.
///
/// # Errors
/// [`AskError`].
pub async fn compare(server: &Server, view: &str, policy: &str) -> Result<Value, AskError> {
    let path = [view, "api", "v1", "policy"];
    let body = json!({ "policy": policy });
    server.send(Method::POST, &path, &body).await
}

/// What became of a file that was to be applied.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Applied {
    /// Whether it is in force now and was not before.
    pub applied: bool,
    /// What it changes besides policies.
    pub changes: Vec<String>,
    /// The keys that take a restart; with any, nothing is applied.
    pub restart: Vec<String>,
    /// Whether requests are under way that began before the last change.
    pub under_way: bool,
}

/// Asks a server to put its settings file in force, or what that would do, if it says
/// of each view what `shown` does.
///
/// # Errors
/// [`AskError`].
pub async fn apply(
    server: &Server,
    shown: &BTreeMap<String, String>,
    dry_run: bool,
) -> Result<Applied, AskError> {
    let body = json!({ "views": shown, "dry_run": dry_run });
    server
        .send(Method::POST, &["api", "v1", "apply"], &body)
        .await
}

/// Waits until no request is under way any more that began before the last change, or
/// for so long; tells whether there is none.
///
/// # Errors
/// [`AskError`].
pub async fn settled(server: &Server, within: Duration) -> Result<bool, AskError> {
    let until = Instant::now() + within;
    loop {
        let told: Applied = server.ask(&["api", "v1", "apply"], &[]).await?;
        if !told.under_way || Instant::now() >= until {
            return Ok(!told.under_way);
        }
        tokio::time::sleep(ASKED_EVERY).await;
    }
}

/// A server's answer; only what is shown.
#[derive(Deserialize)]
struct Report {
    view: String,
    difference: Vec<String>,
    contradictions: Vec<String>,
    contradicted_claims: Vec<String>,
    #[serde(default)]
    consequences: Vec<String>,
}

/// Tells whether a policy cannot be applied, because of a decision taken by command.
pub fn is_refused(report: &Value) -> bool {
    has_lines(report, "contradictions")
}

/// Tells whether a policy that is not in force yet would break names or locks.
///
/// Of the one that is in force the same is told as conflicts of the view.
pub fn is_breaking(report: &Value) -> bool {
    let breaks = ["contradicted_claims", "consequences"];
    is_different(report) && breaks.iter().any(|key| has_lines(report, key))
}

/// Lists the registries that were retired, as far as servers told in reports.
pub fn retired(reports: &[Value]) -> BTreeSet<&str> {
    let lists = reports
        .iter()
        .filter_map(|report| report["retired"].as_array());
    lists.flatten().filter_map(Value::as_str).collect()
}

/// Tells whether a policy differs from the one on record.
pub fn is_different(report: &Value) -> bool {
    has_lines(report, "difference")
}

fn has_lines(report: &Value, key: &str) -> bool {
    report[key]
        .as_array()
        .is_some_and(|lines| !lines.is_empty())
}

/// Tells a comparison, the difference first.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(report: &Value) -> Result<String, serde_json::Error> {
    let report = Report::deserialize(report)?;
    let view = &report.view;
    let mut lines = vec![match report.difference.len() {
        0 => format!("view {view}: the file says what is in force"),
        _ => format!("view {view}: the file differs from what is in force:"),
    }];
    lines.extend(report.difference.iter().map(|line| format!("  {line}")));
    let refused = report.contradictions.iter();
    lines.extend(refused.map(|line| format!("  refused: {line}")));
    let breaking = report.contradicted_claims.iter();
    let breaking = breaking.chain(&report.consequences);
    lines.extend(breaking.map(|line| format!("  warning: {line}")));
    Ok(lines.join("\n"))
}
