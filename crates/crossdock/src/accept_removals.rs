//! `crossdock accept-removals`: what vanished from an upstream is gone for good.
//!
//! Absent: what is missing, and what follows, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::removals;

/// `crossdock accept-removals`
#[derive(Debug, Args)]
#[command(after_help = "\
What vanishes upstream stays. Little that a later look confirms is shown yanked by
itself; much at once is not believed until it is accepted here. Accepted releases
are shown yanked: locks that name them go on building.
Exit code 1 if nothing is missing, or with --list if something is.

Examples:
  crossdock accept-removals crates-io --list
  crossdock accept-removals crates-io petal stem
  crossdock accept-removals partner")]
pub(crate) struct AcceptRemovals {
    /// Mirror whose upstream lost something.
    #[arg(value_name = "REGISTRY")]
    registry: String,
    /// Crates that are gone; all of which something is missing if none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Show what is missing and accept nothing.
    #[arg(long, conflicts_with = "names")]
    list: bool,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks for what is missing, or accepts it.
pub(crate) fn accept_removals(arguments: &AcceptRemovals) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let registry = &arguments.registry;
    let answer = crate::runtime::wait(async {
        match arguments.list {
            true => removals::missing(&server, registry).await,
            false => removals::accept(&server, registry, &arguments.names).await,
        }
    })?
    .map_err(asked_server::failed)?;
    let lines = removals::told(&answer).map_err(Failure::plain)?;
    let nothing = lines.is_empty();
    if arguments.json {
        out(&format!("{answer:#}"));
    } else if nothing {
        out(&format!(
            "nothing that `{registry}` keeps is missing upstream"
        ));
    } else {
        let what = match arguments.list {
            true => "missing upstream, kept as it was or shown yanked",
            false => "accepted as removed, shown yanked from now on",
        };
        out(&format!("{what}:\n  {}", lines.join("\n  ")));
    }
    Ok(match arguments.list != nothing {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}
