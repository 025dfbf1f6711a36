//! `crossdock overlay`: patched releases, and what is held for them.
//!
//! Absent: what is held, which the server decides.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::snapshot::view_of;
use clap::{Args, Subcommand};
use crossdock_client::overlays;
use crossdock_client::server::Server;
use serde_json::Value;

/// `crossdock overlay`
#[derive(Debug, Args)]
#[command(after_help = "\
A member of a view with `overlay = [\"serde\"]` adds patched releases to the crates of
others. The release that one patches is shown yanked, and so are the owner's newer ones
until they are accepted, or a patched release made from a newer one is published.

Examples:
  crossdock overlay list
  crossdock overlay accept serde@1.0.211 --later
  crossdock overlay rebase serde")]
pub(crate) struct Overlay {
    #[command(subcommand)]
    what: What,
    /// View that is meant; if it is not named the one that cargo uses here, else the
    /// server's first one; for a change its only one.
    #[arg(long, value_name = "VIEW", global = true)]
    view: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists overlaid crates, and what is held; exit code 1 if anything is held.
    List,
    /// Shows a newer release of the owner again: it is fine without the patch.
    Accept {
        /// The owner's release.
        #[arg(value_name = "NAME@VERSION", value_parser = release)]
        release: (String, String),
        /// Accept all later ones of the same line too.
        #[arg(long)]
        later: bool,
    },
    /// Yanks the patched releases that a newer patched one replaces.
    Rebase {
        /// The crate.
        name: String,
    },
}

fn release(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('@');
    let (name, version) = split.ok_or("name one release, as in serde@1.0.211")?;
    Ok((name.to_owned(), version.to_owned()))
}

/// Does what was asked for and tells the answer; found is a release that is held.
pub(crate) fn overlay(arguments: Overlay) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let (view, answer) = crate::runtime::wait(asked(&server, &arguments))??;
    match (&arguments.what, arguments.json) {
        (_, true) => out(&format!("{answer:#}")),
        (What::List, false) => out(&overlays::told(&answer).map_err(Failure::plain)?),
        (What::Accept { release, later }, false) => {
            let more = if *later { " and later ones" } else { "" };
            out(&format!(
                "accepted {} {}{more} in view `{view}`",
                release.0, release.1
            ));
        }
        (What::Rebase { name }, false) => out(&format!(
            "{name}: the release that patches {} stands in view `{view}`, earlier ones are yanked",
            answer["onto"].as_str().unwrap_or_default()
        )),
    }
    let is_held = |krate: &Value| {
        krate["held"]
            .as_array()
            .is_some_and(|held| !held.is_empty())
    };
    let list = matches!(arguments.what, What::List).then_some(&answer);
    let list = list.and_then(Value::as_array);
    Ok(match list.is_some_and(|list| list.iter().any(is_held)) {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

async fn asked(server: &Server, arguments: &Overlay) -> Result<(String, Value), Failure> {
    let named = arguments.view.as_deref();
    let view = match arguments.what {
        What::List => view_of(server, named).await?,
        What::Accept { .. } | What::Rebase { .. } => {
            asked_server::view_to_change(server, named).await?
        }
    };
    let answer = match &arguments.what {
        What::List => overlays::ask(server, &view).await,
        What::Accept { release, later } => {
            overlays::accept(server, &view, &release.0, &release.1, *later).await
        }
        What::Rebase { name } => overlays::rebase(server, &view, name).await,
    };
    let mut answer = answer.map_err(asked_server::failed)?;
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("view".to_owned(), view.clone().into());
    }
    Ok((view, answer))
}
