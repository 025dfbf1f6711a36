//! Archives made byte by byte, good ones and ones no tool would make.
//!
//! Apart from any tar library, because a library refuses to write what strangers
//! send. A header is a ustar header (POSIX.1-1988, GNU magic as cargo writes it).
//!
//! Absent: which of them are good, which is for the case to say.

use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};
use std::io::{Read as _, Write};

/// A tar archive in the making.
#[derive(Debug, Default, Clone)]
pub struct Tarball {
    bytes: Vec<u8>,
}

/// What a tar header says; sizes are taken from the data unless a case lies.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    /// Path, at most 100 bytes.
    pub path: &'a [u8],
    /// Kind of the entry: `b'0'` is a file.
    pub kind: u8,
    /// Where a link leads.
    pub link: &'a [u8],
    /// Permissions.
    pub mode: u32,
    /// Size in bytes.
    pub size: u64,
}

impl Tarball {
    /// Adds a file.
    pub fn file(mut self, path: &str, data: impl AsRef<[u8]>) -> Self {
        let data = data.as_ref();
        self.push(
            &Header {
                path: path.as_bytes(),
                kind: b'0',
                link: b"",
                mode: 0o644,
                size: data.len() as u64,
            },
            data,
        );
        self
    }

    /// Adds an entry that has no data of its own: a link, a device.
    pub fn special(mut self, path: &str, kind: u8, link: &str) -> Self {
        self.push(
            &Header {
                path: path.as_bytes(),
                kind,
                link: link.as_bytes(),
                mode: 0o644,
                size: 0,
            },
            b"",
        );
        self
    }

    /// Adds a pax extended header for the next entry, as `key=value` records.
    pub fn pax(mut self, records: &[(&str, &str)]) -> Self {
        let data: String = records
            .iter()
            .map(|(key, value)| pax_record(key, value))
            .collect();
        self.push(
            &Header {
                path: b"PaxHeader",
                kind: b'x',
                link: b"",
                mode: 0o644,
                size: data.len() as u64,
            },
            data.as_bytes(),
        );
        self
    }

    /// Adds a header and the data behind it, whatever the header says.
    pub fn push(&mut self, header: &Header<'_>, data: &[u8]) {
        self.bytes.extend(header.block());
        self.bytes.extend(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
    }

    /// Ends the archive: two blocks of nothing.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend([0; 1024]);
        self.bytes
    }

    /// Ends the archive and compresses it as cargo does.
    pub fn gzip(self) -> Vec<u8> {
        gzip(&self.finish())
    }
}

/// Compresses bytes as one gzip member without name and time.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::new(6));
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.expect("writing into memory does not fail")
}

/// Compresses what a gzip member holds anew, as cargo does to the byte: so an archive can
/// be made again of what is in it.
pub fn as_cargo_packs(archive: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    let read = GzDecoder::new(archive).read_to_end(&mut tar);
    read.expect("it was packed a moment ago");
    let mut encoder = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    let packed = encoder.write_all(&tar).and_then(|()| encoder.finish());
    packed.expect("writing into memory does not fail")
}

/// Returns the SHA-256 of bytes in lower-case hex.
pub fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Header<'_> {
    fn block(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.path[..self.path.len().min(100)]);
        put(100, format!("{:07o}\0", self.mode).as_bytes());
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", self.size).as_bytes());
        put(136, b"00000000001\0");
        put(148, b"        ");
        put(156, &[self.kind]);
        put(157, &self.link[..self.link.len().min(100)]);
        put(257, b"ustar  \0");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

/// A pax record begins with its own length, which counts its own digits.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length.to_string().len() + rest != length {
        length = length.to_string().len() + rest;
    }
    format!("{length} {key}={value}\n")
}
