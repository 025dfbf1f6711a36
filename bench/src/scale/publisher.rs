//! One publish, and how long it takes until the view shows it.
//!
//! cargo waits for that, asking once a second; here it is asked for without a pause.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::made::index_path;
use crate::corpus;
use crate::get::get;
use crate::parcel::{Addressee, Parcel};
use crate::talk::Talk;

/// How long it may take at most; cargo gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// Size of the archive: like most.
const ARCHIVE_BYTES: usize = 50_000;

/// Publishes a new crate, and returns the milliseconds until it is read.
pub(super) fn publish(to: Addressee<'_>, number: usize) -> Result<f64> {
    let name = format!("acme-new-{number}");
    let parcel = Parcel::new(to, &name, corpus::ARCHIVED_VERSION, ARCHIVE_BYTES)?;
    let began = Instant::now();
    let told = Talk::begin(to.server)?.ask(&parcel.request)?;
    let said = String::from_utf8_lossy(&told.body);
    ensure!(told.status == 200, "{name} was refused: {said}");
    while began.elapsed() < PATIENCE {
        if get(to.server, &index_path(&name), &[])?.status == 200 {
            return Ok(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    bail!("{name} is not shown in {PATIENCE:?}")
}
