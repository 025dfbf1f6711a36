//! `bench publish`: how many durable publishes a second, how long one takes, and whether
//! anything that was acknowledged is lost when the server is killed.
//!
//! The server is as on a fresh machine, but for its upstream, which is ours: whoever
//! publishes a new name is held against it, as against crates.io. What is published is
//! made before the clock runs; each writer has a connection that it keeps.
//! Absent: power loss, which no process can make happen to itself.

mod killed;

use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::cpu::seconds_of_tree;
use crate::crossdock::{self, Start};
use crate::get::get;
use crate::median::median;
use crate::origin::{Nature, Origin};
use crate::parcel::{Addressee, Parcel};
use crate::server::Server;
use crate::talk::Talk;
use crate::{corpus, scale};

/// How much is published.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Size {
    pub(crate) writers: usize,
    /// Releases of each writer, and of the one that is alone.
    pub(crate) releases: usize,
    pub(crate) archive_bytes: usize,
    /// How often the server is killed.
    pub(crate) kills: usize,
}

/// What it came to.
#[derive(Debug, Serialize)]
pub(crate) struct Published {
    pub(crate) size: Size,
    /// One writer: from sending to the answer, in milliseconds.
    pub(crate) alone_ms: f64,
    pub(crate) alone_slow_ms: f64,
    /// All writers together: releases a second, and milliseconds for each.
    pub(crate) per_sec: f64,
    pub(crate) together_ms: f64,
    pub(crate) together_slow_ms: f64,
    /// Processor time of the server for each of these releases, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Versions of one crate sent at the same time; answers by status.
    pub(crate) at_once: usize,
    pub(crate) at_once_refused: usize,
    pub(crate) killed: killed::Killed,
}

/// Releases of one crate before a writer goes on to the next name: more are versions of
/// what is there than are new.
const OF_ONE_NAME: usize = 10;

/// Versions of one crate that are sent at the same time.
const AT_ONCE: usize = 40;

/// Starts a server and publishes to it.
pub(crate) fn run(size: Size, scratch: &Path, tell: impl Fn(&str)) -> Result<Published> {
    let origin = Origin::start(Nature {
        delay: Duration::ZERO,
        archive_bytes: size.archive_bytes,
    })?;
    let settings = origin.settings();
    let data = scratch.join("data");
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
    tell("one writer");
    let alone = press(to, &parcels(to, "alone", 1, size)?)?.ms;
    tell("all writers");
    let parcels = parcels(to, "together", size.writers, size)?;
    let (cpu_began, began) = (seconds_of_tree(server.pid())?, Instant::now());
    let together = press(to, &parcels)?;
    let cpu_secs = seconds_of_tree(server.pid())? - cpu_began;
    let releases = together.ms.len() as f64;
    let per_sec = releases / began.elapsed().as_secs_f64();
    tell("one crate, many versions at once");
    let at_once_refused = at_once(to, size)?;
    server.stop()?;
    let killed = killed::run(size, start, &tell)?;
    Ok(Published {
        size,
        alone_ms: median(alone.iter().copied()),
        alone_slow_ms: scale::slowest_of_a_hundred(alone),
        per_sec,
        together_ms: median(together.ms.iter().copied()),
        together_slow_ms: scale::slowest_of_a_hundred(together.ms),
        cpu_ms: cpu_secs * 1000.0 / releases,
        at_once: AT_ONCE,
        at_once_refused,
        killed,
    })
}

/// Makes what each of some writers publishes.
fn parcels(to: Addressee<'_>, word: &str, writers: usize, size: Size) -> Result<Vec<Vec<Parcel>>> {
    let of_writer = |writer: usize| {
        let release = |number: usize| {
            let name = format!("{word}-{writer}-{}", number / OF_ONE_NAME);
            let version = format!("1.{}.0", number % OF_ONE_NAME);
            Parcel::new(to, &name, &version, size.archive_bytes)
        };
        (0..size.releases).map(release).collect()
    };
    (0..writers).map(of_writer).collect()
}

/// What writers found.
struct Pressed {
    /// Milliseconds of each publish.
    ms: Vec<f64>,
}

/// Publishes what each writer has, all at the same time; every one has to be taken.
fn press(to: Addressee<'_>, parcels: &[Vec<Parcel>]) -> Result<Pressed> {
    let writers: Result<Vec<Vec<f64>>> = thread::scope(|scope| {
        let writing: Vec<_> = parcels
            .iter()
            .map(|parcels| scope.spawn(|| write(to, parcels)))
            .collect();
        let wrote = writing.into_iter();
        wrote
            .map(|writer| writer.join().expect("a writer tells errors as values"))
            .collect()
    });
    let ms = writers?.into_iter().flatten().collect();
    Ok(Pressed { ms })
}

fn write(to: Addressee<'_>, parcels: &[Parcel]) -> Result<Vec<f64>> {
    let mut talk = Talk::begin(to.server)?;
    let timed = |parcel: &Parcel| {
        let began = Instant::now();
        let told = talk.ask(&parcel.request)?;
        let said = String::from_utf8_lossy(&told.body);
        ensure!(told.status == 200, "{} was refused: {said}", parcel.name);
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    };
    parcels.iter().map(timed).collect()
}

/// Publishes many versions of one crate at the same moment; counts those that are
/// refused, and makes sure that all others are shown.
fn at_once(to: Addressee<'_>, size: Size) -> Result<usize> {
    let version = |number| format!("1.0.{number}");
    let parcels: Result<Vec<Parcel>> = (0..AT_ONCE)
        .map(|number| Parcel::new(to, "at-once", &version(number), size.archive_bytes))
        .collect();
    let (parcels, barrier) = (parcels?, Barrier::new(AT_ONCE));
    let ask = &|parcel: &Parcel| {
        let mut talk = Talk::begin(to.server)?;
        barrier.wait();
        Ok(talk.ask(&parcel.request)?.status)
    };
    let statuses: Result<Vec<u16>> = thread::scope(|scope| {
        let begin = |parcel| scope.spawn(move || ask(parcel));
        let asking: Vec<_> = parcels.iter().map(begin).collect();
        let asked = asking.into_iter();
        asked
            .map(|one| one.join().expect("a writer tells errors as values"))
            .collect()
    });
    let shown = get(to.server, &corpus::index_path("at-once"), &[])?;
    let mut refused = 0;
    for (status, parcel) in statuses?.into_iter().zip(&parcels) {
        if status != 200 {
            refused += 1;
            continue;
        }
        let is_shown = parcel.is_shown_by(&shown.body);
        ensure!(is_shown, "{} {} is not shown", parcel.name, parcel.version);
    }
    Ok(refused)
}

/// Kills a server and everything that it would still have done.
fn kill(server: &mut Server) -> Result<()> {
    server.kill().context("killing the server")
}
