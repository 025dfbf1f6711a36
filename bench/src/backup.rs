//! `bench backup`: how long a backup takes, the first and the next, and a restore of it.
//!
//! Releases and archives are made up and do not deflate, so that bytes are bytes; the
//! stores are those of a data folder. Everything restored is compared with what was.
//!
//! Absent: a server between the two, which adds a request for each archive; a peer.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{Batch, Blobs, Change, Ledger, NewRelease};
use crossdock_registry::{LedgerSource, back_up, restore};
use crossdock_store::{FileBlobs, FolderVault, SqliteLedger};
use serde::Serialize;

/// How much is backed up.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Size {
    pub(crate) releases: usize,
    pub(crate) archive_bytes: usize,
    /// Releases that come before the second backup.
    pub(crate) later: usize,
}

/// What it took.
#[derive(Debug, Serialize)]
pub(crate) struct BackedUp {
    pub(crate) size: Size,
    pub(crate) first_secs: f64,
    pub(crate) first_bytes: u64,
    pub(crate) next_secs: f64,
    pub(crate) next_bytes: u64,
    pub(crate) idle_secs: f64,
    pub(crate) restore_secs: f64,
    pub(crate) facts: u64,
}

/// Releases of one crate.
const VERSIONS: usize = 10;

/// The first moment; each release comes a second after the one before.
const BEGIN: i64 = 1_790_000_000;

pub(crate) fn run(size: Size, scratch: &Path) -> Result<BackedUp> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measured(size, scratch))
}

/// A clock, and how it is read.
fn clock() -> (Arc<AtomicI64>, crossdock_store::Clock) {
    let clock = Arc::new(AtomicI64::new(BEGIN));
    let shown = clock.clone();
    let read = move || {
        Timestamp::from_unix_seconds(shown.load(Ordering::Relaxed)).expect("a year that we know")
    };
    (clock, Arc::new(read))
}

async fn measured(size: Size, scratch: &Path) -> Result<BackedUp> {
    let (time, read) = clock();
    let ledger = Arc::new(SqliteLedger::open_scratch(&scratch.join("was.sqlite"), read).await?);
    let blobs = Arc::new(FileBlobs::open(scratch.join("was"))?);
    let source = LedgerSource {
        ledger: ledger.clone(),
        blobs: blobs.clone(),
        installation: "0123456789abcdef".to_owned(),
    };
    let vault = FolderVault::open(scratch.join("backup"))?;
    publish(&ledger, &blobs, &time, 0..size.releases, size.archive_bytes).await?;
    let made = Timestamp::from_unix_seconds(BEGIN).expect("a year that we know");
    let timed = async || {
        let begun = Instant::now();
        let report = back_up(&source, &vault, made, &|| {}).await?;
        anyhow::Ok((begun.elapsed().as_secs_f64(), report.written_bytes))
    };
    let (first_secs, first_bytes) = timed().await?;
    let later = size.releases..size.releases + size.later;
    publish(&ledger, &blobs, &time, later, size.archive_bytes).await?;
    let (next_secs, next_bytes) = timed().await?;
    let (idle_secs, _) = timed().await?;
    let (time, read) = clock();
    let again = SqliteLedger::open_scratch(&scratch.join("is.sqlite"), read).await?;
    let there = FileBlobs::open(scratch.join("is"))?;
    let set = |moment: Timestamp| time.store(moment.unix_seconds(), Ordering::Relaxed);
    let begun = Instant::now();
    let report = restore(&vault, &again, &there, &set, &|| {}).await?;
    let restore_secs = begun.elapsed().as_secs_f64();
    ensure!(report.missing.is_empty(), "{:?}", report.missing);
    let (was, is) = (
        ledger.facts(0, u32::MAX).await?,
        again.facts(0, u32::MAX).await?,
    );
    ensure!(was == is, "other facts were restored");
    again.close().await;
    ledger.close().await;
    Ok(BackedUp {
        size,
        first_secs,
        first_bytes,
        next_secs,
        next_bytes,
        idle_secs,
        restore_secs,
        facts: report.epoch,
    })
}

async fn publish(
    ledger: &SqliteLedger,
    blobs: &FileBlobs,
    time: &AtomicI64,
    releases: std::ops::Range<usize>,
    archive_bytes: usize,
) -> Result<()> {
    for release in releases {
        let archive = archive(release as u64, archive_bytes);
        let checksum = Checksum::of(&archive);
        blobs.keep(&checksum, archive).await?;
        let name = format!("crate-{}", release / VERSIONS);
        let version = format!("1.{}.0", release % VERSIONS);
        time.fetch_add(1, Ordering::Relaxed);
        let row = format!(
            "{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[],\"cksum\":\"{checksum}\",\"features\":{{}},\"yanked\":false}}"
        );
        let change = Change::Publish(NewRelease {
            registry: RegistryName::parse("local")?,
            name: CrateName::parse(&name)?,
            version: Version::parse(&version)?,
            checksum,
            row,
            metadata: "{}".to_owned(),
        });
        let (actor, changes) = (Actor::admin(), vec![change]);
        ledger.append(Batch { actor, changes }).await?;
    }
    Ok(())
}

/// Bytes that look like chance, always the same (splitmix64).
fn archive(seed: u64, bytes: usize) -> Bytes {
    let mut state = seed;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    });
    words.take(bytes).collect()
}
