//! The client that works: what it asks for, and how long that takes.

use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

use crate::corpus::index_path;
use crate::get::request;
use crate::median::median;
use crate::parcel::{Addressee, Parcel};
use crate::scale::slowest_of_a_hundred;
use crate::talk::Talk;

/// How often it asks for each of the three.
const TIMES: usize = 300;

/// Size of what it publishes.
const ARCHIVE_BYTES: usize = 20_000;

/// Milliseconds to answers of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct Timed {
    pub(crate) median_ms: f64,
    /// The slowest of a hundred.
    pub(crate) slow_ms: f64,
}

/// What the client was answered.
#[derive(Debug, Serialize)]
pub(crate) struct Answers {
    pub(crate) index: Timed,
    pub(crate) cold: Timed,
    pub(crate) publish: Timed,
    /// Answers other than 200.
    pub(crate) refused: usize,
}

/// Asks, names of its own in each `round`.
pub(super) fn ask(to: Addressee<'_>, round: usize) -> Result<Answers> {
    let release = |number: usize| {
        let (name, version) = (format!("polite-{round}"), format!("1.{number}.0"));
        Parcel::new(to, &name, &version, ARCHIVE_BYTES)
    };
    let parcels: Result<Vec<Parcel>> = (0..TIMES).map(release).collect();
    let parcels = parcels?;
    // A new connection, as cargo's is: those that are there must not be all that are served.
    let mut talk = Talk::begin(to.server)?;
    let (mut index, mut cold, mut publish) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused = 0;
    let mut timed = |request: &[u8], into: &mut Vec<f64>| -> Result<()> {
        let began = Instant::now();
        let told = talk.ask(request)?;
        into.push(began.elapsed().as_secs_f64() * 1000.0);
        refused += usize::from(told.status != 200);
        Ok(())
    };
    for (number, parcel) in parcels.iter().enumerate() {
        let warm = index_path("grain-00");
        timed(&request(to.server, &warm, &[]), &mut index)?;
        let name = index_path(&format!("cold-{round}-{number}"));
        timed(&request(to.server, &name, &[]), &mut cold)?;
        timed(&parcel.request, &mut publish)?;
    }
    let timed = |ms: Vec<f64>| Timed {
        median_ms: median(ms.iter().copied()),
        slow_ms: slowest_of_a_hundred(ms),
    };
    Ok(Answers {
        index: timed(index),
        cold: timed(cold),
        publish: timed(publish),
        refused,
    })
}
