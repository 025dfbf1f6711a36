//! `crossdock freeze` and `crossdock thaw`: a view stands still, and moves again.
//!
//! Absent: what a frozen view shows, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::standing;

/// `crossdock freeze`
#[derive(Debug, Args)]
#[command(after_help = "\
While it is frozen, the view shows what it showed at the epoch, except the crates that
are named. Whoever publishes meanwhile is told so; the registries themselves go on.

Examples:
  crossdock freeze main
  crossdock freeze main --at 2026-11-21T08:00:00Z --except hotfix --except acme-base")]
pub(crate) struct Freeze {
    /// View that shall stand still.
    #[arg(value_name = "VIEW")]
    view: String,
    /// Epoch, time or snapshot that it shows; the latest epoch if nothing is said.
    #[arg(long, value_name = "EPOCH|TIME|NAME")]
    at: Option<String>,
    /// Crate that is shown as it is all the same.
    #[arg(long, value_name = "NAME")]
    except: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `crossdock thaw`
#[derive(Debug, Args)]
#[command(after_help = "\
Exit code 1 if the view was not frozen.

Example:
  crossdock thaw main")]
pub(crate) struct Thaw {
    /// View that shall move again.
    #[arg(value_name = "VIEW")]
    view: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print how it stood as JSON.
    #[arg(long)]
    json: bool,
}

/// Freezes a view.
pub(crate) fn freeze(arguments: &Freeze) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let (view, at) = (&arguments.view, arguments.at.as_deref());
    let frozen = standing::freeze(&server, view, at, &arguments.except);
    let frozen = crate::runtime::wait(frozen)?.map_err(asked_server::failed)?;
    match arguments.json {
        true => out(&format!("{frozen:#}")),
        false => {
            let told = standing::told_frozen(&frozen).map_err(Failure::plain)?;
            let told = told.unwrap_or_default();
            out(&format!(
                "`{view}` stands still at {told}; `crossdock thaw {view}` lets it go"
            ));
        }
    }
    Ok(Outcome::Done)
}

/// Thaws a view.
pub(crate) fn thaw(arguments: &Thaw) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let view = &arguments.view;
    let stood = crate::runtime::wait(standing::thaw(&server, view))?;
    let stood = stood.map_err(asked_server::failed)?;
    let told = standing::told_frozen(&stood).map_err(Failure::plain)?;
    match (arguments.json, &told) {
        (true, _) => out(&format!("{stood:#}")),
        (false, Some(told)) => out(&format!("`{view}` stood still at {told} and moves again")),
        (false, None) => out(&format!("`{view}` was not frozen")),
    }
    Ok(match told {
        Some(_) => Outcome::Done,
        None => Outcome::Found,
    })
}
