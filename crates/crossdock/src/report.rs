//! What a command says at its end, and its exit code.
//!
//! 0: done. 1: found something that whoever asked should look at. 2: could not.
//! Exit codes and writing to the standard streams are here and nowhere else.
//!
//! Absent: what there is to say.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something stands on standard output already.
static HAS_TOLD: AtomicBool = AtomicBool::new(false);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what was asked.
    Done,
    /// It looked and found something.
    Found,
}

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something that points at a text.
    Pointed(Box<dyn Diagnostic + Send + Sync>),
    /// An error with its causes, and what to do if that is known.
    Plain {
        /// What went wrong.
        error: Box<dyn Error + Send + Sync>,
        /// What to do.
        hint: Option<String>,
    },
}

impl Failure {
    /// Wraps an error for which there is nothing to advise beyond its own words.
    pub(crate) fn plain(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Plain {
            error: Box::new(error),
            hint: None,
        }
    }

    /// Wraps an error together with what to do about it.
    pub(crate) fn hinted(
        error: impl Error + Send + Sync + 'static,
        hint: impl Into<String>,
    ) -> Self {
        Self::Plain {
            error: Box::new(error),
            hint: Some(hint.into()),
        }
    }
}

impl From<crate::settings::SettingsError> for Failure {
    fn from(error: crate::settings::SettingsError) -> Self {
        Self::Pointed(Box::new(error))
    }
}

/// Turns the end of a command into the program's, after saying why it failed; where JSON
/// is asked for and none was written yet, in JSON too.
pub(crate) fn conclude(ended: Result<Outcome, Failure>, json: bool) -> ExitCode {
    match ended {
        Ok(Outcome::Done) => ExitCode::from(0),
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(failure) => {
            error(&text_of(&failure));
            if json && !HAS_TOLD.load(Ordering::Relaxed) {
                out(&format!("{:#}", as_json(&failure)));
            }
            ExitCode::from(2)
        }
    }
}

/// Says what is wrong with the arguments, or the help that was asked for.
pub(crate) fn usage(usage: &clap::Error) -> ExitCode {
    let _gone = usage.print();
    match usage.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::from(0),
    }
}

/// Writes a text to standard output at once.
///
/// A reader that went away (`crossdock explain … | head`) is not our failure.
pub(crate) fn out(text: &str) {
    HAS_TOLD.store(true, Ordering::Relaxed);
    let mut stdout = std::io::stdout().lock();
    let _gone = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Writes a text to standard error.
pub(crate) fn error(text: &str) {
    let _gone = writeln!(std::io::stderr().lock(), "{text}");
}

/// Says why a command failed, as standard error will show it.
pub(crate) fn text_of(failure: &Failure) -> String {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    drawn(failure, colour)
}

/// Says why something failed, for logs and answers.
pub(crate) fn plain_text_of(failure: &Failure) -> String {
    drawn(failure, false)
}

fn drawn(failure: &Failure, colour: bool) -> String {
    match failure {
        Failure::Pointed(diagnostic) => draw(diagnostic.as_ref(), colour),
        Failure::Plain { error, hint } => {
            let mut text = format!("error: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                let _infallible = write!(text, "\n  caused by: {inner}");
                cause = inner.source();
            }
            if let Some(hint) = hint {
                let _infallible = write!(text, "\n  help: {hint}");
            }
            text
        }
    }
}

/// A failure as whoever asked for JSON reads it: `error`, its `causes`, and `help`.
fn as_json(failure: &Failure) -> serde_json::Value {
    match failure {
        Failure::Pointed(diagnostic) => serde_json::json!({
            "error": diagnostic.to_string(),
            "causes": [],
            "help": diagnostic.help().map(|help| help.to_string()),
        }),
        Failure::Plain { error, hint } => {
            let mut causes = Vec::new();
            let mut cause = error.source();
            while let Some(inner) = cause {
                causes.push(inner.to_string());
                cause = inner.source();
            }
            serde_json::json!({ "error": error.to_string(), "causes": causes, "help": hint })
        }
    }
}

/// Draws a diagnostic beside the text it points at.
pub(crate) fn draw(diagnostic: &dyn Diagnostic, colour: bool) -> String {
    let theme = match colour {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let mut text = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .render_report(&mut text, diagnostic);
    match drawn {
        Ok(()) => text.trim_end().to_owned(),
        Err(std::fmt::Error) => diagnostic.to_string(),
    }
}
