//! `bench mixed`: everything that a server is asked for, at the same time, for minutes;
//! memory has to become flat.
//!
//! Readers ask for index files that are in memory and for more names than fit there,
//! fetch archives, more than fit as well, publish, yank and search, each at a pace of its
//! own, so that a faster machine has no other load. Resident memory is noted all the
//! while. What fills is bounded, and full long before the end; whatever still grows then
//! would grow for ever. Absent: comparing with a peer.

mod askers;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::crossdock::{self, Start};
use crate::origin::{Nature, Origin};
use crate::parcel::Addressee;
use crate::scale;
use askers::{ASKERS, Asker, Tally};

/// How long, and of what size archives are.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Size {
    pub(crate) seconds: usize,
    pub(crate) archive_bytes: usize,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub(crate) struct Mixed {
    pub(crate) size: Size,
    pub(crate) asked: Vec<Asked>,
    /// Resident memory in MiB, noted at even distances.
    pub(crate) resident_mib: Vec<f64>,
    /// The last tenth of the time held against the fourth.
    pub(crate) growth: f64,
}

/// What one kind of request came to.
#[derive(Debug, Serialize)]
pub(crate) struct Asked {
    pub(crate) what: &'static str,
    pub(crate) per_sec: f64,
    pub(crate) median_ms: f64,
    pub(crate) slow_ms: f64,
    /// Answers that were neither what was wanted nor 304.
    pub(crate) refused: usize,
}

/// How often memory is noted.
const NOTES: u32 = 60;

/// Asks, and watches.
pub(crate) fn run(size: Size, scratch: &Path, tell: impl Fn(&str)) -> Result<Mixed> {
    let origin = Origin::start(Nature {
        delay: Duration::ZERO,
        archive_bytes: size.archive_bytes,
    })?;
    let (settings, data) = (origin.settings(), scratch.join("data"));
    let mut server = crossdock::start(Start {
        scratch,
        data: &data,
        settings: Some(&settings),
        core: None,
        listen: None,
    })?;
    let token = fs::read_to_string(data.join("admin-token"))?;
    let to = Addressee {
        server: server.address,
        token: token.trim(),
    };
    let (over, pid) = (AtomicBool::new(false), server.pid());
    let lasting = Duration::from_secs(size.seconds as u64);
    let (tallies, resident_mib) = thread::scope(|scope| {
        let asking: Vec<_> = ASKERS
            .iter()
            .map(|asker: &Asker| scope.spawn(|| asker.ask(to, size.archive_bytes, &over)))
            .collect();
        let noted = note(pid, lasting, &tell, || {
            asking.iter().any(|asker| asker.is_finished())
        });
        over.store(true, Ordering::Relaxed);
        let tallies = asking.into_iter();
        let tallies: Result<Vec<Tally>> = tallies
            .map(|asker| asker.join().expect("an asker tells errors as values"))
            .collect();
        anyhow::Ok((tallies?, noted?))
    })?;
    server.stop()?;
    let tenth = |number: usize| {
        let of = resident_mib.len() / 10;
        let noted = &resident_mib[number * of..(number + 1) * of];
        noted.iter().sum::<f64>() / of as f64
    };
    Ok(Mixed {
        size,
        asked: tallies
            .into_iter()
            .map(|tally| tally.told(lasting))
            .collect(),
        growth: tenth(9) / tenth(3),
        resident_mib,
    })
}

/// Notes resident memory until the time is over; ends early if somebody gave up.
fn note(
    pid: u32,
    lasting: Duration,
    tell: &impl Fn(&str),
    gave_up: impl Fn() -> bool,
) -> Result<Vec<f64>> {
    let began = Instant::now();
    let mut noted = Vec::new();
    for number in 1..=NOTES {
        let at = lasting * number / NOTES;
        while let Some(left) = at.checked_sub(began.elapsed()) {
            thread::sleep(left.min(Duration::from_millis(200)));
            if gave_up() {
                return Ok(noted);
            }
        }
        let mib = scale::resident_mib(pid)?;
        tell(&format!("{:.0} s: {mib:.0} MiB", at.as_secs_f64()));
        noted.push(mib);
    }
    Ok(noted)
}
