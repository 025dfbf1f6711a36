//! `crossdock fsck`: everything that is kept, held against itself.
//!
//! Works on the stores themselves, so no server may be using the data folder.
//!
//! Absent: what is compared with what (`registry`).

use crate::asked_server;
use crate::command_line::SettingsArgument;
use crate::report::{Failure, Outcome, out};
use crate::settings;
use crate::stores::Stores;
use clap::Args;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::{Fsck, FsckReport};
use crossdock_store::{DataLock, SqliteLedger};
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// `crossdock fsck`
#[derive(Debug, Args)]
#[command(after_help = "\
Stop the server first: two at once in one data folder would harm each other.
Reads every fact, every row and every archive; a large mirror takes a while.
Exit code 1 if something is wrong that was not put right.

Examples:
  crossdock fsck
  crossdock fsck --config /etc/crossdock/crossdock.toml --json
  crossdock fsck --repair")]
pub(crate) struct FsckArguments {
    #[command(flatten)]
    settings: SettingsArgument,
    /// Folder for everything that is kept, instead of what the settings say.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Let go of corrupt archives of mirrors: they are fetched again when they are asked
    /// for, and taken only if they are what their row says.
    #[arg(long)]
    repair: bool,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

/// Examines what is kept.
pub(crate) fn fsck(arguments: FsckArguments) -> Result<Outcome, Failure> {
    let around = settings::Surroundings {
        data: arguments.data,
        ..asked_server::surroundings()
    };
    let (_, settings) = settings::load(arguments.settings.config, around)?;
    let report = crate::runtime::wait(examine(&settings, arguments.repair))??;
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

async fn examine(settings: &settings::Settings, repair: bool) -> Result<FsckReport, Failure> {
    let data = settings.server.data.canonicalize().map_err(|source| {
        let subject = settings.server.data.display().to_string();
        Failure::hinted(
            NoData { subject, source },
            "name the folder with --data, or the settings with --config",
        )
    })?;
    let lock = DataLock::take(&data).map_err(|error| {
        Failure::hinted(error, "stop the server, and start it again afterwards")
    })?;
    let stores = Stores::open(&settings.server, &data, false).await?;
    // As large as the ledger, and gone with this command.
    let scratch = tempfile::Builder::new().prefix("fsck-").tempdir_in(&data);
    let scratch = scratch.map_err(Failure::plain)?;
    let clock = Arc::new(AtomicI64::new(0));
    let read = clock.clone();
    let now = move || {
        Timestamp::from_unix_seconds(read.load(Ordering::Relaxed))
            .expect("only times that facts have are stored")
    };
    let filled = SqliteLedger::open(&scratch.path().join("scratch.sqlite"), Arc::new(now)).await;
    let filled = filled.map_err(Failure::plain)?;
    let ledger = stores.ledger();
    let progress = ProgressBar::new_spinner().with_message("archives read");
    let fsck = Fsck {
        ledger: &*ledger,
        blobs: &*stores.blobs,
        scratch: &filled,
        set_clock: &|time| clock.store(time.unix_seconds(), Ordering::Relaxed),
        repair,
        step: &|| progress.inc(1),
    };
    let report = fsck.run().await;
    progress.finish_and_clear();
    filled.close().await;
    stores.close().await;
    drop(lock);
    report.map_err(|error| {
        Failure::hinted(
            error,
            "bring back a backup of what cannot be read, and look again",
        )
    })
}

fn told(report: &FsckReport) -> String {
    let mut lines = Vec::new();
    for finding in &report.findings {
        let became = match finding.repaired {
            true => "let go; it is fetched again when it is asked for",
            false => "remains",
        };
        lines.push(format!("{}: {became}", finding.what));
    }
    lines.push(format!(
        "{} facts and {} archives are what they should be but for {} findings",
        report.facts,
        report.archives,
        report.findings.len()
    ));
    lines.join("\n")
}

/// There is nothing to examine.
#[derive(Debug, thiserror::Error)]
#[error("the data folder {subject} cannot be opened")]
struct NoData {
    subject: String,
    source: std::io::Error,
}
