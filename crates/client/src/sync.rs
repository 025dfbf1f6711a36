//! A mirror is brought up to date, some names at a time, so that one sees it go on.
//!
//! Absent: what is held and asked for, which the server decides.

use crate::server::{AskError, Server};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Names of one question: at some 20 ms each it is answered within seconds.
const NAMES_AT_ONCE: usize = 100;

/// What became of a mirror's names.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Report {
    /// How many names the upstream was asked for.
    pub asked: usize,
    /// The names whose rows are others than before.
    pub changed: Vec<Changed>,
    /// The names for which there was no answer.
    pub silent: Vec<Silent>,
    /// How many were not asked for, because they are private by now.
    pub private: usize,
    /// How many were not asked for, because nothing is held of them.
    #[serde(default)]
    pub not_held: usize,
}

/// A name whose rows changed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Changed {
    name: String,
    added: Vec<String>,
    changed: Vec<String>,
}

/// A name without an answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Silent {
    name: String,
    why: String,
}

#[derive(Deserialize)]
struct Held {
    names: Vec<String>,
}

/// Brings names of a mirror up to date, or all that it holds if there are none.
///
/// `progress` is told how many are done, and of how many.
///
/// # Errors
/// [`AskError`]; what was done before stays done.
pub async fn sync(
    server: &Server,
    registry: &str,
    names: &[String],
    progress: impl Fn(usize, usize),
) -> Result<Report, AskError> {
    let segments = [registry, "api", "v1", "sync"];
    let names = match names.is_empty() {
        false => names.to_vec(),
        true => server.ask::<Held>(&segments, &[]).await?.names,
    };
    let (mut all, mut done) = (Report::default(), 0);
    for some in names.chunks(NAMES_AT_ONCE) {
        progress(done, names.len());
        let body = json!({ "names": some });
        let part: Report = server.send(Method::POST, &segments, &body).await?;
        done += some.len();
        all.asked += part.asked;
        all.private += part.private;
        all.not_held += part.not_held;
        all.changed.extend(part.changed);
        all.silent.extend(part.silent);
    }
    progress(done, names.len());
    Ok(all)
}

/// Tells a report, a line for each name of which there is something to tell.
pub fn told(registry: &str, report: &Report) -> String {
    let mut lines = Vec::new();
    for Changed {
        name,
        added,
        changed,
    } in &report.changed
    {
        let parts = [("new", added), ("changed", changed)];
        let parts = parts
            .into_iter()
            .filter(|(_, versions)| !versions.is_empty());
        let parts: Vec<_> = parts
            .map(|(what, versions)| format!("{what} {}", versions.join(", ")))
            .collect();
        lines.push(format!("{name}: {}", parts.join("; ")));
    }
    for Silent { name, why } in &report.silent {
        lines.push(format!("{name}: no answer: {why}"));
    }
    let private = match report.private {
        0 => String::new(),
        private => format!(", {private} not asked for because they are private by now"),
    };
    let not_held = match report.not_held {
        0 => String::new(),
        not_held => format!(", {not_held} not asked for because nothing is held of them"),
    };
    lines.push(format!(
        "`{registry}`: {} names asked for, {} changed, {} without an answer{private}{not_held}",
        report.asked,
        report.changed.len(),
        report.silent.len()
    ));
    lines.join("\n")
}
