//! An archive packed again by somebody else: same files, another gzip, another tar.
//!
//! Apart from `tarball.rs`, which makes archives from nothing. Works on headers as
//! they are, so that only what a case changes is changed.

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use std::io::{Read, Write};

/// How somebody else packs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Packer {
    /// The level of deflate, 0 to 9.
    pub level: u32,
    /// Whether entries come in the opposite order.
    pub reversed: bool,
    /// Seconds since 1970 that every entry carries, if not what it had.
    pub time: Option<u64>,
    /// User and group of every entry, if not what it had.
    pub owner: Option<u32>,
}

/// Packs the files of a `.crate` again.
///
/// # Panics
/// If it is no gzipped tar with short paths.
pub fn repacked(archive: &[u8], packer: Packer) -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(archive)
        .read_to_end(&mut tar)
        .expect("what cargo or a case packed is gzip");
    let mut entries = entries(&tar);
    if packer.reversed {
        entries.reverse();
    }
    let mut again = Vec::new();
    for (header, data) in &mut entries {
        if let Some(time) = packer.time {
            header[136..148].copy_from_slice(format!("{time:011o}\0").as_bytes());
        }
        if let Some(owner) = packer.owner {
            header[108..116].copy_from_slice(format!("{owner:07o}\0").as_bytes());
            header[116..124].copy_from_slice(format!("{owner:07o}\0").as_bytes());
        }
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        again.extend_from_slice(header);
        again.extend_from_slice(data);
    }
    again.extend([0; 1024]);
    let mut gzip = GzBuilder::new()
        .filename("petal.crate")
        .write(Vec::new(), Compression::new(packer.level));
    let written = gzip.write_all(&again).and_then(|()| gzip.finish());
    written.expect("writing into memory does not fail")
}

/// Takes a tar apart: each header with its data, padding included.
fn entries(tar: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut rest = tar;
    while rest.len() >= 512 && rest[0] != 0 {
        let (header, after) = rest.split_at(512);
        assert!(
            matches!(header[156], b'0' | 0),
            "only plain files are repacked"
        );
        let size = std::str::from_utf8(&header[124..135]).expect("sizes are octal");
        let size = usize::from_str_radix(size.trim(), 8).expect("sizes are octal");
        let (data, after) = after.split_at(size.div_ceil(512) * 512);
        entries.push((header.to_vec(), data.to_vec()));
        rest = after;
    }
    entries
}
