//! `crossdock identity`: the hashes of releases, by which archives can be told apart.
//!
//! Absent: how two of them differ, which is `crossdock diff`.

use crate::command_line::ServerArguments;
use crate::local_releases;
use crate::report::{Failure, Outcome, error, out};
use clap::Args;
use crossdock_client::identity::{identity, told};
use crossdock_core::rebuilds::Lockfile;
use serde_json::json;
use std::path::PathBuf;

/// `crossdock identity`
#[derive(Debug, Args)]
#[command(after_help = "\
The archive's hash is the checksum of index rows and locks. The exact content is blind to
how the archive was packed: gzip, order, times, owners. The source content leaves out
besides what changes without the sources: the commit it was packed from, how the manifest
is written, and the embedded Cargo.lock of a crate without programs. Registries with
`rebuilds = \"same-content\"` take two archives with one source content for one release.

Exit code 1 if one of them cannot be read.

Examples:
  crossdock identity target/package/petal-1.0.0.crate
  crossdock identity . --json
  crossdock identity vendor/*.crate --lockfile ignore")]
pub(crate) struct Identity {
    /// `.crate` file, package, workspace, or folder of such.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Whether the embedded Cargo.lock of a crate with programs counts.
    #[arg(long, value_enum, default_value_t)]
    lockfile: LockfileArgument,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the hashes as JSON.
    #[arg(long)]
    json: bool,
}

/// What an embedded Cargo.lock counts for, as in the settings of a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LockfileArgument {
    /// It does.
    #[default]
    Count,
    /// It does not.
    Ignore,
}

impl From<LockfileArgument> for Lockfile {
    fn from(argument: LockfileArgument) -> Self {
        match argument {
            LockfileArgument::Count => Self::Count,
            LockfileArgument::Ignore => Self::Ignore,
        }
    }
}

/// Reads releases and tells their hashes.
pub(crate) fn identity_of(arguments: &Identity) -> Result<Outcome, Failure> {
    let (releases, problems) = local_releases::unpacked(&arguments.paths, &arguments.server)?;
    let releases = releases.iter();
    let identities: Vec<_> = releases
        .map(|release| identity(release, arguments.lockfile.into()))
        .collect();
    match arguments.json {
        true => out(&format!(
            "{:#}",
            json!({"crates": identities, "problems": problems})
        )),
        false => {
            identities.iter().for_each(|it| out(&told(it)));
            problems.iter().for_each(|problem| error(problem));
        }
    }
    if identities.is_empty() && problems.is_empty() {
        error("there is no crate there");
        return Ok(Outcome::Found);
    }
    Ok(match problems.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}
