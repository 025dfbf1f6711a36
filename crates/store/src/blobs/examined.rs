//! Both tiers looked at, without moving anything from one to the other.
//!
//! A reader takes the first copy that is whole, and is right to. Here every copy is
//! read, so that one which is whole does not hide another that is not, and nothing is
//! at hand afterwards that was not before.
//!
//! Absent: what is done about what is found, but for copies that others can replace.

use super::chain_file::{self, ChainFileError};
use super::listing::kept;
use super::tiered::{LOOKS, Tiered};
use super::{read, told};
use bytes::Bytes;
use crossdock_compact::{ChainError, RestoreError};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{StoreError, Stored};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::PoisonError;

impl Tiered {
    /// Lists what is raw or packed after a checksum, in their order.
    pub(super) fn listed(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let raw = self.raw.listed(after, limit)?;
        let packed = self.catalogue().after(after, limit);
        let mut all: BTreeMap<Checksum, Stored> =
            raw.into_iter().map(|one| (one.checksum, one)).collect();
        let mut times = BTreeMap::new();
        for (checksum, bytes, path) in packed {
            // A chain is written after what it has was kept.
            let time = *times
                .entry(path)
                .or_insert_with_key(|path| fs::metadata(path).ok().map(|found| kept(&found)));
            // One whose chain went in this moment is raw, or in another.
            let Some(time) = time else { continue };
            all.entry(checksum).or_insert(Stored {
                checksum,
                bytes,
                kept: time,
            });
        }
        Ok(all.into_values().take(limit).collect())
    }

    /// Reads every copy of an archive.
    pub(super) fn examined(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        'looks: for _look in 0..LOOKS {
            let mut bytes = read(&self.raw.path(checksum), checksum)?;
            let (places, is_lost) = {
                let catalogue = self.catalogue();
                let is_lost = catalogue.lost(checksum).is_some();
                (catalogue.places(checksum), is_lost)
            };
            for path in places {
                match packed(&path, checksum)? {
                    Some(packed) => bytes = Some(packed),
                    // It left its chain between the two looks.
                    None => continue 'looks,
                }
            }
            match bytes {
                Some(bytes) => return Ok(Some(bytes)),
                None if is_lost => {
                    return Err(StoreError::Corrupt(format!(
                        "archive {checksum} was packed, and its chain is damaged"
                    )));
                }
                None => {}
            }
        }
        Ok(None)
    }

    /// Lets copies go that are damaged where another is whole.
    pub(super) fn healed(&self, checksum: &Checksum) -> Result<bool, StoreError> {
        for path in self.catalogue().places(checksum) {
            match packed(&path, checksum) {
                Err(StoreError::Corrupt(_)) => self.found_damaged(&path)?,
                Err(error) => return Err(error),
                Ok(Some(_)) => self.drop_damaged_raw(checksum)?,
                Ok(None) => {}
            }
        }
        match self.examined(checksum) {
            Ok(found) => Ok(found.is_some()),
            Err(StoreError::Corrupt(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn drop_damaged_raw(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let path = self.raw.path(checksum);
        let _gate = self
            .raw
            .gate
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if !matches!(read(&path, checksum), Err(StoreError::Corrupt(_))) {
            return Ok(());
        }
        self.catalogue().hot.forget(checksum);
        super::remove(&path).map_err(|error| told(&path, &error))
    }

    /// Takes an archive away that was kept before a time. What is packed was named when
    /// it was, and stays.
    pub(super) fn removed_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let is_packed = self.catalogue().place(checksum).is_some();
        match is_packed {
            true => Ok(false),
            false => self.raw.removed_kept_before(checksum, time),
        }
    }

    /// Names the chains that cannot be read, or were set aside because of that.
    pub(super) fn damaged_chains(&self) -> Result<Vec<String>, StoreError> {
        let chains = chain_file::list(&self.chains);
        let chains = chains.map_err(|error| told(&self.chains, &error))?;
        let damaged = chains
            .into_iter()
            .filter(|chain| chain.set_aside || chain.header.is_none());
        Ok(damaged
            .map(|chain| chain.path.display().to_string())
            .collect())
    }
}

/// Makes an archive out of its chain; nothing if it is not there any more.
fn packed(path: &Path, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
    match chain_file::read(path, checksum) {
        Ok(made) => Ok(made.map(Bytes::from)),
        Err(ChainFileError::Io(error)) => Err(told(path, &error)),
        // Nothing is wrong with the chain.
        Err(ChainFileError::Damaged(ChainError::Restore(error @ RestoreError::Stuck(_)))) => {
            Err(StoreError::Unavailable(error.to_string()))
        }
        Err(ChainFileError::Damaged(error)) => Err(StoreError::Corrupt(error.to_string())),
    }
}
