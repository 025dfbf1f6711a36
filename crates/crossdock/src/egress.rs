//! `crossdock egress`: what left for other registries, and why.
//!
//! Absent: the record, which the server keeps.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::egress::{self, Question};
use serde_json::Value;

/// `crossdock egress`
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is a name that was sent to a registry, with the reason: asked for, prefetch,
sync, or evidence: a private name that a row of that very registry depends on.
The admin token is needed, since names are told.

Examples:
  crossdock egress
  crossdock egress --registry crates-io --name 'acme-*' --since 2026-11-21T08:00:00Z")]
pub(crate) struct Egress {
    /// Only what went to this registry.
    #[arg(long, value_name = "REGISTRY")]
    registry: Option<String>,
    /// Only this crate, or names that begin so and end in `*`; `-` and `_` are alike.
    #[arg(long, value_name = "PATTERN")]
    name: Option<String>,
    /// Only what left then or later, as YYYY-MM-DDTHH:MM:SSZ.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At most so many, the latest; 1000 if nothing is said.
    #[arg(long, value_name = "NUMBER", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    limit: Option<usize>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks the server and tells its answer.
pub(crate) fn egress(arguments: Egress) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let question = Question {
        registry: arguments.registry,
        name: arguments.name,
        since: arguments.since,
        limit: arguments.limit,
    };
    let departed = crate::runtime::wait(egress::ask(&server, &question))?;
    let departed = departed.map_err(asked_server::failed)?;
    match arguments.json {
        true => out(&format!("{:#}", Value::Array(departed))),
        false => out(&egress::told(&departed).map_err(Failure::plain)?),
    }
    Ok(Outcome::Done)
}
