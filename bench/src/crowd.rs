//! `bench crowd`: many who do nothing, and who do it slowly, beside those who work; and
//! many who want the same at the same moment.
//!
//! One polite client asks for an index file, for another that is not in memory, and
//! publishes, again and again; its answers are timed alone, beside connections that are
//! open and silent, and beside uploads that drip. Absent: who attacks on purpose with
//! more than that; a bound on connections of one address is a proxy's affair.

mod cold;
mod polite;
mod slow;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::crossdock::{self, Start};
use crate::origin::{Nature, Origin};
use crate::parcel::Addressee;
use crate::scale;
use polite::Answers;

/// How many they are.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Size {
    /// Connections that are open and silent; a half of them within a head.
    pub(crate) idle: usize,
    /// Uploads that drip.
    pub(crate) uploads: usize,
    /// Requests for one object that nobody has yet.
    pub(crate) cold: usize,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub(crate) struct Crowded {
    pub(crate) size: Size,
    pub(crate) alone: Answers,
    pub(crate) beside_idle: Answers,
    pub(crate) beside_uploads: Answers,
    /// Resident memory of the server for each silent connection, in KiB.
    pub(crate) idle_kib: f64,
    pub(crate) cold: cold::Cold,
}

/// Open files that a run has besides its crowd.
const SPARE_FILES: usize = 256;

/// Brings the crowd together.
pub(crate) fn run(size: Size, scratch: &Path, tell: impl Fn(&str)) -> Result<Crowded> {
    slow::allow_files(size.idle.max(size.uploads).max(size.cold) + SPARE_FILES)?;
    let nature = Nature {
        delay: Duration::from_millis(300),
        archive_bytes: 200_000,
    };
    let (origin, nearby) = (
        Origin::start(nature)?,
        Origin::start(Nature {
            delay: Duration::ZERO,
            ..nature
        })?,
    );
    let (settings, data) = (nearby.settings(), scratch.join("data"));
    let start = Start {
        scratch,
        data: &data,
        settings: Some(&settings),
        core: None,
        listen: None,
    };
    let mut server = crossdock::start(start)?;
    let token = fs::read_to_string(data.join("admin-token"))?;
    let to = Addressee {
        server: server.address,
        token: token.trim(),
    };
    tell("one client alone");
    let alone = polite::ask(to, 0)?;
    tell("beside silent connections");
    let before = scale::resident_mib(server.pid())?;
    let idle = slow::silent(to.server, size.idle)?;
    let idle_mib = scale::resident_mib(server.pid())? - before;
    let beside_idle = polite::ask(to, 1)?;
    drop(idle);
    tell("beside dripping uploads");
    let uploads = slow::Dripping::begin(to, size.uploads)?;
    let beside_uploads = polite::ask(to, 2)?;
    uploads.end();
    server.stop()?;
    tell("one object, wanted by many");
    let folder = scratch.join("cold");
    let cold = cold::run(size, &folder, &origin, nature)?;
    Ok(Crowded {
        size,
        alone,
        beside_idle,
        beside_uploads,
        idle_kib: idle_mib * 1024.0 / size.idle as f64,
        cold,
    })
}
