//! What somebody should look at, told to a person.
//!
//! Absent: what is alarming, which the server knows.

use crate::server::{AskError, Server};
use serde::Deserialize;
use serde_json::Value;

/// All alarms of a server.
#[derive(Clone, Debug, Deserialize)]
pub struct Alarms {
    /// One JSON object each.
    pub alarms: Vec<Value>,
    /// How many more there are than the server keeps.
    pub unlisted: u64,
}

/// One alarm as a server reports it; only what is shown.
#[derive(Deserialize)]
struct Alarm {
    registry: String,
    name: Option<String>,
    kind: String,
    text: String,
    first: String,
    last: String,
    count: u64,
}

/// Asks for all alarms, which takes a token that may write.
///
/// # Errors
/// [`AskError`].
pub async fn ask(server: &Server) -> Result<Alarms, AskError> {
    server.ask(&["api", "v1", "alarms"], &[]).await
}

/// Tells one of the alarms as text.
///
/// # Errors
/// If it is not what a server of this version says.
pub fn told(alarm: &Value) -> Result<String, serde_json::Error> {
    let alarm = Alarm::deserialize(alarm)?;
    let subject = match alarm.name {
        Some(name) => format!("{} {name}", alarm.registry),
        None => alarm.registry,
    };
    let seen = match alarm.count {
        1 => format!("seen {}", alarm.first),
        count => format!("seen {count} times, {} to {}", alarm.first, alarm.last),
    };
    Ok(format!(
        "{subject}: {}: {}\n  {seen}",
        alarm.kind, alarm.text
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_says_what_and_since_when() {
        let mut alarm = serde_json::json!({
            "registry": "partner", "name": "petal", "kind": "vanished", "text": "1.0.0 is gone",
            "first": "2026-11-21T10:00:00Z", "last": "2026-11-21T11:00:00Z", "count": 3,
        });
        assert_eq!(
            told(&alarm).unwrap(),
            "partner petal: vanished: 1.0.0 is gone\n  seen 3 times, 2026-11-21T10:00:00Z to 2026-11-21T11:00:00Z"
        );
        alarm["count"] = 1.into();
        alarm["name"] = Value::Null;
        assert_eq!(
            told(&alarm).unwrap(),
            "partner: vanished: 1.0.0 is gone\n  seen 2026-11-21T10:00:00Z"
        );
    }
}
