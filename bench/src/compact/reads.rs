//! How fast archives are read, at hand and made again, and how often they are at hand.
//!
//! The skewed load: crates by popularity, the most popular one most of all (Zipf, with
//! exponent 1), and of a crate mostly its newest versions, by the same law. Room at hand
//! is a tenth of all raw bytes. The sequence is the same at every run.
//!
//! Absent: several readers at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use crossdock_registry::ports::{Blobs, Compaction};
use crossdock_store::TieredBlobs;
use serde::Serialize;

use super::archives::Archive;
use super::{keep, pack};
use crate::median::median;

/// Archives of about 100 kB.
const ABOUT_100_KB: std::ops::Range<usize> = 80_000..120_000;

/// Of all raw bytes, this part has room at hand.
const ROOM: u64 = 10;

/// Times in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Reads {
    pub(crate) archives_of_100_kb: usize,
    pub(crate) hot_median_ms: f64,
    pub(crate) cold_median_ms: f64,
    pub(crate) cold_most_ms: f64,
    pub(crate) skewed_reads: usize,
    pub(crate) room_bytes: u64,
    pub(crate) all_bytes: u64,
    pub(crate) hit_percent: f64,
}

/// Packs everything, reads what has about 100 kB, and then as a crowd does.
pub(super) async fn measure(archives: &[&Archive], many: usize, folder: &Path) -> Result<Reads> {
    let all_bytes: u64 = archives.iter().map(|one| one.bytes.len() as u64).sum();
    let room_bytes = all_bytes / ROOM;
    let store = TieredBlobs::open(folder, 0)?;
    keep(&store, archives).await?;
    pack(&store, archives).await?;
    let sized: Vec<_> = archives
        .iter()
        .filter(|one| ABOUT_100_KB.contains(&one.bytes.len()))
        .copied()
        .collect();
    // Without room every read makes its archive again.
    let cold = timed(&store, &sized).await?;
    ensure!(store.tiers().hot_reads == 0, "something was at hand");
    drop(store);
    let store = TieredBlobs::open(folder, u64::MAX)?;
    timed(&store, &sized).await?;
    let hot = timed(&store, &sized).await?;
    drop(store);
    let store = TieredBlobs::open(folder, room_bytes)?;
    let hit_percent = crowd(&store, archives, many).await?;
    Ok(Reads {
        archives_of_100_kb: sized.len(),
        hot_median_ms: median(hot.iter().copied()),
        cold_median_ms: median(cold.iter().copied()),
        cold_most_ms: cold.iter().copied().fold(0.0, f64::max),
        skewed_reads: many,
        room_bytes,
        all_bytes,
        hit_percent,
    })
}

async fn timed(store: &TieredBlobs, archives: &[&Archive]) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for archive in archives {
        let began = Instant::now();
        let read = store.read(&archive.checksum).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        ensure!(read.as_ref() == Some(&archive.bytes), "another archive");
    }
    Ok(times)
}

/// Reads as a crowd does; returns how many of a hundred were at hand, once warm.
async fn crowd(store: &TieredBlobs, archives: &[&Archive], many: usize) -> Result<f64> {
    let mut crates: BTreeMap<&str, Vec<&Archive>> = BTreeMap::new();
    for archive in archives {
        crates.entry(&archive.name).or_default().push(archive);
    }
    let mut crates: Vec<_> = crates.into_values().collect();
    for versions in &mut crates {
        versions.sort_by(|one, other| other.version.cmp(&one.version));
    }
    let mut draws = Draws(1);
    // A tenth beforehand, so that what is at hand is the crowd's doing.
    for _warm in 0..many / 10 {
        read_one(store, &crates, &mut draws).await?;
    }
    let before = store.tiers();
    for _read in 0..many {
        read_one(store, &crates, &mut draws).await?;
    }
    let after = store.tiers();
    let hot = after.hot_reads - before.hot_reads;
    let all = hot + after.cold_reads - before.cold_reads;
    Ok(100.0 * hot as f64 / all.max(1) as f64)
}

async fn read_one(store: &TieredBlobs, crates: &[Vec<&Archive>], draws: &mut Draws) -> Result<()> {
    let versions = &crates[draws.zipf(crates.len())];
    let archive = versions[draws.zipf(versions.len())];
    let read = store.read(&archive.checksum).await?;
    let read = read.context("an archive is gone")?;
    ensure!(read == archive.bytes, "another archive");
    Ok(())
}

/// Numbers that are the same at every run.
struct Draws(u64);

impl Draws {
    /// A place among `many`, the first the likeliest: 1, 1/2, 1/3 and so on.
    fn zipf(&mut self, many: usize) -> usize {
        let whole: f64 = (1..=many).map(|place| 1.0 / place as f64).sum();
        let mut left = self.unit() * whole;
        for place in 0..many {
            left -= 1.0 / (place + 1) as f64;
            if left <= 0.0 {
                return place;
            }
        }
        many - 1
    }

    fn unit(&mut self) -> f64 {
        // PCG's multiplier; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
