//! What cargo compiled, counted from its own messages (`--message-format=json`), and a
//! crate that says which of its builds is running.

use crate::command::Outcome;
use crate::krate::Krate;
use serde_json::Value;
use std::collections::BTreeSet;

/// Returns the targets that were compiled, and were not fresh.
#[track_caller]
pub fn compiled(outcome: Outcome) -> BTreeSet<String> {
    let outcome = outcome.succeeds();
    let messages = outcome.stdout.lines();
    let messages = messages.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let built = messages
        .filter(|message| message["reason"] == "compiler-artifact" && message["fresh"] == false);
    built
        .filter_map(|message| Some(message["target"]["name"].as_str()?.to_owned()))
        .collect()
}

/// Names targets, to compare with what was compiled.
pub fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Defines `petal` 1.0.0, whose `colour()` says which build of it this is.
pub fn petal(colour: &str) -> Krate {
    let source = format!("pub fn colour() -> &'static str {{ {colour:?} }}");
    Krate::new("petal", "1.0.0").lib(&source)
}
