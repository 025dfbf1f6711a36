//! `crossdock approve`: what a view with `admit = "approved"` lets in.
//!
//! Absent: what a lock has from the view, which the server finds.

use crate::gates::OfView;
use crate::report::{Failure, Outcome};
use clap::Args;
use crossdock_client::gates::{self, Wanted};
use serde_json::Value;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Largest lock that is read; one of 10,000 packages has some 3 MB.
const LOCK_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// `crossdock approve`
#[derive(Debug, Args)]
#[command(after_help = "\
A whole version means exactly that one, everything else is a requirement as in
Cargo.toml. --closure approves every package that a Cargo.lock has from the view,
each in exactly its version, if the lock's checksum is that of the view's row; exit
code 1 if one is not. Where the server has several views, name the one that is meant.

Examples:
  crossdock approve serde@1.0.210 'tokio@^1.40' --view main
  crossdock approve --closure --lock Cargo.lock
  crossdock approve --list
  crossdock approve --request petal@1.1.5
  crossdock approve --revoke 'tokio@^1.40'")]
pub(crate) struct Approve {
    /// Crates, one version of them, or a requirement.
    #[arg(
        value_name = "NAME[@REQ]",
        required_unless_present_any = ["closure", "list"],
        conflicts_with_all = ["closure", "list"]
    )]
    releases: Vec<String>,
    /// Approve all that a lock has from the view.
    #[arg(long, requires = "lock", conflicts_with_all = ["list", "request", "revoke"])]
    closure: bool,
    /// The lock.
    // What conflicts with --closure lifts `requires`, so it has to be told here too.
    #[arg(
        long,
        value_name = "PATH",
        requires = "closure",
        conflicts_with_all = ["releases", "list", "request", "revoke"]
    )]
    lock: Option<PathBuf>,
    /// Show what waits for an approval, and what was approved.
    #[arg(long, conflicts_with_all = ["request", "revoke"])]
    list: bool,
    /// Ask for an approval of one version instead of giving it.
    #[arg(long, conflicts_with = "revoke")]
    request: bool,
    /// Take back an approval, named in the same words.
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    of: OfView,
}

/// Why a lock is not approved.
#[derive(Debug, Error)]
enum LockError {
    #[error("could not read {}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is larger than {LOCK_BYTES_MAX} bytes", .0.display())]
    TooLarge(PathBuf),
}

/// Decides, or shows what there is to decide.
pub(crate) fn approve(arguments: &Approve) -> Result<Outcome, Failure> {
    if arguments.list {
        let report = arguments
            .of
            .ask(async |server, view| gates::ask(server, view).await)?;
        arguments.of.tell(&report, listed)?;
        return Ok(Outcome::Done);
    }
    let action = match (arguments.request, arguments.revoke) {
        (true, _) => "request",
        (false, true) => "revoke",
        (false, false) => "approve",
    };
    let lock = arguments.lock.as_deref().map(read).transpose();
    let lock = lock.map_err(Failure::plain)?;
    let answer = arguments.of.change(async |server, view| {
        let wanted = match &lock {
            Some(lock) => Wanted::Lock(lock),
            None => Wanted::Releases(&arguments.releases, action),
        };
        gates::approve(server, view, wanted).await
    })?;
    arguments
        .of
        .tell(&answer, |answer| Ok(done(answer, action)))?;
    let refused = answer["refused"].as_array();
    Ok(match refused.is_some_and(|refused| !refused.is_empty()) {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

/// How many of the releases that nobody approved or asked for are listed: some screens.
const UNASKED_MAX: usize = 200;

fn listed(report: &Value) -> Result<String, serde_json::Error> {
    let unasked = gates::unasked(report, UNASKED_MAX)?;
    let text = gates::queue(report)? + &unasked + &gates::approvals(report)?;
    Ok(match text.is_empty() {
        true => "nothing waits, and nothing was approved".to_owned(),
        false => text,
    })
}

fn done(answer: &Value, action: &str) -> String {
    let word = match action {
        "request" => "asked for",
        "revoke" => "taken back",
        _ => "approved",
    };
    let each = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    let view = answer["view"].as_str().unwrap_or_default();
    let mut lines = vec![format!("in view `{view}`:")];
    let done = each("done");
    let done = done.iter().filter_map(Value::as_str);
    lines.extend(done.map(|release| format!("{word}: {release}")));
    match each("unchanged").len() {
        0 => {}
        before => lines.push(format!("{before} were so before")),
    }
    for key in ["elsewhere", "refused"] {
        lines.extend(each(key).iter().map(|left| {
            let text = |key: &str| left[key].as_str().unwrap_or_default().to_owned();
            format!("not approved: {}: {}", text("release"), text("reason"))
        }));
    }
    lines.join("\n") + &gates::warnings(answer)
}

fn read(path: &Path) -> Result<String, LockError> {
    let unreadable = |source| LockError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    let read = file.take(LOCK_BYTES_MAX + 1).read_to_string(&mut text);
    match read.map_err(unreadable)? as u64 {
        bytes if bytes > LOCK_BYTES_MAX => Err(LockError::TooLarge(path.to_owned())),
        _ => Ok(text),
    }
}
