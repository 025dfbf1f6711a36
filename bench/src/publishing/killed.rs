//! Kills the server in the middle of publishing, and reads back what it acknowledged.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Size, kill, parcels};
use crate::corpus;
use crate::crossdock::{self, Start};
use crate::get::get;
use crate::parcel::{Addressee, Parcel};
use crate::talk::Talk;

/// What was acknowledged before the kills, and what of it was not there afterwards.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Killed {
    pub(crate) kills: usize,
    pub(crate) acknowledged: usize,
    pub(crate) lost: usize,
}

/// How often it is looked whether enough was acknowledged to kill the server.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Publishes, kills, starts again and reads back, as often as is wanted.
pub(super) fn run(size: Size, start: Start<'_>, tell: &impl Fn(&str)) -> Result<Killed> {
    let mut found = Killed::default();
    for round in 0..size.kills {
        tell(&format!("kill {} of {}", round + 1, size.kills));
        let mut server = crossdock::start(start)?;
        let token = std::fs::read_to_string(start.data.join("admin-token"))?;
        let to = Addressee {
            server: server.address,
            token: token.trim(),
        };
        let parcels = parcels(to, &format!("killed-{round}"), size.writers, size)?;
        let acknowledged = AtomicUsize::new(0);
        // Another part of the way each time.
        let enough = size.writers * size.releases * (round + 1) / (size.kills + 1);
        let wrote: Vec<Vec<&Parcel>> = thread::scope(|scope| {
            let writing: Vec<_> = parcels
                .iter()
                .map(|parcels| scope.spawn(|| write(to, parcels, &acknowledged)))
                .collect();
            while acknowledged.load(Ordering::Relaxed) < enough
                && writing.iter().any(|writer| !writer.is_finished())
            {
                thread::sleep(LOOK_EVERY);
            }
            kill(&mut server)?;
            let wrote = writing.into_iter();
            let wrote = wrote.map(|writer| writer.join().expect("a writer does not panic"));
            anyhow::Ok(wrote.collect())
        })?;
        let mut server = crossdock::start(start).context("starting after a kill")?;
        for parcel in wrote.into_iter().flatten() {
            found.acknowledged += 1;
            if !is_there(server.address, parcel)? {
                found.lost += 1;
            }
        }
        found.kills += 1;
        server.stop()?;
    }
    Ok(found)
}

/// Publishes until the server is gone; returns what it acknowledged.
fn write<'p>(
    to: Addressee<'_>,
    parcels: &'p [Parcel],
    acknowledged: &AtomicUsize,
) -> Vec<&'p Parcel> {
    let Ok(mut talk) = Talk::begin(to.server) else {
        return Vec::new();
    };
    let taken = |parcel: &&Parcel| match talk.ask(&parcel.request) {
        Ok(told) if told.status == 200 => {
            acknowledged.fetch_add(1, Ordering::Relaxed);
            true
        }
        _ => false,
    };
    parcels.iter().take_while(taken).collect()
}

/// Tells whether a release is shown, and whether its archive is the one that was sent.
fn is_there(server: std::net::SocketAddr, parcel: &Parcel) -> Result<bool> {
    let shown = get(server, &corpus::index_path(&parcel.name), &[])?;
    let archive = get(server, &parcel.download_path(), &[])?;
    let checksum = corpus::hex(&Sha256::digest(&archive.body));
    Ok(shown.status == 200
        && parcel.is_shown_by(&shown.body)
        && archive.status == 200
        && checksum == parcel.checksum)
}
