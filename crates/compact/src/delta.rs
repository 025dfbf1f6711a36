//! A tar as its difference to another one, by zstd.
//!
//! The other tar is a prefix that is referred to and not kept, as in `zstd --patch-from`.
//!
//! Absent: which tar is another's base.

use std::io::{self, Read as _, Write as _};
use zstd::stream::{read, write};

/// How hard it is tried: written once, kept for ever. Against level 12 it takes two to
/// three times as long and saves a seventh where versions are years apart.
const LEVEL: i32 = 19;

/// The least and the largest window: zstd's own least, and two tars of 32 MiB and more.
const WINDOW_LOG_MIN: u32 = 10;
const WINDOW_LOG_MAX: u32 = 27;

/// Writes `tar` as its difference to `base`.
pub(crate) fn write(tar: &[u8], base: Option<&[u8]>) -> io::Result<Vec<u8>> {
    let within = tar.len() + base.map_or(0, <[u8]>::len);
    let window = (usize::BITS - within.leading_zeros()).clamp(WINDOW_LOG_MIN, WINDOW_LOG_MAX);
    let mut encoder = match base {
        Some(base) => write::Encoder::with_ref_prefix(Vec::new(), LEVEL, base)?,
        None => write::Encoder::new(Vec::new(), LEVEL)?,
    };
    encoder.window_log(window)?;
    encoder.long_distance_matching(true)?;
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(tar.len() as u64))?;
    encoder.write_all(tar)?;
    encoder.finish()
}

/// Reads a tar of `tar_bytes` back; an error if it is not that long.
///
/// Never holds more than the tar and zstd's window, whatever the difference says.
pub(crate) fn read(delta: &[u8], base: Option<&[u8]>, tar_bytes: u64) -> io::Result<Vec<u8>> {
    let mut decoder = match base {
        Some(base) => read::Decoder::with_ref_prefix(delta, base)?,
        None => read::Decoder::with_buffer(delta)?,
    };
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    let mut tar = Vec::new();
    decoder.take(tar_bytes + 1).read_to_end(&mut tar)?;
    match tar.len() as u64 == tar_bytes {
        true => Ok(tar),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}
