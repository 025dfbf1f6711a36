//! `crossdock restore`: a backup made into a data folder, or into PostgreSQL and an
//! object store, again.
//!
//! The place must be empty. A mark in the data folder says that a restore is under way:
//! until it is done no server starts there, and a restore that was broken off goes on.
//! The database comes to its place last, whole.
//!
//! Absent: what a backup is made of (`registry`).

use crate::asked_server;
use crate::command_line::SettingsArgument;
use crate::kept_line;
use crate::report::{Failure, Outcome, out};
use crate::scratch::reading;
use crate::settings::{self, ServerSettings};
use crate::stores;
use crate::vaults::{Purpose, VaultArguments};
use clap::Args;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Blobs, Ledger, StoreError, Vault};
use crossdock_registry::{RestoreError, RestoreReport, restore as restore_from};
use crossdock_store::{DataLock, PostgresLedger, SqliteLedger};
use indicatif::ProgressBar;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The database while it is filled.
const UNFINISHED: &str = "restoring.sqlite";

/// `crossdock restore`
#[derive(Debug, Args)]
#[command(after_help = "\
The data folder, or the database and bucket of the settings, must be empty; whichever of
the two the backup was made of. Everything is held against its checksum. Broken off, it
goes on when it is started again. Then start the server: every epoch up to that of the
backup is what it was. There is another admin token; the settings file is not restored.
Exit code 1 if archives are missing in the backup, which are told.

Examples:
  crossdock restore /mnt/backup/crates --data /srv/crossdock
  crossdock restore s3://backups/crates --endpoint https://s3.acme.example --config crossdock.toml")]
pub(crate) struct RestoreArguments {
    #[command(flatten)]
    vault: VaultArguments,
    #[command(flatten)]
    settings: SettingsArgument,
    /// Data folder to fill, instead of what the settings say.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// Something is there already.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not empty")]
struct NotEmpty(String);

/// The system refuses.
#[derive(Debug, thiserror::Error)]
#[error("could not use {}", path.display())]
struct System {
    path: PathBuf,
    source: io::Error,
}

/// Restores a backup.
pub(crate) fn restore(arguments: RestoreArguments) -> Result<Outcome, Failure> {
    let around = settings::Surroundings {
        data: arguments.data.clone(),
        ..asked_server::surroundings()
    };
    let (_, settings) = settings::load(arguments.settings.config.clone(), around)?;
    let vault = arguments.vault.open(Purpose::Read)?;
    let run = run(&settings.server, &*vault);
    let report = crate::runtime::on_all_cores()?.block_on(run)?;
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

/// A ledger that is filled, and the clock that its facts take their time from.
struct Filled {
    ledger: Opened,
    clock: Arc<AtomicI64>,
}

enum Opened {
    Sqlite(SqliteLedger),
    Postgres(PostgresLedger),
}

impl Filled {
    async fn open(server: &ServerSettings, data: &Path) -> Result<Self, Failure> {
        let clock = Arc::new(AtomicI64::new(0));
        let ledger = match &server.stores.database {
            Some(url) => {
                let opened = PostgresLedger::open(url, reading(&clock)).await;
                Opened::Postgres(opened.map_err(Failure::plain)?)
            }
            None => {
                // What was filled before may not have survived: it is filled anew.
                for ending in ["", "-wal", "-shm"] {
                    let path = data.join(format!("{UNFINISHED}{ending}"));
                    match fs::remove_file(&path) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => {
                            return Err(system(&path)(error));
                        }
                        _ => {}
                    }
                }
                let path = data.join(UNFINISHED);
                let opened = SqliteLedger::open_scratch(&path, reading(&clock)).await;
                Opened::Sqlite(opened.map_err(Failure::plain)?)
            }
        };
        Ok(Self { ledger, clock })
    }

    fn ledger(&self) -> &dyn Ledger {
        match &self.ledger {
            Opened::Sqlite(ledger) => ledger,
            Opened::Postgres(ledger) => ledger,
        }
    }

    /// Closes it; a database of SQLite comes to its place, durably.
    async fn close(self, data: &Path, is_done: bool) -> Result<(), Failure> {
        match self.ledger {
            Opened::Postgres(ledger) => ledger.close().await,
            Opened::Sqlite(ledger) => {
                ledger.close().await;
                if is_done {
                    let path = data.join(UNFINISHED);
                    let placed = File::open(&path)
                        .and_then(|file| file.sync_all())
                        .and_then(|()| fs::rename(&path, stores::database(data)))
                        .and_then(|()| File::open(data)?.sync_all());
                    placed.map_err(system(&path))?;
                }
            }
        }
        Ok(())
    }
}

async fn run(server: &ServerSettings, vault: &dyn Vault) -> Result<RestoreReport, Failure> {
    let data = crate::serve::data_folder(&server.data)?;
    let lock = DataLock::take(&data).map_err(|error| {
        Failure::hinted(
            error,
            "stop the server there, or name an empty folder with --data",
        )
    })?;
    let is_resumed = stores::is_being_restored(&data);
    if !is_resumed && stores::has_ledger(&data) {
        return Err(not_empty(data.display().to_string()));
    }
    let blobs = blobs(server, &data).await?;
    let filled = Filled::open(server, &data).await?;
    if !is_resumed {
        let listed = blobs.list(None, 1).await.map_err(Failure::plain)?;
        let position = filled.ledger().position().await.map_err(Failure::plain)?;
        if !listed.is_empty() || position > 0 {
            let place = match &server.stores.objects {
                Some(_) => "the database or the bucket".to_owned(),
                None => data.display().to_string(),
            };
            return Err(not_empty(place));
        }
        stores::begin_restoring(&data).map_err(system(&data))?;
    }
    let progress = ProgressBar::new_spinner().with_message("archives restored");
    let set_clock = |time: Timestamp| filled.clock.store(time.unix_seconds(), Ordering::Relaxed);
    let step = || progress.inc(1);
    let restored = restore_from(vault, filled.ledger(), &*blobs, &set_clock, &step).await;
    progress.finish_and_clear();
    filled.close(&data, restored.is_ok()).await?;
    let report = restored.map_err(failed)?;
    let kept = kept_line::keep(&data, crate::installation::FILE, &report.installation);
    kept.map_err(system(&data))?;
    stores::end_restoring(&data).map_err(system(&data))?;
    drop(lock);
    Ok(report)
}

async fn blobs(server: &ServerSettings, data: &Path) -> Result<Arc<dyn Blobs>, Failure> {
    Ok(match &server.stores.objects {
        Some(objects) => Arc::new(stores::open_objects(objects).await?),
        None => stores::folder(data, server.compact.hot_bytes_max)?,
    })
}

fn not_empty(place: String) -> Failure {
    Failure::hinted(
        NotEmpty(place),
        "a backup is restored into an empty place: name another folder with --data, or other places in the settings",
    )
}

fn failed(error: RestoreError) -> Failure {
    match error {
        RestoreError::Backup(crossdock_registry::BackupError::Store(StoreError::Full(_))) => {
            Failure::hinted(
                error,
                "make room, and start it again: it goes on where it was",
            )
        }
        error => Failure::hinted(
            error,
            "what was restored so far stays; started again, it goes on",
        ),
    }
}

fn system(path: &Path) -> impl Fn(io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |source| {
        let path = path.clone();
        Failure::plain(System { path, source })
    }
}

fn told(report: &RestoreReport) -> String {
    let mut lines = vec![
        format!(
            "epoch       {} of installation {}, backed up at {}",
            report.epoch, report.installation, report.made
        ),
        format!(
            "archives    {} restored, {} there already, all verified",
            report.archives, report.there
        ),
    ];
    let missing = report.missing.iter();
    lines.extend(missing.map(|what| format!("missing     {what} in the backup")));
    lines.join("\n")
}
