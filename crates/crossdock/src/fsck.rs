//! `crossdock fsck`: everything that is kept, held against itself.
//!
//! Beside a stopped server it works on the stores themselves; a server that runs is asked
//! to do the same while it serves.
//!
//! Absent: what is compared with what (`registry`).

use crate::command_line::ServerArguments;
use crate::report::{Failure, Outcome, out};
use crate::scratch::Scratch;
use crate::stores::Stores;
use crate::upkeep::{self, DataPlace, Place};
use async_trait::async_trait;
use clap::Args;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use crossdock_registry::ports::StoreError;
use crossdock_registry::{Derived, Fsck, FsckReport, Mended, Repairs};
use crossdock_store::SqliteLedger;
use indicatif::ProgressBar;
use std::path::PathBuf;

/// `crossdock fsck`
#[derive(Debug, Args)]
#[command(after_help = "\
A server that runs examines what it keeps while it serves; where none does, the data
folder is examined. Rows are made again beside a stopped server alone.
Reads every fact, every row and every archive; a large mirror takes a while.
Exit code 1 if something is wrong that was not put right.

Examples:
  crossdock fsck
  crossdock fsck --config /etc/crossdock/crossdock.toml --json
  crossdock fsck --repair")]
pub(crate) struct FsckArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// Folder for everything that is kept, instead of what the settings say.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Make again what follows from the facts, and let go of corrupt archives of mirrors:
    /// they are fetched again when they are asked for, and taken only if they are what
    /// their row says.
    #[arg(long)]
    repair: bool,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// Examines what is kept.
pub(crate) fn fsck(arguments: FsckArguments) -> Result<Outcome, Failure> {
    let job = serde_json::json!({ "job": "fsck", "repair": arguments.repair });
    let report = match upkeep::place(&arguments.server, arguments.data)? {
        Place::Server(server) => upkeep::asked(&server, &job)?,
        Place::Data(data) => crate::runtime::wait(examine(*data, arguments.repair))??,
    };
    if arguments.json {
        let report = serde_json::to_value(&report).map_err(Failure::plain)?;
        out(&format!("{report:#}"));
    } else {
        out(&told(&report));
    }
    Ok(
        match report.findings.iter().all(|finding| finding.repaired) {
            true => Outcome::Done,
            false => Outcome::Found,
        },
    )
}

async fn examine(place: DataPlace, repair: bool) -> Result<FsckReport, Failure> {
    let DataPlace {
        settings,
        data,
        lock,
    } = place;
    let stores = Stores::open(&settings.server, &data, false).await?;
    let scratch = Scratch::open(&data).await.map_err(Failure::plain)?;
    let ledger = stores.ledger();
    let progress = ProgressBar::new_spinner().with_message("archives read");
    let beside = BesideNobody {
        stores: &stores,
        scratch: &scratch.ledger,
    };
    let fsck = Fsck {
        ledger: &*ledger,
        blobs: &*stores.blobs,
        scratch: &scratch.ledger,
        set_clock: &|time| scratch.set_clock(time),
        repairs: repair.then_some(&beside as &dyn Repairs),
        step: &|| progress.inc(1),
    };
    let report = fsck.run().await;
    progress.finish_and_clear();
    scratch.close().await;
    stores.close().await;
    drop(lock);
    report.map_err(|error| {
        Failure::hinted(
            error,
            "bring back a backup of what cannot be read, and look again",
        )
    })
}

/// What can be put right while nobody else has the stores.
struct BesideNobody<'s> {
    stores: &'s Stores,
    scratch: &'s SqliteLedger,
}

#[async_trait]
impl Repairs for BesideNobody<'_> {
    async fn refetch(
        &self,
        _mirror: &RegistryName,
        _name: &IndexName,
        _version: &Version,
        checksum: &Checksum,
    ) -> Result<Mended, StoreError> {
        self.stores.blobs.remove(checksum).await?;
        Ok(Mended::done(
            "let go; it is fetched again when it is asked for",
        ))
    }

    async fn derive(&self, what: &Derived) -> Result<Mended, StoreError> {
        self.stores.take_derived(self.scratch, what).await?;
        Ok(Mended::done("made again from the facts"))
    }
}

/// Tells what was found, a line each.
pub(crate) fn told(report: &FsckReport) -> String {
    let mut lines = Vec::new();
    for finding in &report.findings {
        let remains = if finding.repaired { "" } else { "remains; " };
        lines.push(format!("{}: {remains}{}", finding.what, finding.remedy));
    }
    lines.push(format!(
        "{} facts and {} archives are what they should be but for {} findings",
        report.facts,
        report.archives,
        report.findings.len()
    ));
    match &report.orphans {
        None => {
            lines.push("what nobody names was not looked for: what is lost may name it".to_owned())
        }
        Some(orphans) if orphans.is_empty() => {}
        Some(orphans) => {
            let bytes: u64 = orphans.iter().map(|orphan| orphan.bytes).sum();
            lines.push(format!(
                "{} archives, {bytes} bytes, are named by nobody: `crossdock gc` takes them away when they are old enough",
                orphans.len()
            ));
        }
    }
    lines.join("\n")
}
