//! One case at one server for some seconds: how many answers came, and what
//! processor time they cost the server.
//!
//! The cost is only comparable when the server was the bottleneck. Otherwise
//! answers come in smaller batches, and with large bodies the kernel does part
//! of the sender's work while the receiver acknowledges, and bills it to the
//! receiver. So a sample in which the server was idle for long is taken again.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::cases::Case;
use crate::cpu::seconds_of_tree;
use crate::get::request;
use crate::load::{Load, press};
use crate::server::Server;

/// One measurement.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sample {
    pub(crate) answers_per_sec: f64,
    pub(crate) answers_per_cpu_sec: f64,
    /// The part of the time in which the server worked, 0 to 1.
    pub(crate) server_busy: f64,
}

/// Long enough for connections, caches and the processor's clock to settle.
const WARM_UP: Duration = Duration::from_millis(500);
/// Two peers left in peace are busy for 0.96 of the time and more.
const SERVER_BUSY_MIN: f64 = 0.9;
/// Each slice has new connections: large transfers settle into one of several
/// paces that lasts as long as the connections do, and one of them is twice as
/// costly as another for the same server.
const SLICES: u32 = 8;
/// On a machine that others use a quiet moment may never come.
const ATTEMPTS_MAX: usize = 3;

/// Presses `server` with `case`, first for a moment that does not count.
///
/// Of several attempts on a disturbed machine the least disturbed is returned.
pub(crate) fn measure(case: &Case, server: &Server, load: &Load) -> Result<Sample> {
    let request = request(server.address, &case.path, &case.headers(server.address)?);
    let warm_up = Load {
        lasting: WARM_UP,
        ..load.clone()
    };
    press(&warm_up, server.address, &request, case.status)?;

    let mut best = press_once(case, server, load, &request)?;
    for _ in 1..ATTEMPTS_MAX {
        if best.server_busy >= SERVER_BUSY_MIN {
            break;
        }
        let again = press_once(case, server, load, &request)?;
        if again.server_busy > best.server_busy {
            best = again;
        }
    }
    Ok(best)
}

fn press_once(case: &Case, server: &Server, load: &Load, request: &[u8]) -> Result<Sample> {
    let slice = Load {
        lasting: load.lasting / SLICES,
        ..load.clone()
    };
    let cpu_began = seconds_of_tree(server.pid())?;
    let mut answers = 0.0;
    let mut wall_secs = 0.0;
    for _ in 0..SLICES {
        let pressed = press(&slice, server.address, request, case.status)?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody answers 2^53 times in a bench"
        )]
        let arrived = pressed.answers as f64;
        answers += arrived;
        wall_secs += pressed.wall_secs;
    }
    let cpu_secs = seconds_of_tree(server.pid())? - cpu_began;
    Ok(Sample {
        answers_per_sec: answers / wall_secs,
        answers_per_cpu_sec: answers / cpu_secs,
        server_busy: cpu_secs / wall_secs,
    })
}
