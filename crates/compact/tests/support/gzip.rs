//! gzip around deflated bytes, as cargo writes it.
//!
//! Absent: deflating.

/// A header with a name, as made on an unknown system.
pub(crate) fn header(name: &str) -> Vec<u8> {
    let mut header = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 2, 255];
    header.extend_from_slice(name.as_bytes());
    header.push(0);
    header
}

/// Header and deflated body, and what belongs behind them.
pub(crate) fn with_trailer(mut archive: Vec<u8>, tar: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(tar);
    archive.extend_from_slice(&crc.sum().to_le_bytes());
    archive.extend_from_slice(&crc.amount().to_le_bytes());
    archive
}
