//! A view's policy as a file has it, held against what a server has on record.
//!
//! Absent: what a policy is and what contradicts it, which the server knows.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Asks what of a policy's text differs from the view's on record, or contradicts it.
///
/// # Errors
/// [`AskError`].
pub async fn compare(server: &Server, view: &str, policy: &str) -> Result<Value, AskError> {
    let path = [view, "api", "v1", "policy"];
    let body = json!({ "policy": policy });
    server.send(Method::POST, &path, &body).await
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
