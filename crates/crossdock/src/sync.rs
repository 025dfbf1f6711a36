//! `crossdock sync`: mirrors ask their upstreams again for what they hold.
//!
//! Absent: which names are held, and what may be asked for, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::server::{AskError, Server};
use crossdock_client::{setup, sync};
use std::io::{IsTerminal as _, Write as _};

/// `crossdock sync`
#[derive(Debug, Args)]
#[command(after_help = "\
Only names that a mirror holds are asked for, and those whose answer was refused
within the last minute; nothing new is fetched ahead.
Exit code 1 if an upstream did not answer for some of them.

Examples:
  crossdock sync
  crossdock sync crates-io
  crossdock sync crates-io serde tokio --json")]
pub(crate) struct Sync {
    /// Mirror to bring up to date; if none is named all of the view that cargo uses here,
    /// else of the server's first one.
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
    /// Crates to ask for; all that are held if none is named.
    #[arg(value_name = "NAME", requires = "registry")]
    names: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print what changed as JSON.
    #[arg(long)]
    json: bool,
}

/// Brings mirrors up to date.
pub(crate) fn sync(arguments: &Sync) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let named = arguments.registry.clone();
    let registries = match named {
        Some(registry) => vec![registry],
        None => crate::runtime::wait(mirrors(&server))?.map_err(asked_server::failed)?,
    };
    let (mut silent, mut all) = (false, serde_json::Map::new());
    for registry in registries {
        let progress = |done, of| tell_progress(&registry, done, of);
        let report = sync::sync(&server, &registry, &arguments.names, progress);
        let report = crate::runtime::wait(report)?.map_err(asked_server::failed)?;
        silent |= !report.silent.is_empty();
        if arguments.json {
            let report = serde_json::to_value(&report).map_err(Failure::plain)?;
            all.insert(registry, report);
        } else {
            out(&sync::told(&registry, &report));
        }
    }
    if arguments.json {
        out(&format!("{:#}", serde_json::Value::Object(all)));
    }
    Ok(match silent {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

async fn mirrors(server: &Server) -> Result<Vec<String>, AskError> {
    let info = setup::ask(server, None).await?;
    let mirrors = info.registries.into_iter().filter(|it| !it.is_named());
    Ok(mirrors.map(|member| member.name).collect())
}

/// Shows how far it is, on a terminal alone.
fn tell_progress(registry: &str, done: usize, of: usize) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        let end = if done == of { "\n" } else { "" };
        // Who does not see it misses nothing that counts.
        let _ = write!(terminal, "\r{registry}: {done} of {of}{end}");
        let _ = terminal.flush();
    }
}
