//! Reads the one gzip member of an archive, strictly.
//!
//! cargo accepts truncated streams and a second member (measured, cargo 1.95); both
//! mean that what was checked is not what somebody else will read.

use crate::refusal::ArchiveError;
use flate2::bufread::GzDecoder;
use std::io::Read;

/// An archive being inflated, block by block, within a bound.
pub(crate) struct Inflated<'a> {
    decoder: GzDecoder<&'a [u8]>,
    left: u64,
    max: u64,
}

impl<'a> Inflated<'a> {
    pub(crate) fn new(bytes: &'a [u8], max: u64) -> Result<Self, ArchiveError> {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(ArchiveError::Gzip(
                "it does not begin as gzip does".to_owned(),
            ));
        }
        Ok(Self {
            decoder: GzDecoder::new(bytes),
            left: max,
            max,
        })
    }

    /// Fills `buffer`, or as much of it as there is before the stream ends.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self.decoder.read(&mut buffer[filled..]);
            let read = read.map_err(|error| ArchiveError::Gzip(error.to_string()))?;
            if read == 0 {
                break;
            }
            filled += read;
        }
        let spent = filled as u64;
        self.left = self.left.checked_sub(spent).ok_or(ArchiveError::TooLarge {
            what: "unpacked bytes",
            max: self.max,
        })?;
        Ok(filled)
    }

    /// Checks that the stream is at its end, its CRC right, and nothing follows.
    pub(crate) fn end(mut self) -> Result<(), ArchiveError> {
        if self.fill(&mut [0])? != 0 {
            return Err(ArchiveError::Tar(
                "data follows the end of the archive".to_owned(),
            ));
        }
        let rest = self.decoder.into_inner();
        if rest.is_empty() {
            Ok(())
        } else {
            Err(ArchiveError::Gzip(format!(
                "{} bytes follow it",
                rest.len()
            )))
        }
    }
}
