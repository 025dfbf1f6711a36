//! One gzip member, taken apart: header, deflated body, tar.
//!
//! Absent: what is in the tar. It is kept whatever it is.

use crate::limits::Limits;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::Read as _;

/// RFC 1952, section 2.3: the fixed part, and the flags that say what follows it.
const FIXED_BYTES: usize = 10;
const MAGIC: &[u8] = &[0x1f, 0x8b, 8];
const FLAG_NAME: u8 = 8;

/// CRC-32 and length of what was deflated.
const TRAILER_BYTES: usize = 8;

/// An archive taken apart.
pub(crate) struct Gzip<'a> {
    /// The header, name and final zero included.
    pub(crate) header: &'a [u8],
    /// What was deflated, still so.
    pub(crate) body: &'a [u8],
    /// What was deflated.
    pub(crate) tar: Vec<u8>,
}

/// Takes an archive apart; nothing if it is not one gzip member with no more than a
/// name in its header, if it is not whole, or if it is larger than `limits` allow.
pub(crate) fn take_apart<'a>(archive: &'a [u8], limits: &Limits) -> Option<Gzip<'a>> {
    let header_bytes = header_bytes(archive)?;
    if header_bytes > limits.header_bytes_max {
        return None;
    }
    let (header, rest) = archive.split_at(header_bytes);
    let (body, told) = rest.split_at(rest.len().checked_sub(TRAILER_BYTES)?);
    let mut tar = Vec::new();
    let mut inflating = DeflateDecoder::new(body).take(limits.tar_bytes_max + 1);
    inflating.read_to_end(&mut tar).ok()?;
    let whole = inflating.get_ref().get_ref().is_empty();
    let small = tar.len() as u64 <= limits.tar_bytes_max;
    (whole && small && trailer(&tar)[..] == *told).then_some(Gzip { header, body, tar })
}

/// Writes what follows the deflated body.
pub(crate) fn trailer(tar: &[u8]) -> [u8; TRAILER_BYTES] {
    let mut crc = Crc::new();
    crc.update(tar);
    let mut trailer = [0; TRAILER_BYTES];
    trailer[..4].copy_from_slice(&crc.sum().to_le_bytes());
    trailer[4..].copy_from_slice(&crc.amount().to_le_bytes());
    trailer
}

fn header_bytes(archive: &[u8]) -> Option<usize> {
    let flags = *archive.get(3)?;
    if !archive.starts_with(MAGIC) || flags & !FLAG_NAME != 0 {
        return None;
    }
    if flags & FLAG_NAME == 0 {
        return (archive.len() >= FIXED_BYTES).then_some(FIXED_BYTES);
    }
    let name = archive.get(FIXED_BYTES..)?;
    let zero = name.iter().position(|byte| *byte == 0)?;
    Some(FIXED_BYTES + zero + 1)
}
