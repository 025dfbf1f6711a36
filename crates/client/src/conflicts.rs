//! The names over which the members of a view do not agree, told to a person.
//!
//! Absent: what a conflict is, which the server knows.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;

/// One conflict as a server reports it; only what is shown.
#[derive(Clone, Debug, Deserialize)]
struct Conflict {
    name: String,
    text: String,
    cure: Option<String>,
}

/// Asks for the conflicts of `view`, one JSON object each.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server, view: &str) -> Result<Vec<Value>, AskError> {
    server.ask(&[view, "api", "v1", "conflicts"], &[]).await
}

/// Tells whether a conflict is an error of the settings, rather than members that
/// do not agree.
pub fn is_error(conflict: &Value) -> bool {
    conflict["kind"] != "withheld"
}

/// Tells one of the conflicts as text.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(conflict: &Value) -> Result<String, serde_json::Error> {
    let Conflict { name, text, cure } = Conflict::deserialize(conflict)?;
    let text = text.trim_end();
    Ok(match cure {
        // The text of a conflict ends with its cure already.
        Some(cure) if !text.contains(&cure) => format!("{name}: {text}\n  to do: {cure}"),
        _ => format!("{name}: {text}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cure_is_told_once() {
        let told = |text: &str| {
            told(&serde_json::json!({"name": "petal", "text": text, "withheld": {}, "cure": "write a claim"}))
                .unwrap()
        };
        assert_eq!(
            told("two have it\n"),
            "petal: two have it\n  to do: write a claim"
        );
        assert_eq!(
            told("two have it; write a claim\n"),
            "petal: two have it; write a claim"
        );
    }
}
