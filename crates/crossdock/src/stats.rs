//! `crossdock stats`: what is kept how, and what that saves.
//!
//! Absent: the counting, which the server does.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::stats;

/// `crossdock stats`
#[derive(Debug, Args)]
#[command(after_help = "\
Tells for each registry with `compact = true` how many bytes its archives have, how many
they take and how many that saves; how many reads found an archive at hand, and how many
had to make it again; and what the packer does.

Example:
  crossdock stats --json")]
pub(crate) struct Stats {
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks the server and tells its answer.
pub(crate) fn stats(arguments: &Stats) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let answer = crate::runtime::wait(stats::ask(&server))?.map_err(asked_server::failed)?;
    match arguments.json {
        true => out(&format!("{answer:#}")),
        false => out(&stats::told(&answer).map_err(Failure::plain)?),
    }
    Ok(Outcome::Done)
}
