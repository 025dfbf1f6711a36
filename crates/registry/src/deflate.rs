//! Bytes deflated in memory, by compressors that are kept.
//!
//! A compressor has a quarter of a megabyte to clear before its first byte, which for
//! an index file of a few kilobytes is more work than the compression itself: of a cold
//! resolution of 281 crates it was a twentieth. So those that are done wait here for
//! the next file. A fixed few wait; what is needed beyond them at one time is made, and
//! dropped.
//!
//! Absent: archives, which come packed.

use bytes::Bytes;
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, FlushCompress, Status};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// Compressors that wait, of each kind; more than cores do not work at one time.
const IDLE_MAX: usize = 4;

/// The window of all our streams, the largest there is (RFC 1950, section 2.2).
const WINDOW_BITS: u8 = 15;

/// Room for the first output: rows repeat themselves, so most files fit.
const SHRINKS_TO: usize = 6;

/// Compressors of one kind.
struct Kept {
    // Held to take one and to give it back, not while it works.
    idle: Mutex<Vec<Compress>>,
    make: fn() -> Compress,
}

static GZIP_QUICK: Kept = Kept::new(|| Compress::new_gzip(Compression::new(2), WINDOW_BITS));
static GZIP_THOROUGH: Kept = Kept::new(|| Compress::new_gzip(Compression::new(6), WINDOW_BITS));
static ZLIB_FAST: Kept = Kept::new(|| Compress::new(Compression::fast(), true));

/// How much work compressing may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Somebody waits.
    Quick,
    /// There is little of it.
    Thorough,
}

/// Writes bytes as a gzip file; equal bytes become equal files.
pub(crate) fn gzip(bytes: &[u8], effort: Effort) -> Vec<u8> {
    match effort {
        Effort::Quick => GZIP_QUICK.run(bytes),
        Effort::Thorough => GZIP_THOROUGH.run(bytes),
    }
}

/// Unpacks what [`gzip`] wrote of so many bytes.
pub(crate) fn gunzip(gzip: &[u8], bytes: usize) -> Bytes {
    let mut plain = Vec::with_capacity(bytes);
    GzDecoder::new(gzip)
        .read_to_end(&mut plain)
        .expect("we packed it, and whoever kept it vouches for every byte");
    plain.into_boxed_slice().into()
}

/// Writes bytes as a zlib stream with little effort, as for a store.
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    ZLIB_FAST.run(bytes)
}

impl Kept {
    const fn new(make: fn() -> Compress) -> Self {
        let idle = Mutex::new(Vec::new());
        Self { idle, make }
    }

    fn run(&self, bytes: &[u8]) -> Vec<u8> {
        let mut compress = self.take();
        let mut written = Vec::with_capacity(bytes.len() / SHRINKS_TO + 256);
        loop {
            let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            let status = compress
                .compress_vec(rest, &mut written, FlushCompress::Finish)
                .expect("compressing from memory into memory does not fail");
            if status == Status::StreamEnd {
                break;
            }
            written.reserve(written.capacity().max(1024));
        }
        self.give_back(compress);
        written
    }

    fn take(&self) -> Compress {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.unwrap_or_else(self.make)
    }

    fn give_back(&self, mut compress: Compress) {
        compress.reset();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(compress);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;

    /// A used compressor must not write what a new one would not: one tag stands for
    /// one sequence of bytes.
    #[test]
    fn what_comes_out_does_not_depend_on_what_was_written_before() {
        let rows = |seed: u64| -> Vec<u8> {
            let row = |at: u64| {
                format!(
                    "{{\"name\":\"n{seed}\",\"vers\":\"{}\"}}\n",
                    at * seed % 977
                )
            };
            (0..20_000).flat_map(|at| row(at).into_bytes()).collect()
        };
        let texts = [
            rows(3),
            Vec::new(),
            rows(7),
            b"x".to_vec(),
            vec![0; 500_000],
        ];
        for kept in [&GZIP_QUICK, &GZIP_THOROUGH, &ZLIB_FAST] {
            let fresh: Vec<_> = texts
                .iter()
                .map(|text| Kept::new(kept.make).run(text))
                .collect();
            for order in [[0, 1, 2, 3, 4], [4, 2, 0, 3, 1]] {
                for at in order {
                    assert_eq!(kept.run(&texts[at]), fresh[at], "{at}");
                }
            }
        }
        for text in &texts {
            let (mut back, mut back_z) = (Vec::new(), Vec::new());
            let gzip = gzip(text, Effort::Quick);
            GzDecoder::new(&*gzip).read_to_end(&mut back).unwrap();
            assert!(gunzip(&gzip, text.len()) == *text);
            ZlibDecoder::new(&*zlib(text))
                .read_to_end(&mut back_z)
                .unwrap();
            assert!(back == *text && back_z == *text);
        }
    }
}
