//! Small gzip files that unpack to a great deal of nothing.
//!
//! Apart from `tarball.rs`, because they are never in memory unpacked: deflate
//! blocks that refer to nothing before them can be repeated, and checksums joined.
//!
//! Absent: what is around the nothing.

use flate2::{Compress, Compression, Crc, FlushCompress};

/// How much one repeated block unpacks to.
const BLOCK_BYTES: usize = 1024 * 1024;

/// Returns one gzip member of `before`, then so many MiB of zeros, then `after`.
///
/// # Panics
/// If deflate fails in memory, which it does not.
pub fn gzip_with_zeros(before: &[u8], mib: usize, after: &[u8]) -> Vec<u8> {
    let zeros = vec![0; BLOCK_BYTES];
    let (block, sum) = (deflated(&zeros, FlushCompress::Full), crc(&zeros));
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(deflated(before, FlushCompress::Full));
    let mut whole = crc(before);
    for _ in 0..mib {
        bytes.extend(&block);
        whole.combine(&sum);
    }
    bytes.extend(deflated(after, FlushCompress::Finish));
    whole.combine(&crc(after));
    bytes.extend(whole.sum().to_le_bytes());
    bytes.extend(whole.amount().to_le_bytes());
    bytes
}

fn deflated(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    let mut compress = Compress::new(Compression::fast(), false);
    let done = compress.compress_vec(bytes, &mut out, flush);
    done.expect("deflating into enough memory does not fail");
    out
}

fn crc(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}
