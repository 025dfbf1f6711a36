//! `crossdock transfer`, `reassign`, `retire`, `purge`: decisions about names, mirrors
//! and releases that a server takes and keeps.
//!
//! Absent: whether they may be taken, which the server knows.

use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use clap::Args;
use crossdock_client::ownership;
use crossdock_client::server::AskError;
use serde_json::Value;

/// `crossdock transfer`
#[derive(Debug, Args)]
#[command(after_help = "\
The receiver must hold every release that the view shows of the name, with equal
checksums; otherwise what is missing is listed and nothing is done. No row and no
lock changes.

Example:
  crossdock transfer petal --from partner --to acme --view main")]
pub(crate) struct Transfer {
    /// Crate.
    #[arg(value_name = "NAME")]
    krate: String,
    /// Member that has the name.
    #[arg(long, value_name = "MEMBER")]
    from: String,
    /// Member that has the same crate and gets the name.
    #[arg(long, value_name = "MEMBER")]
    to: String,
    /// View in which it does.
    #[arg(long, value_name = "VIEW")]
    view: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `crossdock reassign`
#[derive(Debug, Args)]
#[command(after_help = "\
Another crate takes the name. Without --breaks-locks it is told what that would
break, and nothing is done (exit code 1). What depends on the old crate goes on
reaching it, through its member's face in the view.

Examples:
  crossdock reassign petal --to acme --view main
  crossdock reassign petal --to acme --view main --breaks-locks")]
pub(crate) struct Reassign {
    /// Crate.
    #[arg(value_name = "NAME")]
    krate: String,
    /// Member whose crate takes the name.
    #[arg(long, value_name = "MEMBER")]
    to: String,
    /// View in which it does.
    #[arg(long, value_name = "VIEW")]
    view: String,
    /// Do it, although locks break.
    #[arg(long)]
    breaks_locks: bool,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `crossdock retire`
#[derive(Debug, Args)]
#[command(after_help = "\
A mirror whose upstream is dead becomes what is held of it. It is never asked again,
and nobody waits for it. This cannot be taken back.

Example:
  crossdock retire partner")]
pub(crate) struct Retire {
    /// Mirror.
    #[arg(value_name = "MEMBER")]
    registry: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// `crossdock purge`
#[derive(Debug, Args)]
#[command(after_help = "\
For the law's demands: the download is answered 451 with the reason, the row is shown
yanked, the bytes are deleted unless another registry has them, and the version is
never published again. This cannot be taken back.

Example:
  crossdock purge petal@1.1.5 --registry acme --reason \"court order 7/2026\"")]
pub(crate) struct Purge {
    /// Release.
    #[arg(value_name = "NAME@VERSION")]
    release: String,
    /// Registry that has it.
    #[arg(long, value_name = "REGISTRY")]
    registry: String,
    /// Why, in words that whoever asks for it will read.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the server's answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Asks the server for a transfer.
pub(crate) fn transfer(arguments: &Transfer) -> Result<Outcome, Failure> {
    let Transfer {
        krate,
        from,
        to,
        view,
        ..
    } = arguments;
    let server = asked_server::find(&arguments.server)?;
    let asked = ownership::transfer(&server, view, krate, from, to);
    let answer = answered(asked)?;
    tell(&answer, arguments.json, ownership::told_transfer)?;
    Ok(Outcome::Done)
}

/// Asks the server for a reassignment; found is what it would break.
pub(crate) fn reassign(arguments: &Reassign) -> Result<Outcome, Failure> {
    let Reassign {
        krate,
        to,
        view,
        breaks_locks,
        ..
    } = arguments;
    let server = asked_server::find(&arguments.server)?;
    let asked = ownership::reassign(&server, view, krate, to, *breaks_locks);
    let answer = answered(asked)?;
    tell(&answer, arguments.json, ownership::told_reassignment)?;
    Ok(match answer["done"] == true {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

/// Asks the server to retire a mirror.
pub(crate) fn retire(arguments: &Retire) -> Result<Outcome, Failure> {
    let server = asked_server::find(&arguments.server)?;
    let answer = answered(ownership::retire(&server, &arguments.registry))?;
    tell(&answer, arguments.json, ownership::told_retirement)?;
    Ok(Outcome::Done)
}

/// Asks the server to purge a release.
pub(crate) fn purge(arguments: &Purge) -> Result<Outcome, Failure> {
    let Some((name, version)) = arguments.release.split_once('@') else {
        return Err(Failure::hinted(
            NoVersion(arguments.release.clone()),
            "write NAME@VERSION; one release is purged at a time",
        ));
    };
    let server = asked_server::find(&arguments.server)?;
    let (registry, reason) = (&arguments.registry, &arguments.reason);
    let asked = ownership::purge(&server, registry, name, version, reason);
    let answer = answered(asked)?;
    tell(&answer, arguments.json, ownership::told_purge)?;
    Ok(Outcome::Done)
}

/// Which release is meant is not said.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no version")]
struct NoVersion(String);

fn answered(asked: impl Future<Output = Result<Value, AskError>>) -> Result<Value, Failure> {
    crate::runtime::wait(asked)?.map_err(asked_server::failed)
}

fn tell(
    answer: &Value,
    as_json: bool,
    told: impl Fn(&Value) -> Result<String, serde_json::Error>,
) -> Result<(), Failure> {
    match as_json {
        true => out(&format!("{answer:#}")),
        false => out(&told(answer).map_err(Failure::plain)?),
    }
    Ok(())
}
