//! Where log lines go: standard error, filtered by `CROSSDOCK_LOG`, in the form that
//! `CROSSDOCK_LOG_FORMAT` says.
//!
//! Absent: what is logged.

use crate::report::Failure;
use std::io::IsTerminal as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// The variable that filters.
const VARIABLE: &str = "CROSSDOCK_LOG";

/// The variable that says in which form.
const FORM: &str = "CROSSDOCK_LOG_FORMAT";

/// What is logged where the variable does not say otherwise.
const BY_DEFAULT: &str = "info";

/// Begins to log; called once, by the command that serves.
///
/// # Errors
/// If the variable holds no filter.
pub(crate) fn begin() -> Result<(), Failure> {
    let hint = || {
        format!("write for example {VARIABLE}=debug or {VARIABLE}=info,crossdock_upstream=debug")
    };
    let text = std::env::var(VARIABLE).unwrap_or_default();
    let text = directives(&text).map_err(|error| Failure::hinted(error, hint()))?;
    let filter = EnvFilter::try_new(text).map_err(|error| Failure::hinted(error, hint()))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let begun = match form(&std::env::var(FORM).unwrap_or_default())? {
        Form::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        Form::Json => lines.json().flatten_event(true).try_init(),
    };
    // Only a second call fails, and what is logged already goes on being logged.
    debug_assert!(begun.is_ok(), "logging begins once");
    Ok(())
}

/// How a line is written.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    /// For people.
    Text,
    /// One JSON object a line, for programs that collect logs.
    Json,
}

fn form(word: &str) -> Result<Form, Failure> {
    match word {
        "" | "text" => Ok(Form::Text),
        "json" => Ok(Form::Json),
        _ => Err(Failure::hinted(
            NoForm(word.to_owned()),
            format!("write {FORM}=text or {FORM}=json"),
        )),
    }
}

/// The variable names no form.
#[derive(Debug, thiserror::Error)]
#[error("{FORM} is `{0}`, which is no form of a log")]
struct NoForm(String);

/// Reads the variable as it is meant.
///
/// The parser takes any single word for a part of the program of which everything is
/// logged, and logs nothing of the others: `inof` would silence the server. Such a
/// word is refused, and parts that are named do not silence those that are not.
fn directives(text: &str) -> Result<String, NoLevel> {
    let words = text.split(',').map(str::trim);
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let alone = |word: &&&str| !word.contains(['=', '[']);
    let is_level = |word: &&str| word.parse::<LevelFilter>().is_ok();
    if let Some(word) = words.iter().filter(alone).find(|word| !is_level(word)) {
        return Err(NoLevel((*word).to_owned()));
    }
    if !words.iter().any(is_level) {
        words.insert(0, BY_DEFAULT);
    }
    Ok(words.join(","))
}

/// A word of the variable is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{VARIABLE} has `{0}`, which is no level; levels are off, error, warn, info, debug and trace"
)]
struct NoLevel(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_named_do_not_silence_the_others() {
        for (text, meant) in [
            ("", "info"),
            (" , ", "info"),
            ("debug", "debug"),
            ("WARN", "WARN"),
            ("crossdock_upstream=debug", "info,crossdock_upstream=debug"),
            (
                "crossdock_upstream=debug, warn",
                "crossdock_upstream=debug,warn",
            ),
            ("off", "off"),
            ("[request]=trace", "info,[request]=trace"),
        ] {
            assert_eq!(directives(text).as_deref(), Ok(meant), "{text}");
            assert!(EnvFilter::try_new(meant).is_ok());
        }
    }

    #[test]
    fn a_slip_does_not_silence_the_server() {
        for text in ["inof", "debug,crossdock", "crossdock_upstream=debug,wran"] {
            let slip = directives(text).unwrap_err();
            assert!(text.ends_with(&slip.0), "{text}: {slip}");
        }
    }
}
