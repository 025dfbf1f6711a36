//! zlib-rs 0.6.

use crate::deflate::{Deflating, Step, Stuck};
use zlib_rs::{Deflate, DeflateFlush, Status};

/// The largest window of deflate, 32 KiB (RFC 1951, section 2), as a power of two.
const WINDOW_BITS: u8 = 15;

pub(super) struct ZlibRs(Deflate);

impl ZlibRs {
    pub(super) fn new(level: u8) -> Self {
        Self(Deflate::new(i32::from(level), false, WINDOW_BITS))
    }
}

impl Deflating for ZlibRs {
    fn step(&mut self, input: &[u8], output: &mut [u8], last: bool) -> Result<Step, Stuck> {
        let flush = match last {
            true => DeflateFlush::Finish,
            false => DeflateFlush::NoFlush,
        };
        let (taken, given) = (self.0.total_in(), self.0.total_out());
        let status = self.0.compress(input, output, flush).map_err(|_| Stuck)?;
        Ok(Step {
            taken: passed(taken, self.0.total_in()),
            given: passed(given, self.0.total_out()),
            ended: matches!(status, Status::StreamEnd),
        })
    }
}

fn passed(before: u64, after: u64) -> usize {
    usize::try_from(after - before).expect("a step is within its two slices")
}
