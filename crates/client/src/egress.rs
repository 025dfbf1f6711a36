//! What left a server for other registries, told to a person.
//!
//! Absent: whether it should have; the reason of each name was given by the server.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write as _;

/// What is asked for; what is not said takes in all.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// What went to this registry.
    pub registry: Option<String>,
    /// A crate, or the beginning of names and a final `*`.
    pub name: Option<String>,
    /// What left then or later, as `YYYY-MM-DDTHH:MM:SSZ`.
    pub since: Option<String>,
    /// At most so many, the latest.
    pub limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Departed {
    registry: String,
    kind: String,
    name: Option<String>,
    reason: String,
    dependent: Option<String>,
    first: String,
    last: String,
    count: u64,
}

/// Asks what left, one JSON object each, latest first.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, question: &Question) -> Result<Vec<Value>, AskError> {
    let limit = question.limit.map(|limit| limit.to_string());
    let query: Vec<(&str, &str)> = [
        ("registry", &question.registry),
        ("name", &question.name),
        ("since", &question.since),
        ("limit", &limit),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value.as_deref()?)))
    .collect();
    server.ask(&["api", "v1", "egress"], &query).await
}

/// Tells what left, a line each.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(departed: &[Value]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for one in departed {
        let one = Departed::deserialize(one)?;
        let name = one.name.as_deref().unwrap_or("config.json");
        let _infallible = write!(
            text,
            "{}  {}  {:<8}  {name}  {}",
            one.last, one.registry, one.kind, one.reason
        );
        match (&one.dependent, one.reason.as_str()) {
            // The dependent is of any registry there is.
            (Some(dependent), "row") => {
                let _infallible = write!(text, " {dependent} -> {name}");
            }
            (Some(dependent), _) => {
                let _infallible = write!(text, " {}: {dependent} -> {name}", one.registry);
            }
            (None, _) => {}
        }
        if one.count > 1 {
            let _infallible = write!(text, "  ({} times since {})", one.count, one.first);
        }
        text.push('\n');
    }
    match departed.len() {
        0 => text.push_str("nothing left for another registry\n"),
        1 => text.push_str("1 name\n"),
        many => {
            let _infallible = writeln!(text, "{many} names");
        }
    }
    Ok(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_line_says_where_what_and_why() {
        let departed = [
            json!({"registry": "crates-io", "kind": "index", "name": "stem", "reason": "evidence",
                "dependent": "petal", "first": "2026-11-21T10:00:00Z", "last": "2026-11-21T11:00:00Z", "count": 2}),
            json!({"registry": "crates-io", "kind": "index", "name": "leaf", "reason": "row",
                "dependent": "acme-petal", "first": "2026-11-21T10:30:00Z", "last": "2026-11-21T10:30:00Z", "count": 1}),
            json!({"registry": "crates-io", "kind": "config", "name": null, "reason": "asked",
                "dependent": null, "first": "2026-11-21T10:00:00Z", "last": "2026-11-21T10:00:00Z", "count": 1}),
        ];
        assert_eq!(
            told(&departed).unwrap(),
            "2026-11-21T11:00:00Z  crates-io  index     stem  evidence crates-io: petal -> stem  \
             (2 times since 2026-11-21T10:00:00Z)\n\
             2026-11-21T10:30:00Z  crates-io  index     leaf  row acme-petal -> leaf\n\
             2026-11-21T10:00:00Z  crates-io  config    config.json  asked\n\
             3 names"
        );
        assert_eq!(told(&[]).unwrap(), "nothing left for another registry");
    }
}
