//! `crossdock backup`: what came since the last time, into a folder or an object store.
//!
//! A server that runs is asked and goes on serving; where none runs, `--stopped` reads
//! the stores themselves.
//!
//! Absent: what a backup is made of (`registry`).

use crate::asked_backup::AskedBackup;
use crate::asked_server;
use crate::command_line::ServerArguments;
use crate::installation;
use crate::report::{Failure, Outcome, out};
use crate::settings;
use crate::stores::{Stores, existing_data};
use crate::vaults::{Purpose, VaultArguments};
use clap::Args;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::Vault;
use crossdock_registry::{
    BackupError, BackupReport, BackupSource, LedgerSource, Verified, back_up, verify,
};
use crossdock_store::DataLock;
use indicatif::ProgressBar;
use std::path::PathBuf;

/// `crossdock backup`
#[derive(Debug, Args)]
#[command(after_help = "\
Facts with their rows, and archives; only what came since the backup before. Whatever it
is broken off at, the backup before can be restored. Not in it: the settings file,
tokens, and the record of what was sent to other registries.
Exit code 1 if something that facts name is missing or damaged, which is told.

Examples:
  crossdock backup /mnt/backup/crates
  crossdock backup s3://backups/crates --endpoint https://s3.acme.example --region garage
  crossdock backup /mnt/backup/crates --verify")]
pub(crate) struct BackupArguments {
    #[command(flatten)]
    vault: VaultArguments,
    #[command(flatten)]
    server: ServerArguments,
    /// Read the stores themselves, beside a server that is stopped.
    #[arg(long, conflicts_with = "url")]
    stopped: bool,
    /// Folder for everything that is kept, instead of what the settings say.
    #[arg(long, value_name = "DIR", requires = "stopped")]
    data: Option<PathBuf>,
    /// Make no backup, but read the one there from the first byte to the last.
    #[arg(long, conflicts_with = "stopped")]
    verify: bool,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// There is no backup.
#[derive(Debug, thiserror::Error)]
#[error("there is no backup in {0}")]
struct NoBackup(String);

/// Makes a backup, or reads one.
pub(crate) fn backup(arguments: BackupArguments) -> Result<Outcome, Failure> {
    crate::runtime::on_all_cores()?.block_on(async {
        match arguments.verify {
            true => verified(&arguments).await,
            false => backed_up(arguments).await,
        }
    })
}

async fn verified(arguments: &BackupArguments) -> Result<Outcome, Failure> {
    let vault = arguments.vault.open(Purpose::Read)?;
    let progress = ProgressBar::new_spinner().with_message("archives read");
    let read = verify(&*vault, &|| progress.inc(1)).await;
    progress.finish_and_clear();
    let read = read.map_err(failed)?;
    let place = arguments.vault.place().to_owned();
    let read = read.ok_or_else(|| Failure::plain(NoBackup(place)))?;
    if arguments.json {
        let read = serde_json::to_value(&read).map_err(Failure::plain)?;
        out(&format!("{read:#}"));
    } else {
        out(&told_verified(&read));
    }
    Ok(match read.findings.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

async fn backed_up(arguments: BackupArguments) -> Result<Outcome, Failure> {
    let vault = arguments.vault.open(Purpose::Write)?;
    let report = match arguments.stopped {
        false => {
            let server = asked_server::find(&arguments.server)?;
            run(&AskedBackup(server), &*vault)
                .await
                .map_err(|failure| {
                    hinted(failure, "beside a server that is stopped, say --stopped")
                })?
        }
        true => {
            let around = settings::Surroundings {
                data: arguments.data,
                ..asked_server::surroundings()
            };
            let (_, settings) = settings::load(arguments.server.settings.config, around)?;
            let data = existing_data(&settings.server)?;
            let lock = DataLock::take(&data)
                .map_err(|error| Failure::hinted(error, "the server runs: leave --stopped out"))?;
            let stores = Stores::open(&settings.server, &data, false).await?;
            let source = LedgerSource {
                ledger: stores.ledger(),
                blobs: stores.blobs.clone(),
                installation: installation::read_or_make(&data).map_err(Failure::plain)?,
            };
            let report = run(&source, &*vault).await;
            stores.close().await;
            drop(lock);
            report.map_err(failed)?
        }
    };
    if arguments.json {
        let report = serde_json::to_value(&report).map_err(Failure::plain)?;
        out(&format!("{report:#}"));
    } else {
        out(&told(&report));
    }
    Ok(match report.missing.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

async fn run(source: &dyn BackupSource, vault: &dyn Vault) -> Result<BackupReport, BackupError> {
    let progress = ProgressBar::new_spinner().with_message("archives copied");
    let now: Timestamp = crate::stores::now();
    let report = back_up(source, vault, now, &|| progress.inc(1)).await;
    progress.finish_and_clear();
    report
}

fn failed(error: BackupError) -> Failure {
    match error {
        BackupError::OtherInstallation { .. } | BackupError::OtherHistory { .. } => {
            Failure::hinted(
                error,
                "name another folder or prefix; this backup stays as it is",
            )
        }
        error => Failure::plain(error),
    }
}

/// Says what to do about a server that was not reached.
fn hinted(error: BackupError, hint: &str) -> Failure {
    match error {
        BackupError::Store(_) => Failure::hinted(error, hint),
        error => failed(error),
    }
}

fn told(report: &BackupReport) -> String {
    let mut lines = vec![
        format!(
            "epoch       {}, {} facts more than before",
            report.epoch, report.facts
        ),
        format!(
            "archives    {} copied, {} in all with {} bytes; {} bytes were written",
            report.copied, report.archives, report.archive_bytes, report.written_bytes
        ),
    ];
    if report.purged > 0 {
        lines.push(format!(
            "purged      {} archives of purged releases were taken out",
            report.purged
        ));
    }
    let missing = report.missing.iter();
    lines.extend(missing.map(|what| format!("missing     {what}; see `crossdock fsck`")));
    lines.join("\n")
}

fn told_verified(read: &Verified) -> String {
    let mut lines: Vec<String> = read
        .findings
        .iter()
        .map(|what| format!("damaged     {what}"))
        .collect();
    lines.push(format!(
        "epoch {} with {} facts and {} archives, read and equal to their checksums but for {} findings",
        read.epoch,
        read.facts,
        read.archives,
        read.findings.len()
    ));
    lines.join("\n")
}
