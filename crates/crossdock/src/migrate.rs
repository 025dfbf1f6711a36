//! `crossdock migrate`: takes what is in the data folder over into PostgreSQL and an
//! object store, and reads it there again.
//!
//! Archives first, one by one, so that a broken off migration goes on where it was; then
//! the ledger, whole or not at all. What is in the data folder is left as it is.
//!
//! Which archives there are is told by the ledger: every checksum in facts and in the
//! rows of mirrors is looked for, so that texts of policies come along.

use crate::progress;
use crate::report::{Failure, Outcome, out};
use crate::settings::{self, ObjectSettings, Surroundings};
use crate::{asked_server, runtime, stores};
use clap::Args;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::Event;
use crossdock_registry::checksums_in;
use crossdock_registry::ports::{Blobs, Ledger, StoreError};
use crossdock_store::{DataLock, PostgresUrl, S3Blobs, SqliteLedger};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Archives on their way at one time; each is in memory meanwhile.
const AT_ONCE: usize = 8;

/// Facts that are read at one time.
const PAGE: u32 = 1000;

/// `crossdock migrate`
#[derive(Debug, Args)]
#[command(after_help = "\
Write `database` and `objects` into [server], stop the server, migrate, start it.
Started again, it goes on where it was broken off. Exit code 1 if an archive of a
hosted release is not in the data folder.

Examples:
  crossdock migrate --config crossdock.toml
  crossdock migrate --data /srv/crossdock --json")]
pub(crate) struct Migrate {
    #[command(flatten)]
    settings: crate::command_line::SettingsArgument,
    /// Data folder to take over; else the one of the settings.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// The settings name no place to migrate to.
#[derive(Debug, thiserror::Error)]
#[error("the settings have no `database` and `objects`")]
struct Nowhere;

/// There is nothing to migrate.
#[derive(Debug, thiserror::Error)]
#[error("there is no ledger in {}", .0.display())]
struct Nothing(PathBuf);

/// What was done.
#[derive(Debug)]
struct Migrated {
    facts: u64,
    is_new: bool,
    copied: usize,
    there: usize,
    /// Archives of hosted releases that are not in the data folder.
    missing: Vec<Checksum>,
}

/// Takes a data folder over.
pub(crate) fn migrate(arguments: Migrate) -> Result<Outcome, Failure> {
    let around = Surroundings {
        data: arguments.data,
        ..asked_server::surroundings()
    };
    let (_, settings) = settings::load(arguments.settings.config, around)?;
    let server = &settings.server;
    let (Some(database), Some(objects)) = (&server.stores.database, &server.stores.objects) else {
        return Err(Failure::hinted(
            Nowhere,
            "write where to migrate to into [server]; see docs/settings.md",
        ));
    };
    let migrating = run(&server.data, database, objects);
    let migrated = runtime::on_all_cores()?.block_on(migrating)?;
    tell(&migrated, arguments.json);
    Ok(match migrated.missing.is_empty() {
        true => Outcome::Done,
        false => Outcome::Found,
    })
}

/// Room for packed archives that are read on the way, as a server has it by default.
const HOT_BYTES_MAX: u64 = 1 << 30;

async fn run(
    data: &Path,
    database: &PostgresUrl,
    objects: &ObjectSettings,
) -> Result<Migrated, Failure> {
    if !stores::has_ledger(data) {
        return Err(Failure::hinted(
            Nothing(data.to_owned()),
            "name the data folder of the server that ran so far with --data",
        ));
    }
    // Who serves from it would record what is not taken over.
    let lock = DataLock::take(data).map_err(Failure::plain)?;
    let from = stores::sqlite(data).await?;
    let to = stores::postgres(database).await?;
    let archives: (Arc<dyn Blobs>, _) = (
        stores::folder(data, HOT_BYTES_MAX)?,
        Arc::new(stores::open_objects(objects).await?),
    );
    let named = named(&from).await.map_err(Failure::plain)?;
    let (copied, there, absent) = copy_all(&named.all, archives).await?;
    let is_new = to.take_over(&from).await.map_err(Failure::plain)?;
    let facts = from.position().await.map_err(Failure::plain)?;
    to.close().await;
    from.close().await;
    drop(lock);
    let missing = absent.intersection(&named.hosted).copied().collect();
    Ok(Migrated {
        facts,
        is_new,
        copied,
        there,
        missing,
    })
}

/// What a ledger names.
#[derive(Default)]
struct Named {
    /// Whatever may be an archive.
    all: BTreeSet<Checksum>,
    /// Those of hosted releases that nobody purged: nobody else has them.
    hosted: BTreeSet<Checksum>,
}

async fn named(ledger: &SqliteLedger) -> Result<Named, StoreError> {
    let (mut named, mut observed) = (Named::default(), BTreeSet::new());
    let mut purged = BTreeSet::new();
    let mut after = 0;
    loop {
        let facts = ledger.facts(after, PAGE).await?;
        let Some((last, _)) = facts.last() else {
            break;
        };
        after = *last;
        for (_, fact) in &facts {
            named.all.extend(checksums_in(&fact.encode()));
            match &fact.event {
                Event::Published { checksum, .. } | Event::Rebuilt { checksum, .. } => {
                    named.hosted.insert(*checksum);
                }
                Event::Observed { registry, name, .. } => {
                    observed.insert((registry.clone(), name.clone()));
                }
                Event::Decided {
                    decision: Decision::Purged(gone),
                    ..
                } => {
                    purged.insert(gone.checksum);
                }
                _ => {}
            }
        }
    }
    for (registry, name) in observed {
        if let Some(mirrored) = ledger.mirrored(&registry, &name).await? {
            let rows = String::from_utf8_lossy(&mirrored.rows);
            named.all.extend(checksums_in(&rows));
        }
    }
    named.hosted.retain(|checksum| !purged.contains(checksum));
    Ok(named)
}

/// Copies what is in the one store and not in the other: how many it copied, how many
/// were there, and which are in neither.
async fn copy_all(
    all: &BTreeSet<Checksum>,
    (from, to): (Arc<dyn Blobs>, Arc<S3Blobs>),
) -> Result<(usize, usize, BTreeSet<Checksum>), Failure> {
    let bar = progress::of_things("archives", all.len());
    let (mut copied, mut there, mut absent) = (0, 0, BTreeSet::new());
    let mut tasks = JoinSet::new();
    let mut left = all.iter().copied();
    loop {
        while tasks.len() < AT_ONCE
            && let Some(checksum) = left.next()
        {
            let (from, to) = (from.clone(), to.clone());
            tasks.spawn(async move { (checksum, copy(checksum, &*from, &*to).await) });
        }
        let Some(done) = tasks.join_next().await else {
            break;
        };
        let (checksum, done) = done.map_err(Failure::plain)?;
        bar.inc(1);
        match done.map_err(Failure::plain)? {
            Copied::Now => copied += 1,
            Copied::Before => there += 1,
            Copied::Nowhere => {
                absent.insert(checksum);
            }
        }
    }
    bar.finish_and_clear();
    Ok((copied, there, absent))
}

enum Copied {
    Now,
    Before,
    Nowhere,
}

/// Copies an archive and reads it again; what is read is verified.
async fn copy(checksum: Checksum, from: &dyn Blobs, to: &dyn Blobs) -> Result<Copied, StoreError> {
    match to.read(&checksum).await {
        Ok(Some(_)) => return Ok(Copied::Before),
        // What decayed is written again.
        Ok(None) | Err(StoreError::Corrupt(_)) => {}
        Err(error) => return Err(error),
    }
    let Some(bytes) = from.read(&checksum).await? else {
        return Ok(Copied::Nowhere);
    };
    to.keep(&checksum, bytes).await?;
    match to.read(&checksum).await? {
        Some(_) => Ok(Copied::Now),
        None => Err(StoreError::Unavailable(format!(
            "archive {checksum} was kept and is not there"
        ))),
    }
}

fn tell(migrated: &Migrated, json: bool) {
    let missing: Vec<String> = migrated.missing.iter().map(Checksum::to_string).collect();
    if json {
        return out(&format!(
            "{:#}",
            serde_json::json!({
                "facts": migrated.facts,
                "ledger": if migrated.is_new { "taken over" } else { "there already" },
                "archives": { "copied": migrated.copied, "there": migrated.there },
                "missing": missing,
            })
        ));
    }
    out(&format!(
        "ledger      {} facts, {}, read again and equal",
        migrated.facts,
        if migrated.is_new {
            "taken over"
        } else {
            "there already"
        },
    ));
    out(&format!(
        "archives    {} copied, {} there already, all verified",
        migrated.copied, migrated.there
    ));
    for checksum in missing {
        out(&format!(
            "missing     {checksum}: a hosted release names it, and it is not in the data folder"
        ));
    }
}
