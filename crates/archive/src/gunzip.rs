//! Reads the one gzip member of an archive, strictly.
//!
//! cargo accepts truncated streams and a second member (measured, cargo 1.95); both
//! mean that what was checked is not what somebody else will read.

use crate::refusal::ArchiveError;
use flate2::bufread::GzDecoder;
use std::io::{BufRead, BufReader, Error, ErrorKind};

/// Bytes that are inflated at a time; more than this is never held.
const BUFFER_BYTES: usize = 64 * 1024;

/// An archive being inflated, within a bound.
pub(crate) struct Inflated<'a> {
    reader: BufReader<GzDecoder<&'a [u8]>>,
    read_bytes: u64,
    bytes_max: u64,
}

impl<'a> Inflated<'a> {
    pub(crate) fn new(bytes: &'a [u8], bytes_max: u64) -> Result<Self, ArchiveError> {
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(ArchiveError::NotGzip);
        }
        Ok(Self {
            reader: BufReader::with_capacity(BUFFER_BYTES, GzDecoder::new(bytes)),
            read_bytes: 0,
            bytes_max,
        })
    }

    /// Fills `buffer`, or as much of it as there is before the stream ends.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let ready = self.ready()?;
            let taken = ready.len().min(buffer.len() - filled);
            buffer[filled..filled + taken].copy_from_slice(&ready[..taken]);
            if taken == 0 {
                break;
            }
            self.take(taken)?;
            filled += taken;
        }
        Ok(filled)
    }

    /// Passes over `bytes`, or as many as there are; says how many.
    pub(crate) fn skip(&mut self, bytes: u64) -> Result<u64, ArchiveError> {
        let mut left = bytes;
        while left > 0 {
            let ready = self.ready()?.len();
            let taken = usize::try_from(left).unwrap_or(usize::MAX).min(ready);
            if taken == 0 {
                break;
            }
            self.take(taken)?;
            left -= taken as u64;
        }
        Ok(bytes - left)
    }

    /// Refuses data that a header announces and the bound does not allow, before
    /// any of it is inflated.
    pub(crate) fn expect(&self, bytes: u64) -> Result<(), ArchiveError> {
        if bytes > self.bytes_max - self.read_bytes {
            return Err(self.too_large());
        }
        Ok(())
    }

    /// Checks, at the end of the stream, that it is whole and that nothing follows.
    pub(crate) fn end(self) -> Result<(), ArchiveError> {
        // The decoder compares the CRC when it reports the end of the stream.
        match self.reader.into_inner().into_inner() {
            [] => Ok(()),
            rest => Err(ArchiveError::Trailing { bytes: rest.len() }),
        }
    }

    fn ready(&mut self) -> Result<&[u8], ArchiveError> {
        self.reader.fill_buf().map_err(fault)
    }

    fn take(&mut self, bytes: usize) -> Result<(), ArchiveError> {
        self.expect(bytes as u64)?;
        self.read_bytes += bytes as u64;
        self.reader.consume(bytes);
        Ok(())
    }

    fn too_large(&self) -> ArchiveError {
        ArchiveError::TooLarge {
            bytes_max: self.bytes_max,
        }
    }
}

fn fault(error: Error) -> ArchiveError {
    match error.kind() {
        ErrorKind::UnexpectedEof => ArchiveError::Truncated,
        _ => ArchiveError::Damaged,
    }
}
