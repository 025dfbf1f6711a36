//! `crossdock snapshot`: an epoch gets a name, or the names are listed.
//!
//! Absent: what an epoch is, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::server::Server;
use crossdock_client::{setup, standing};
use serde_json::Value;

/// `crossdock snapshot`
#[derive(Debug, Args)]
#[command(after_help = "\
A snapshot names a position in the sequence of facts, once and for good; what was shown
there is read at /VIEW/at/NAME/index/ for ever. Without a name, snapshots are listed.

Examples:
  crossdock snapshot release-7
  crossdock snapshot before-incident --at 2026-11-21T08:00:00Z
  crossdock snapshot --view main --json")]
pub(crate) struct Snapshot {
    /// Name to give; 1 to 63 of a-z, 0-9 and `-`, with a letter in it.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// View whose epoch it is; if it is not named the one that cargo uses here, else the
    /// server's first one; to give a name its only one.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    /// Epoch, time or other snapshot to name; the latest epoch if nothing is said.
    #[arg(long, value_name = "EPOCH|TIME|NAME", requires = "name")]
    at: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Names an epoch, or lists names.
pub(crate) fn snapshot(arguments: &Snapshot) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let answer = crate::runtime::wait(async {
        let named = arguments.view.as_deref();
        let view = match arguments.name {
            Some(_) => asked_server::view_to_change(&server, named).await?,
            None => view_of(&server, named).await?,
        };
        let at = arguments.at.as_deref();
        let answer = match &arguments.name {
            Some(name) => standing::snapshot(&server, &view, name, at).await,
            None => standing::snapshots(&server, &view).await.map(Value::Array),
        };
        answer.map_err(asked_server::failed)
    })??;
    if arguments.json {
        out(&format!("{answer:#}"));
        return Ok(Outcome::Done);
    }
    match &answer {
        Value::Array(all) if all.is_empty() => out("there are no snapshots"),
        Value::Array(all) => {
            for one in all {
                out(&standing::told_snapshot(one).map_err(Failure::plain)?);
            }
        }
        one => out(&standing::told_snapshot(one).map_err(Failure::plain)?),
    }
    Ok(Outcome::Done)
}

/// Finds the view that is meant: the one named, else the server's first.
pub(crate) async fn view_of(server: &Server, named: Option<&str>) -> Result<String, Failure> {
    match named {
        Some(view) => Ok(view.to_owned()),
        None => {
            let info = setup::ask(server, None).await;
            Ok(info.map_err(asked_server::failed)?.view)
        }
    }
}
