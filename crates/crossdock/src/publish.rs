//! `crossdock publish`: many releases at once, all or none.
//!
//! Absent: what may be published, which the server decides.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::local_releases;
use crate::progress;
use crate::report::{Failure, Outcome, error, out};
use clap::Args;
use crossdock_client::batch::{self, Batch};
use crossdock_client::gather::Judged;
use crossdock_client::publish::{
    Destination, NoDestination, Plan, destination, parcels, plan, told,
};
use crossdock_client::server::{AskError, Server};
use crossdock_client::setup;
use crossdock_folder::Packed;
use serde_json::{Value, json};
use std::path::PathBuf;

/// `crossdock publish`
#[derive(Debug, Args)]
#[command(after_help = "\
All releases are sent at once, those that others need first, and all or none become
visible. What is there with the same content is left as it is, so a publish can be run
again. A member whose manifest says publish = false, or names other registries, is left
out, and what is built with it by its bare name is refused. Packages are packed by cargo, canonically and without building them.

Without --to: the server's only hosted registry, else the one that `publish-to` names of
the view that cargo uses here, else of the server's first view.

Exit codes:
  0  all is there
  1  something was refused, or there is nothing to publish; nothing was published
  2  could not: no server, or a package that cannot be packed

Examples:
  crossdock publish .
  crossdock publish --to acme crates/petal crates/stem
  crossdock publish --to main ../workspace --dry-run
  crossdock publish --to acme built/*.crate --json")]
pub(crate) struct Publish {
    /// `.crate` file, package, workspace, or folder of such.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Hosted registry to publish to, or view that knows which.
    #[arg(long, value_name = "REGISTRY|VIEW")]
    to: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Say what would be sent, in which order, and send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// Something cannot be packed, so nothing is sent.
#[derive(Debug, thiserror::Error)]
#[error("{many} of the crates cannot be packed, and nothing was sent")]
struct Unpacked {
    many: usize,
}

/// Packs, orders and sends.
pub(crate) fn publish(arguments: &Publish) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let to = crate::runtime::wait(find(&server, arguments.to.as_deref()))??;
    let read = local_releases::read(&arguments.paths, Judged::AsUploads, &arguments.server)?;
    let read = read.each_once();
    if !read.problems.is_empty() {
        read.problems.iter().for_each(|it| error(&it.to_string()));
        let many = read.problems.len();
        let hint = "mend or leave out what is named above; a publish is all or nothing";
        return Err(Failure::hinted(Unpacked { many }, hint));
    }
    let plan = plan(read.crates, &to);
    if !arguments.json {
        let left_out = plan.left_out.iter();
        left_out.for_each(|it| out(&format!("{} {}: left out: {}", it.name, it.vers, it.why)));
    }
    if plan.refused.is_none() && (arguments.dry_run || plan.sent.is_empty()) {
        return Ok(told_only(&plan, &to, arguments));
    }
    let batch = match &plan.refused {
        Some(refused) => refused.clone(),
        None => crate::runtime::wait(send(&server, &to.name, &plan.sent))??,
    };
    match arguments.json {
        true => out(&format!("{:#}", said(&batch, &plan, &to))),
        false => out(&told(&batch, &to.name)),
    }
    Ok(match batch.taken {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

/// Finds where releases are published to.
///
/// # Errors
/// [`Failure`] if nobody says it, or nobody answers.
pub(crate) async fn find(server: &Server, named: Option<&str>) -> Result<Destination, Failure> {
    match (setup::ask(server, None).await, named) {
        (Ok(info), named) => destination(named, &info).map_err(|error| {
            let hint = match error {
                NoDestination::None => "add one to the settings: [registries.NAME]",
                NoDestination::Several(_) | NoDestination::Unknown { .. } => {
                    "name one of them with --to"
                }
            };
            Failure::hinted(error, hint)
        }),
        // A server without a view that this token may read still has registries.
        (Err(AskError::Absent { .. }), Some(named)) => Ok(Destination {
            name: named.to_owned(),
            index: None,
            is_registry: false,
        }),
        (Err(error @ AskError::Absent { .. }), None) => {
            let hint = "no view of the server says where to; name a hosted registry with --to";
            Err(Failure::hinted(error, hint))
        }
        (Err(error), _) => Err(asked_server::failed_at(server, error).await),
    }
}

async fn send(server: &Server, to: &str, crates: &[Packed]) -> Result<Batch, Failure> {
    let bar = progress::of_bytes("sending", crates.iter().map(|it| it.bytes.len()).sum());
    let moved = bar.clone();
    let sent = batch::send(server, to, &parcels(crates), move |bytes| moved.inc(bytes)).await;
    bar.finish_and_clear();
    sent.map_err(|error| match error {
        error if error.is_lost() => {
            let hint = "the connection was lost after something was sent, so it may have been \
                        done; run it again, what is there already is left as it is";
            Failure::hinted(error, hint)
        }
        error @ AskError::Absent { .. } => {
            let hint = format!("look at --to: the server may have no registry or view `{to}`");
            Failure::hinted(error, hint)
        }
        error => asked_server::failed(error),
    })
}

fn told_only(plan: &Plan, to: &Destination, arguments: &Publish) -> Outcome {
    if arguments.json && !arguments.dry_run {
        let nothing = Batch {
            taken: false,
            crates: Vec::new(),
        };
        out(&format!("{:#}", said(&nothing, plan, to)));
    } else if arguments.json {
        let would: Vec<_> = plan.sent.iter().map(sendable).collect();
        out(&format!(
            "{:#}",
            json!({"to": to.name, "would_send": would, "left_out": plan.left_out})
        ));
    } else {
        for packed in &plan.sent {
            out(&format!(
                "{} {}: would be sent to {} ({} bytes, {})",
                packed.name,
                packed.version,
                to.name,
                packed.bytes.len(),
                packed.checksum
            ));
        }
    }
    if plan.sent.is_empty() {
        error("there is nothing to publish");
        return Outcome::Found;
    }
    Outcome::Done
}

fn sendable(packed: &Packed) -> Value {
    json!({
        "name": packed.name.as_str(),
        "vers": packed.version.to_string(),
        "sha256": packed.checksum.to_string(),
        "bytes": packed.bytes.len(),
        "origin": packed.origin.display().to_string(),
    })
}

fn said(batch: &Batch, plan: &Plan, to: &Destination) -> Value {
    json!({
        "to": to.name,
        "published": batch.taken,
        "crates": batch.crates,
        "left_out": plan.left_out,
    })
}
