//! An index file: one row per line, all of one name.
//!
//! What strangers send is taken row by row: a bad row is set aside with its
//! reason, so that one of them cannot hide the others. Absent: what a file with
//! nothing good in it means, which is the mirror's question.

use crate::index_line::{IndexLineError, Reader};
use crossdock_core::address::AddressError;
use crossdock_core::name::{CrateName, IndexName};
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use std::collections::HashSet;

/// What an index file says, and what of it was set aside.
#[derive(Debug, Default)]
pub struct IndexFile {
    /// Good rows with their text, in the order of the file.
    pub rows: Vec<(String, Release)>,
    /// Rows that no cargo could use or that contradict an earlier one.
    pub quarantined: Vec<Quarantined>,
}

/// A row that was set aside.
#[derive(Debug)]
pub struct Quarantined {
    /// Line number, from 1.
    pub line: usize,
    /// Why.
    pub reason: QuarantineReason,
}

/// Why a row was set aside.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineReason {
    /// The row itself is bad.
    #[error(transparent)]
    Row(#[from] IndexLineError),
    /// Bytes that are not UTF-8.
    #[error("line is not UTF-8")]
    NotText,
    /// A row of another crate.
    #[error("row is of crate `{0}`, not of the file's")]
    OtherName(CrateName),
    /// A version for the second time; the first row counts.
    #[error("version {0} occurs twice; the first row is kept")]
    Twice(Version),
    /// More rows are bad than are told one by one; this is the first of the rest.
    #[error("more than {QUARANTINED_MAX} rows are bad; this and later ones are not listed")]
    Unlisted,
}

/// How many bad rows of a file are told: a file of junk must not take many times its
/// size in memory, nor fill a log.
pub const QUARANTINED_MAX: usize = 1_000;

/// Reads an index file of `name`; `target_of` as for [`crate::index_line::decode`].
pub fn decode(
    bytes: &[u8],
    name: &IndexName,
    target_of: &dyn Fn(Option<&str>) -> Result<Target, AddressError>,
) -> IndexFile {
    let (mut file, mut reader) = (IndexFile::default(), Reader::new(target_of));
    let mut seen: HashSet<Version> = HashSet::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = trim_json(line);
        if line.is_empty() {
            continue;
        }
        let row = decode_row(line, name, &mut reader).and_then(|row| {
            match seen.insert(row.1.version.clone()) {
                true => Ok(row),
                false => Err(QuarantineReason::Twice(row.1.version)),
            }
        });
        match row {
            Ok(row) => file.rows.push(row),
            Err(reason) => file.quarantine(index + 1, reason),
        }
    }
    file
}

impl IndexFile {
    fn quarantine(&mut self, line: usize, reason: QuarantineReason) {
        let reason = match self.quarantined.len() {
            ..QUARANTINED_MAX => reason,
            QUARANTINED_MAX => QuarantineReason::Unlisted,
            _ => return,
        };
        self.quarantined.push(Quarantined { line, reason });
    }
}

/// Takes off what JSON calls white space, as cargo does, and nothing else.
fn trim_json(mut line: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r', rest @ ..] | [rest @ .., b' ' | b'\t' | b'\r'] = line {
        line = rest;
    }
    line
}

fn decode_row<'b>(
    line: &'b [u8],
    name: &IndexName,
    reader: &mut Reader<'b, '_>,
) -> Result<(String, Release), QuarantineReason> {
    let text = std::str::from_utf8(line).map_err(|_| QuarantineReason::NotText)?;
    let release = reader.decode(text)?;
    if release.name.index_name() != *name {
        return Err(QuarantineReason::OtherName(release.name));
    }
    Ok((text.to_owned(), release))
}
