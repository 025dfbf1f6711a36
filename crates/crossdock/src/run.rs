//! `crossdock run … -- cargo build`: a registry that exists for one command.
//!
//! The command takes the place of this process, so that exit code, signals and terminal
//! are its own and nothing is left behind.
//!
//! Absent: what stands in for the registry (`crossdock-client`).

mod crates;
mod keep_lock;
mod project;
mod stand_in;

pub(crate) use stand_in::in_place_of_cargo;

use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome};
use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// `crossdock run`
#[derive(Debug, Args)]
#[command(after_help = "\
With --crates, dependencies of a registry (`foo = { version = \"1\", registry = \"internal\" }`)
are what lies in the folders: .crate files, packages, workspaces. The registry need not
exist; if cargo's configuration knows it, its address is kept, so that locks fit both.
Without --registry it is the one that the project's manifests name. A lock that names
other content, or a version that is neither there nor kept from before, is refused;
--update-lock takes the checksums of what is there.

With --keep-lock, what the lock has from the registry is built in the bytes that the
registry has now, and the lock stays as it is: cargo does not verify the checksums of
that registry in this run. A registry that is used through a view is named by its own
name, too: what else the lock has through that view is verified as ever. The option may
be given for several registries.

No file of the project changes but Cargo.lock as cargo changes it or --update-lock does.
Every cargo that the command starts by its search path or by $CARGO sees the same.

The exit code is the command's, or 2 if it could not be started.

Examples:
  crossdock run --crates ../libs --crates built/ -- cargo build --locked
  crossdock run --crates ../libs --registry internal --update-lock -- cargo test
  crossdock run --keep-lock lab -- cargo build --locked")]
pub(crate) struct Run {
    /// Folder of .crate files and workspaces that stands in for the registry.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "keep_lock",
        conflicts_with = "keep_lock"
    )]
    crates: Vec<PathBuf>,
    /// What cargo calls the registry.
    #[arg(long, value_name = "NAME", conflicts_with = "keep_lock")]
    registry: Option<String>,
    /// Put the checksums of what is there into the lock.
    #[arg(long, conflicts_with = "keep_lock")]
    update_lock: bool,
    /// Registry whose packages are built as they are now, under the lock as it is.
    #[arg(long, value_name = "REGISTRY")]
    keep_lock: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
    /// Print what stands in for the registry as JSON on standard error.
    #[arg(long)]
    json: bool,
    /// The command.
    #[arg(
        value_name = "COMMAND",
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    command: Vec<OsString>,
}

/// Prepares, and becomes the command.
pub(crate) fn run(arguments: &Run) -> Result<Outcome, Failure> {
    let configuration = match arguments.keep_lock.is_empty() {
        false => keep_lock::prepare(arguments)?,
        true => crates::prepare(arguments)?,
    };
    stand_in::become_command(&arguments.command, &configuration)
}
