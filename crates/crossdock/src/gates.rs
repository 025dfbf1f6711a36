//! `crossdock gates`: what the gates of a view stop or would stop.
//!
//! Absent: the findings, which the server has.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::server::Server;
use crossdock_client::{gates, setup};
use serde_json::Value;

/// `crossdock gates`
#[derive(Debug, Args)]
#[command(after_help = "\
Looked at is what the view holds. What only reports (mode \"audit\") is told as what
would be stopped. Exit code 1 if anything was found.

Examples:
  crossdock gates
  crossdock gates --view main --json")]
pub(crate) struct Gates {
    #[command(flatten)]
    of: OfView,
}

/// Which view of which server, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct OfView {
    /// The view; if it is not named the one that cargo uses here, else the server's first
    /// one; for a change its only one.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks the server and tells its answer.
pub(crate) fn gates(arguments: &Gates) -> Result<Outcome, Failure> {
    let report = arguments
        .of
        .ask(async |server, view| gates::ask(server, view).await)?;
    arguments.of.tell(&report, gates::told)?;
    let found = report["held"]
        .as_array()
        .is_some_and(|held| !held.is_empty());
    Ok(match found {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

impl OfView {
    /// Asks the server something about the view.
    pub(crate) fn ask(
        &self,
        question: impl AsyncFnOnce(&Server, &str) -> Result<Value, crossdock_client::server::AskError>,
    ) -> Result<Value, Failure> {
        let server = asked_server::find(&self.server)?;
        crate::runtime::wait(async {
            let view = match &self.view {
                Some(view) => view.clone(),
                None => {
                    let info = setup::ask(&server, None).await;
                    info.map_err(asked_server::failed)?.view
                }
            };
            match question(&server, &view).await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(asked_server::failed_in_view(&server, &view, error).await),
            }
        })?
    }

    /// Changes something in the view, which is named where there are several.
    pub(crate) fn change(
        &self,
        change: impl AsyncFnOnce(&Server, &str) -> Result<Value, crossdock_client::server::AskError>,
    ) -> Result<Value, Failure> {
        let server = asked_server::find(&self.server)?;
        crate::runtime::wait(async {
            let named = self.view.as_deref();
            let view = asked_server::view_to_change(&server, named).await?;
            match change(&server, &view).await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(asked_server::failed_in_view(&server, &view, error).await),
            }
        })?
    }

    /// Prints an answer as text, or as it came.
    pub(crate) fn tell(
        &self,
        answer: &Value,
        told: impl FnOnce(&Value) -> Result<String, serde_json::Error>,
    ) -> Result<(), Failure> {
        match self.json {
            true => out(&format!("{answer:#}")),
            false => out(told(answer).map_err(Failure::plain)?.trim_end()),
        }
        Ok(())
    }
}
