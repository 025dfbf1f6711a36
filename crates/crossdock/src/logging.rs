//! Where log lines go: standard error, filtered by `CROSSDOCK_LOG`.
//!
//! Absent: what is logged.

use crate::report::Failure;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// The variable that filters.
const VARIABLE: &str = "CROSSDOCK_LOG";

/// Begins to log; called once, by the command that serves.
///
/// # Errors
/// If the variable holds no filter.
pub(crate) fn begin() -> Result<(), Failure> {
    let filter = match std::env::var(VARIABLE) {
        Ok(text) if !text.trim().is_empty() => EnvFilter::try_new(text).map_err(|error| {
            Failure::hinted(
                error,
                format!(
                    "write for example {VARIABLE}=debug or {VARIABLE}=info,crossdock_upstream=debug"
                ),
            )
        })?,
        _ => EnvFilter::new("info"),
    };
    let begun = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init();
    // Only a second call fails, and what is logged already goes on being logged.
    debug_assert!(begun.is_ok(), "logging begins once");
    Ok(())
}
