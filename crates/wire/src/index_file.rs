//! An index file: one row per line, all of one name.
//!
//! What strangers send is taken row by row: a bad row is set aside with its
//! reason, so that one of them cannot hide the others. Absent: what a file with
//! nothing good in it means, which is the mirror's question.

use crate::index_line::{self, IndexLineError};
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
}

/// Reads an index file of `name`; `target_of` as for [`index_line::decode`].
pub fn decode(
    bytes: &[u8],
    name: &IndexName,
    target_of: &dyn Fn(Option<&str>) -> Result<Target, AddressError>,
) -> IndexFile {
    let mut file = IndexFile::default();
    let mut seen: HashSet<Version> = HashSet::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match decode_row(line, name, target_of) {
            Ok((_, release)) if !seen.insert(release.version.clone()) => {
                file.quarantined.push(Quarantined {
                    line: index + 1,
                    reason: QuarantineReason::Twice(release.version),
                })
            }
            Ok(row) => file.rows.push(row),
            Err(reason) => file.quarantined.push(Quarantined {
                line: index + 1,
                reason,
            }),
        }
    }
    file
}

fn decode_row(
    line: &[u8],
    name: &IndexName,
    target_of: &dyn Fn(Option<&str>) -> Result<Target, AddressError>,
) -> Result<(String, Release), QuarantineReason> {
    let text = std::str::from_utf8(line)
        .map_err(|_| QuarantineReason::NotText)?
        .trim();
    let release = index_line::decode(text, target_of)?;
    if release.name.index_name() != *name {
        return Err(QuarantineReason::OtherName(release.name));
    }
    Ok((text.to_owned(), release))
}
