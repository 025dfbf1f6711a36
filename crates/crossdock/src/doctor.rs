//! `crossdock doctor`: what of a project will duplicate, confuse, leak or miss.
//!
//! Absent: what is wrong with what (`client`).

use crate::asked_server::logged_in;
use crate::command_line::ServerArguments;
use crate::lock::{self, OnDisk};
use crate::report::{Failure, Outcome, error, out};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use crossdock_client::cargo_sources::{CargoSources, cargo_home, index_variable};
use crossdock_client::config_file::{self, Place};
use crossdock_client::doctor::{self, Asked, Finding, Kind, Lock, Patient};
use crossdock_client::led_to::Led;
use crossdock_client::needs::{Metadata, Need};
use crossdock_client::server::{Server, Token};
use crossdock_core::address::Address;
use crossdock_wire::lockfile::LockedSource;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use thiserror::Error;

/// `crossdock doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Each finding has the line it comes from and a cure that can be written as it stands:
  identities  one crate under two identities, built twice
  git         a git dependency that brings a second identity of a crate
  alias       a registry called by the address of crates.io, without its guard
  ignored     a replacement that cargo passes over without a word
  default     registry.default beside a replacement of crates.io
  provider    reading needs a token, and no credential provider is named
  face        a lock with an address inside a view that is not configured
  ambiguous   a name on which the members of the view do not agree

The servers of cargo's configuration are asked whether they want a token, and the view
for its conflicts; --offline asks nobody. Exit code 1 if something denied is found.

Examples:
  crossdock doctor
  crossdock doctor --lock Cargo.lock --deny --json
  crossdock doctor --deny=identities,alias")]
pub(crate) struct Doctor {
    /// Project that is looked at.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The lock; else the project's, if it has one.
    #[arg(long, value_name = "PATH")]
    lock: Option<PathBuf>,
    /// What shall end with exit code 1; all of it if nothing is named.
    #[arg(
        long,
        value_name = "KIND",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "all"
    )]
    deny: Vec<Denied>,
    /// Ask no server.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    server: ServerArguments,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// What can be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denied {
    All,
    One(Kind),
}

impl ValueEnum for Denied {
    fn value_variants<'a>() -> &'a [Self] {
        const VARIANTS: [Denied; 9] = [
            Denied::All,
            Denied::One(Kind::Identities),
            Denied::One(Kind::Git),
            Denied::One(Kind::Alias),
            Denied::One(Kind::Ignored),
            Denied::One(Kind::Default),
            Denied::One(Kind::Provider),
            Denied::One(Kind::Face),
            Denied::One(Kind::Ambiguous),
        ];
        &VARIANTS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::All => "all",
            Self::One(kind) => kind.word(),
        }))
    }
}

/// Why a project cannot be looked at.
#[derive(Debug, Error)]
enum ProjectError {
    #[error("could not run `cargo metadata`")]
    NoCargo(#[source] io::Error),
    #[error("cargo does not understand the project ({0}): {1}")]
    Refused(ExitStatus, String),
    #[error("`cargo metadata` does not say what the project needs")]
    Nonsense(#[source] serde_json::Error),
}

/// Looks, and tells.
pub(crate) fn doctor(arguments: &Doctor) -> Result<Outcome, Failure> {
    let sources = CargoSources::load(&arguments.project, cargo_home().as_deref());
    let sources = sources.map_err(Failure::plain)?;
    let metadata = metadata(&arguments.project, &[]).map_err(Failure::plain)?;
    let needs = needs(&metadata);
    let lock = lock(arguments, &metadata)?;
    let asked = match arguments.offline {
        true => Asked::default(),
        false => crate::runtime::wait(ask(arguments, &sources, lock.as_ref()))??,
    };
    for (address, why) in &asked.silent {
        error(&format!(
            "{address} did not answer, so nothing is said of it: {why}"
        ));
    }
    let configuration = config_file::find(&Place::Project(arguments.project.clone()));
    let home = cargo_home();
    let findings = doctor::examine(&Patient {
        sources: &sources,
        configuration: &configuration.map_err(Failure::plain)?,
        cargo_home: home.as_deref(),
        needs: &needs,
        lock: lock
            .as_ref()
            .map(|OnDisk { path, text, lock }| Lock { path, text, lock }),
        asked: &asked,
    });
    tell(arguments, &findings);
    let is_denied = |finding: &Finding| {
        let denied = [Denied::All, Denied::One(finding.kind)];
        arguments.deny.iter().any(|one| denied.contains(one))
    };
    Ok(match findings.iter().any(is_denied) {
        true => Outcome::Found,
        false => Outcome::Done,
    })
}

fn tell(arguments: &Doctor, findings: &[Finding]) {
    if arguments.json {
        let findings: Vec<_> = findings.iter().map(doctor::json).collect();
        out(&format!(
            "{:#}",
            serde_json::json!({ "findings": findings })
        ));
    } else if findings.is_empty() {
        out("nothing found");
    } else {
        let findings: Vec<_> = findings.iter().map(doctor::text).collect();
        out(&findings.join("\n\n"));
    }
}

/// Asks cargo what the manifests of a project name; it needs no network for that.
fn metadata(project: &Path, registries: &[(String, String)]) -> Result<Metadata, ProjectError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata
        .current_dir(project)
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .envs(
            registries
                .iter()
                .map(|(name, index)| (index_variable(name), index)),
        )
        .stdin(Stdio::null());
    let output = metadata.output().map_err(ProjectError::NoCargo)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(ProjectError::Refused(output.status, said));
    }
    serde_json::from_slice(&output.stdout).map_err(ProjectError::Nonsense)
}

fn needs(metadata: &Metadata) -> Vec<Need> {
    metadata.needs(|path| std::fs::read_to_string(path).ok())
}

/// Lists what the manifests of a project name, for `setup`, where cargo may not know all
/// `registries` yet.
pub(crate) fn needs_of(
    project: &Path,
    registries: &[(String, String)],
) -> Result<Vec<Need>, Failure> {
    Ok(needs(
        &metadata(project, registries).map_err(Failure::plain)?,
    ))
}

fn lock(arguments: &Doctor, metadata: &Metadata) -> Result<Option<OnDisk>, Failure> {
    let beside = metadata.workspace_root.join("Cargo.lock");
    match &arguments.lock {
        Some(path) => lock::read(path).map(Some).map_err(Failure::plain),
        None if beside.is_file() => lock::read(&beside).map(Some).map_err(Failure::plain),
        None => Ok(None),
    }
}

/// Asks the addresses that cargo would ask, and the server of the view.
async fn ask(
    arguments: &Doctor,
    sources: &CargoSources,
    lock: Option<&OnDisk>,
) -> Result<Asked, Failure> {
    let mut addresses: BTreeSet<Address> = sources.known().into_iter().collect();
    for package in lock.into_iter().flat_map(|lock| &lock.lock.packages) {
        if let LockedSource::Registry(written) = &package.source {
            addresses.extend(Address::parse(written));
        }
    }
    let addresses: Vec<Address> = addresses.into_iter().collect();
    let view = Led::by(sources);
    let server = match &view {
        Some(Led { server: url, .. }) => {
            // A token that was given for one server goes to no other.
            let meant = arguments.server.url.as_ref();
            let is_meant = meant.is_none_or(|meant| meant.origin() == url.origin());
            let given = arguments.server.token.clone().filter(|_| is_meant);
            let given = given.and_then(|token| Token::new(&token).ok());
            let token = given.or_else(|| logged_in(url));
            Some(Server::new(url.clone(), token).map_err(Failure::plain)?)
        }
        None => None,
    };
    let view = server
        .as_ref()
        .zip(view.as_ref().map(|led| led.view.as_str()));
    Ok(doctor::ask(&addresses, view).await)
}
