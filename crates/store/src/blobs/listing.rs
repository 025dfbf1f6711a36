//! What lies in a folder of archives, in the order of their checksums, and when it was
//! kept.
//!
//! The time of a file is when it was last kept: whoever keeps one that is there sets it
//! anew, under the gate that those who take old ones away close.
//!
//! Absent: which archives somebody names.

use super::{FileBlobs, sync_folder, told};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{StoreError, Stored};
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{SystemTime, UNIX_EPOCH};

impl FileBlobs {
    /// Lists raw archives after a checksum, in their order, at most `limit`.
    pub(super) fn listed(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let first = after.map_or(0, |after| after.as_bytes()[0]);
        let mut found = Vec::new();
        for digits in first..=u8::MAX {
            let folder = self.folder.join(format!("{digits:02x}"));
            let listed = in_folder(&folder, digits, after);
            found.extend(listed.map_err(|error| told(&folder, &error))?);
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Takes a raw archive away that was kept before a time; returns whether it did.
    pub(super) fn removed_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let path = self.path(checksum);
        // Nobody keeps anything while its time is looked at and it goes.
        let _gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        let gone = match fs::metadata(&path) {
            Ok(metadata) if kept(&metadata) < time => fs::remove_file(&path).map(|()| true),
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        };
        let synced = gone.and_then(|gone| match (gone, path.parent()) {
            (true, Some(parent)) => sync_folder(parent).map(|()| true),
            _ => Ok(gone),
        });
        synced.map_err(|error| told(&path, &error))
    }
}

fn in_folder(folder: &Path, digits: u8, after: Option<&Checksum>) -> io::Result<Vec<Stored>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_str().map(|rest| format!("{digits:02x}{rest}"));
        let checksum = text.and_then(|text| Checksum::parse(&text).ok());
        let Some(checksum) = checksum.filter(|one| after.is_none_or(|after| one > after)) else {
            continue;
        };
        match entry.metadata() {
            Ok(metadata) => found.push(Stored {
                checksum,
                bytes: metadata.len(),
                kept: kept(&metadata),
            }),
            // It went in this moment.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    found.sort_unstable_by_key(|one| one.checksum);
    Ok(found)
}

/// When a file was kept; one of no time that makes sense was kept just now, so that
/// nobody takes it for old.
pub(super) fn kept(metadata: &Metadata) -> Timestamp {
    let modified = metadata.modified().unwrap_or_else(|_| SystemTime::now());
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    Timestamp::from_unix_seconds(seconds)
        .or_else(|| Timestamp::from_unix_seconds(0))
        .expect("1970 is a year between 0 and 9999")
}
