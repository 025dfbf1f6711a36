//! Those who ask, each for one kind of thing at one pace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};

use super::Asked;
use crate::corpus::{self, index_path};
use crate::get::{gzip_accepted, request};
use crate::median::median;
use crate::parcel::{Addressee, Parcel};
use crate::scale::slowest_of_a_hundred;
use crate::talk::{Talk, Told};

/// Names of the mirror that fit into memory.
const NEAR: usize = 300;
/// Names of the mirror that do not: twice what rows have room for.
const FAR: usize = 20_000;
/// Archives that are fetched: half as many bytes again as there is room for.
const ARCHIVES: usize = 3_000;
/// Crates that are published to.
const PUBLISHED: usize = 100;
/// The crate that is yanked.
const YANKED: &str = "unsteady";

/// One kind of request, so many a second.
pub(super) struct Asker {
    what: &'static str,
    per_sec: u32,
    wanted: Wanted,
}

#[derive(Clone, Copy)]
enum Wanted {
    Near,
    Known,
    Far,
    Archive,
    Publish,
    Yank,
    Search,
}

/// All of them. The paces leave a server of two cores, and the load beside it, some room.
pub(super) const ASKERS: [Asker; 7] = [
    asker("index file in memory, gzip", 1000, Wanted::Near),
    asker("index file that is known, 304", 500, Wanted::Known),
    asker("index file, of too many names", 150, Wanted::Far),
    asker("archive, of too many", 40, Wanted::Archive),
    asker("publish", 10, Wanted::Publish),
    asker("yank and back", 5, Wanted::Yank),
    asker("search", 5, Wanted::Search),
];

const fn asker(what: &'static str, per_sec: u32, wanted: Wanted) -> Asker {
    Asker {
        what,
        per_sec,
        wanted,
    }
}

/// What one of them was answered.
pub(super) struct Tally {
    what: &'static str,
    ms: Vec<f64>,
    refused: usize,
}

impl Tally {
    pub(super) fn told(self, lasting: Duration) -> Asked {
        Asked {
            what: self.what,
            per_sec: self.ms.len() as f64 / lasting.as_secs_f64(),
            median_ms: median(self.ms.iter().copied()),
            slow_ms: slowest_of_a_hundred(self.ms),
            refused: self.refused,
        }
    }
}

impl Asker {
    /// Asks at its pace until it is over. Who is behind does not catch up, or a stop of
    /// the server would be followed by a storm.
    pub(super) fn ask(
        &self,
        to: Addressee<'_>,
        archive_bytes: usize,
        over: &AtomicBool,
    ) -> Result<Tally> {
        let mut asking = Asking {
            to,
            archive_bytes,
            talk: Talk::begin(to.server)?,
            etag: String::new(),
        };
        if let Wanted::Yank = self.wanted {
            let parcel = Parcel::new(to, YANKED, corpus::ARCHIVED_VERSION, archive_bytes)?;
            let told = asking.talk.ask(&parcel.request)?;
            ensure!(told.status == 200, "{YANKED} was answered {}", told.status);
        }
        let mut tally = Tally {
            what: self.what,
            ms: Vec::new(),
            refused: 0,
        };
        let every = Duration::from_secs(1) / self.per_sec;
        let mut next = Instant::now();
        for number in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let request = asking.request(self.wanted, number)?;
            let began = Instant::now();
            let told = asking.talk.ask(&request)?;
            tally.ms.push(began.elapsed().as_secs_f64() * 1000.0);
            tally.refused += usize::from(!matches!(told.status, 200 | 304));
            asking.learn(told);
            next = (next + every).max(Instant::now());
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Ok(tally)
    }
}

/// One that asks.
struct Asking<'a> {
    to: Addressee<'a>,
    archive_bytes: usize,
    talk: Talk,
    /// Of the last answer that had one.
    etag: String,
}

impl Asking<'_> {
    fn request(&self, wanted: Wanted, number: usize) -> Result<Vec<u8>> {
        let get = |path: &str| request(self.to.server, path, &[gzip_accepted()]);
        // Strides that are prime to the counts, so that neighbours are not asked together.
        let name = |count: usize| format!("cold-{}", number * 7919 % count);
        Ok(match wanted {
            Wanted::Near => get(&index_path(&name(NEAR))),
            Wanted::Known => {
                let headers = [gzip_accepted(), ("if-none-match", self.etag.clone())];
                request(self.to.server, &index_path("grain-01"), &headers)
            }
            Wanted::Far => get(&index_path(&name(FAR))),
            Wanted::Archive => {
                let name = name(ARCHIVES);
                let archive = corpus::archive(&name, self.archive_bytes)?;
                let checksum = corpus::hex(&Sha256::digest(archive));
                let (view, version) = (corpus::VIEW, corpus::ARCHIVED_VERSION);
                get(&format!("/{view}/dl/{name}/{version}/{checksum}"))
            }
            Wanted::Publish => {
                let name = format!("part-{}", number % PUBLISHED);
                let version = format!("1.{}.0", number / PUBLISHED);
                Parcel::new(self.to, &name, &version, self.archive_bytes)?.request
            }
            Wanted::Yank => self.yank(number),
            Wanted::Search => get("/main/api/v1/crates?q=part&per_page=20"),
        })
    }

    fn yank(&self, number: usize) -> Vec<u8> {
        let (method, word) = match number % 2 {
            0 => ("DELETE", "yank"),
            _ => ("PUT", "unyank"),
        };
        format!(
            "{method} /local/api/v1/crates/{YANKED}/1.0.0/{word} HTTP/1.1\r\nhost: {}\r\n\
             authorization: {}\r\ncontent-length: 0\r\n\r\n",
            self.to.server, self.to.token
        )
        .into_bytes()
    }

    fn learn(&mut self, told: Told) {
        if let Some(etag) = told.etag {
            self.etag = etag;
        }
    }
}
