//! What vanished from a mirror's upstream, asked for and accepted.
//!
//! Absent: what is believed without being accepted, which the server decides.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is missing, as a server reports it; only what is shown.
#[derive(Deserialize)]
struct Answer {
    names: Vec<Missing>,
}

#[derive(Deserialize)]
struct Missing {
    name: String,
    versions: Vec<String>,
}

/// Asks what a mirror keeps that its upstream does not show any more.
///
/// # Errors
/// [`AskError`].
pub async fn missing(server: &Server, registry: &str) -> Result<Value, AskError> {
    server.ask(&[registry, "api", "v1", "missing"], &[]).await
}

/// Accepts that it is gone: of these names, or of all if there are none. Returns
/// what was accepted.
///
/// # Errors
/// [`AskError`].
pub async fn accept(server: &Server, registry: &str, names: &[String]) -> Result<Value, AskError> {
    let segments = [registry, "api", "v1", "accept-removals"];
    let body = json!({ "names": names });
    server.send(Method::POST, &segments, &body).await
}

/// Tells what is or was missing, a name a line.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(answer: &Value) -> Result<Vec<String>, serde_json::Error> {
    let Answer { names } = Answer::deserialize(answer)?;
    let line = |missing: Missing| format!("{} {}", missing.name, missing.versions.join(", "));
    Ok(names.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_a_line() {
        let answer = json!({ "names": [{ "name": "petal", "versions": ["1.0.0", "1.1.0"] }] });
        assert_eq!(told(&answer).unwrap(), ["petal 1.0.0, 1.1.0"]);
        assert!(told(&json!([])).is_err());
    }
}
