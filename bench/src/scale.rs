//! `bench scale`: a mirror as large as crates.io and a house of many crates.
//!
//! The rows are made up, always the same, and written into a data folder by the
//! store itself, as if they had been mirrored and published one by one. What is
//! measured is what an operator sees: how long a start takes, how much memory is
//! resident, how long a name takes that is in the database only, how soon a publish
//! shows. The upstream is one that says "unchanged" to everything.
//!
//! Absent: a peer. These figures are compared with the aims.

mod made;
mod publisher;
mod unchanged;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::crossdock::{self, Start};
use crate::get::get;
use crate::median::median;
use crate::parcel::Addressee;
use crate::server::Server;

/// How large it is.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Size {
    /// Names of the mirror, with ten releases each on average.
    pub(crate) mirrored: usize,
    /// Crates of the hosted registry, one release each.
    pub(crate) hosted: usize,
    /// Names that are read, each for the first time.
    pub(crate) touched: usize,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub(crate) struct Scaled {
    pub(crate) size: Size,
    pub(crate) releases: usize,
    /// Bytes of all rows as text, and of the database.
    pub(crate) row_bytes: u64,
    pub(crate) database_bytes: u64,
    /// From starting the process to its ready line, for each round.
    pub(crate) start_secs: Vec<f64>,
    /// Resident after the start, and after the names were read.
    pub(crate) started_mib: f64,
    pub(crate) touched_mib: f64,
    /// To the first byte not in memory and back: median, and the slowest of a hundred.
    pub(crate) cold_name_ms: f64,
    pub(crate) cold_name_slow_ms: f64,
    /// From sending a publish to reading it through the view.
    pub(crate) visible_ms: f64,
}

/// How many crates are published.
const PUBLISHES: usize = 20;

/// Makes it, starts the server on it and looks.
pub(crate) fn run(
    size: Size,
    rounds: usize,
    scratch: &Path,
    tell: impl Fn(&str),
) -> Result<Scaled> {
    let upstream = unchanged::Unchanged::start()?;
    let data = scratch.join("data");
    fs::create_dir_all(&data)?;
    tell("writing rows");
    let made = made::write(&data, size)?;
    let settings = format!(
        "[registries.local]\nresolve-in = \"main\"\n\
         [registries.crates-io]\nmirror = \"crates-io\"\nvia = \"sparse+{}\"\n\
         [views.main]\nmembers = [\"local\", \"crates-io\"]\npublish-to = \"local\"\n",
        upstream.url()
    );
    let start = Start {
        scratch,
        data: &data,
        settings: Some(&settings),
        core: None,
        listen: None,
    };
    tell("starting");
    let mut start_secs = Vec::new();
    let mut server = timed(start, &mut start_secs)?;
    for _ in 1..rounds {
        server.stop()?;
        server = timed(start, &mut start_secs)?;
    }
    let started_mib = resident_mib(server.pid())?;
    tell("reading names");
    let cold = read_cold(&server, size)?;
    let touched_mib = resident_mib(server.pid())?;
    tell("publishing");
    let token = fs::read_to_string(data.join("admin-token"))?;
    let to = Addressee {
        server: server.address,
        token: token.trim(),
    };
    let visible: Result<Vec<f64>> = (0..PUBLISHES)
        .map(|number| publisher::publish(to, number))
        .collect();
    let database = fs::metadata(data.join(made::DATABASE))?;
    server.stop()?;
    Ok(Scaled {
        size,
        releases: made.releases,
        row_bytes: made.row_bytes,
        database_bytes: database.len(),
        start_secs,
        started_mib,
        touched_mib,
        cold_name_ms: median(cold.iter().copied()),
        cold_name_slow_ms: slowest_of_a_hundred(cold),
        visible_ms: median(visible?),
    })
}

fn timed(start: Start<'_>, secs: &mut Vec<f64>) -> Result<Server> {
    let began = Instant::now();
    let server = crossdock::start(start)?;
    secs.push(began.elapsed().as_secs_f64());
    Ok(server)
}

/// Reads names all over the mirror, and every hundredth of the house; in milliseconds.
fn read_cold(server: &Server, size: Size) -> Result<Vec<f64>> {
    let step = (size.mirrored / size.touched.max(1)).max(1);
    let mirrored = (0..size.mirrored).step_by(step).map(made::public_name);
    let hosted = (0..size.hosted).step_by(100).map(made::private_name);
    let mut cold = Vec::new();
    for name in mirrored.chain(hosted) {
        let path = made::index_path(&name);
        let began = Instant::now();
        let answer = get(server.address, &path, &[])?;
        cold.push(began.elapsed().as_secs_f64() * 1000.0);
        ensure!(
            answer.status == 200,
            "{path} was answered {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
    }
    Ok(cold)
}

/// The figure that one of a hundred is above.
pub(crate) fn slowest_of_a_hundred(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let place = figures.len() * 99 / 100;
    figures.get(place).copied().unwrap_or(f64::NAN)
}

/// VmRSS of /proc/PID/status, see proc(5).
pub(crate) fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = number
        .context("the kernel does not say what is resident")?
        .parse()?;
    Ok(kib / 1024.0)
}
