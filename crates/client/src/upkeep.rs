//! Examinations and tidying up that a server does while it serves: begun, and awaited.
//!
//! Absent: what is found, which the server tells.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// How often it is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(250);

const PATH: [&str; 3] = ["api", "v1", "upkeep"];

/// How far it is.
#[derive(Debug, Deserialize)]
struct State {
    working: bool,
    archives: u64,
    failed: Option<String>,
    report: Option<Value>,
}

/// Begins a job, awaits its end, and returns its report; `step` is told how many archives
/// were looked at.
///
/// # Errors
/// [`AskError`], in the server's words if the job failed.
pub async fn run(server: &Server, job: &Value, step: impl Fn(u64)) -> Result<Value, AskError> {
    let mut state: State = server.send(Method::POST, &PATH, job).await?;
    while state.working {
        step(state.archives);
        tokio::time::sleep(LOOK_EVERY).await;
        state = server.ask(&PATH, &[]).await?;
    }
    let url = server.url().to_string();
    match (state.report, state.failed) {
        (Some(report), _) => Ok(report),
        (None, Some(why)) => Err(AskError::Refused {
            url,
            status: "without a report".to_owned(),
            detail: why,
        }),
        (None, None) => Err(AskError::Nonsense {
            url,
            why: "it neither works nor has a report".to_owned(),
        }),
    }
}
