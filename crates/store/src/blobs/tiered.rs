//! Two tiers under the port of archives: as they are, and packed into chains.
//!
//! Every archive is written as it is first. What is packed later may lose its raw bytes
//! when there is no room for them (`hot.rs`), and is made again when somebody asks: first
//! looked for raw, then in its chain, compared, given, and at hand from then on. Without
//! anything packed this is the store of plain files.
//!
//! | folder | has |
//! |---|---|
//! | `ab/cdef…` | archives raw, by checksum |
//! | `chains/REGISTRY.NAME.0` | archives packed |
//! | `chains/….damaged` | a chain of which a part was lost |
//!
//! Absent: packing and unpacking (`packing.rs`, `leaving.rs`), which archives are alike.

use super::catalogue::Catalogue;
use super::chain_file::{self, ChainFileError};
use super::{FileBlobs, keep, read, sync_folder, told};
use async_trait::async_trait;
use bytes::Bytes;
use crossdock_compact::{ChainError, RestoreError};
use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::{Blobs, StoreError, Stored};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// The folder of chains, beside those of raw archives.
const CHAINS: &str = "chains";

/// Archives that are made again at one time: each holds two tars of up to 32 MiB.
const COLD_READS: usize = 4;

/// How often an archive is looked for that moves from one tier to the other meanwhile:
/// it moves once in seconds at most, and a look takes milliseconds.
pub(super) const LOOKS: usize = 3;

/// Archives as files, some of them packed.
pub struct TieredBlobs {
    pub(super) tiers: Arc<Tiered>,
    /// Leaves to make archives again.
    cold: Semaphore,
}

/// What the threads that work on files share.
pub(super) struct Tiered {
    pub(super) raw: FileBlobs,
    pub(super) chains: PathBuf,
    pub(super) hot_bytes_max: u64,
    // Held for look-ups and changes in memory, and while files are let go, so that
    // nothing else happens to them; in threads that may block alone.
    catalogue: Mutex<Catalogue>,
    /// Held by whoever changes chains, for as long as that takes; never by a reader.
    pub(super) work: Mutex<Work>,
    /// Counts archives that were kept.
    pub(super) kept: AtomicU64,
    #[cfg(test)]
    pub(super) halt: Mutex<Option<super::packing::Step>>,
}

/// What whoever changes chains remembers.
#[derive(Default)]
pub(super) struct Work {
    /// Archives that nothing makes again, so that it is tried once.
    pub(super) stays_raw: BTreeSet<Checksum>,
}

impl TieredBlobs {
    /// Opens the folder as [`FileBlobs::open`] does, and reads what is in its chains.
    ///
    /// Of what is packed, at most `hot_bytes_max` is at hand raw as well.
    ///
    /// # Errors
    /// [`StoreError`] if the folder cannot be made, cleaned or read.
    pub fn open(folder: impl Into<PathBuf>, hot_bytes_max: u64) -> Result<Self, StoreError> {
        let raw = FileBlobs::open(folder)?;
        let chains = raw.folder.join(CHAINS);
        let made = fs::create_dir_all(&chains).and_then(|()| sync_folder(&raw.folder));
        made.map_err(|error| told(&chains, &error))?;
        let mut catalogue = Catalogue::default();
        for chain in chain_file::list(&chains).map_err(|error| told(&chains, &error))? {
            match (chain.header, chain.set_aside) {
                (Some(header), false) => catalogue.learn(&chain.path, &header),
                (Some(header), true) => {
                    catalogue.damaged += 1;
                    catalogue.lose(&chain.path, &header);
                }
                (None, _) => catalogue.damaged += 1,
            }
        }
        at_hand(&raw, &mut catalogue).map_err(|error| told(&raw.folder, &error))?;
        catalogue.rank_all();
        let tiers = Tiered {
            raw,
            chains,
            hot_bytes_max,
            catalogue: Mutex::new(catalogue),
            work: Mutex::default(),
            kept: AtomicU64::new(0),
            #[cfg(test)]
            halt: Mutex::default(),
        };
        tiers.cool();
        Ok(Self {
            tiers: Arc::new(tiers),
            cold: Semaphore::new(COLD_READS),
        })
    }

    /// Runs something on files where that may block.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Tiered) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let tiers = self.tiers.clone();
        let done = spawn_blocking(move || work(&tiers)).await;
        done.map_err(|_| StoreError::Unavailable(format!("{what} was interrupted")))?
    }
}

#[async_trait]
impl Blobs for TieredBlobs {
    async fn keep(&self, checksum: &Checksum, bytes: Bytes) -> Result<(), StoreError> {
        let checksum = *checksum;
        self.blocking("writing an archive", move |tiers| {
            tiers.keep_raw(&checksum, &bytes)?;
            tiers.kept.fetch_add(1, Ordering::Relaxed);
            tiers.catalogue().at_hand(&checksum, bytes.len() as u64);
            tiers.cool();
            Ok(())
        })
        .await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.tiers.raw.probe().await
    }

    async fn read(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        let checksum = *checksum;
        for _look in 0..LOOKS {
            let found = self
                .blocking("reading an archive", move |tiers| tiers.look(&checksum))
                .await?;
            match found {
                Look::Raw(bytes) => return Ok(Some(bytes)),
                Look::Absent => return Ok(None),
                Look::Packed(path) => {
                    // The semaphore is never closed.
                    let _leave = self.cold.acquire().await;
                    let made = self
                        .blocking("making an archive again", move |tiers| {
                            tiers.made(&checksum, &path)
                        })
                        .await?;
                    if let Some(bytes) = made {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
        Err(StoreError::Unavailable(format!(
            "archive {checksum} moves from place to place"
        )))
    }

    async fn remove(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let checksum = *checksum;
        self.blocking("taking an archive away", move |tiers| {
            tiers.take_away(&checksum)
        })
        .await
    }

    async fn list(
        &self,
        after: Option<&Checksum>,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let after = after.copied();
        self.blocking("listing archives", move |tiers| {
            tiers.listed(after.as_ref(), limit.max(1))
        })
        .await
    }

    async fn examine(&self, checksum: &Checksum) -> Result<Option<Bytes>, StoreError> {
        // The semaphore is never closed.
        let _leave = self.cold.acquire().await;
        let checksum = *checksum;
        self.blocking("examining an archive", move |tiers| {
            tiers.examined(&checksum)
        })
        .await
    }

    async fn heal(&self, checksum: &Checksum) -> Result<bool, StoreError> {
        let checksum = *checksum;
        self.blocking("healing an archive", move |tiers| tiers.healed(&checksum))
            .await
    }

    async fn remove_kept_before(
        &self,
        checksum: &Checksum,
        time: Timestamp,
    ) -> Result<bool, StoreError> {
        let checksum = *checksum;
        self.blocking("taking an archive away", move |tiers| {
            tiers.removed_kept_before(&checksum, time)
        })
        .await
    }

    async fn damaged(&self) -> Result<Vec<String>, StoreError> {
        self.blocking("looking at chains", Tiered::damaged_chains)
            .await
    }
}

/// Where an archive was found.
enum Look {
    Raw(Bytes),
    Packed(PathBuf),
    Absent,
}

impl Tiered {
    pub(super) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, checksum: &Checksum) -> Result<Look, StoreError> {
        for _look in 0..LOOKS {
            let raw = read(&self.raw.path(checksum), checksum);
            let mut catalogue = self.catalogue();
            let place = catalogue.place(checksum).cloned();
            match (raw, place) {
                (Ok(Some(bytes)), _) => {
                    catalogue.hot_reads += 1;
                    catalogue.hot.touch(checksum);
                    return Ok(Look::Raw(bytes));
                }
                (Ok(None) | Err(StoreError::Corrupt(_)), Some(path)) => {
                    return Ok(Look::Packed(path));
                }
                (Err(error), _) => return Err(error),
                (Ok(None), None) if catalogue.lost(checksum).is_some() => {
                    return Err(StoreError::Corrupt(format!(
                        "archive {checksum} was packed, and its chain is damaged"
                    )));
                }
                // It may have left its chain between the two looks: then it is raw.
                (Ok(None), None) => {}
            }
        }
        Ok(Look::Absent)
    }

    /// Makes an archive out of its chain; nothing if it is not there any more.
    fn made(&self, checksum: &Checksum, path: &Path) -> Result<Option<Bytes>, StoreError> {
        // Somebody else may have waited for the same one.
        if let Ok(Some(bytes)) = read(&self.raw.path(checksum), checksum) {
            self.catalogue().hot_reads += 1;
            return Ok(Some(bytes));
        }
        let bytes = match chain_file::read(path, checksum) {
            Ok(Some(bytes)) => Bytes::from(bytes),
            Ok(None) => return Ok(None),
            Err(ChainFileError::Io(error)) => return Err(told(path, &error)),
            // Nothing is wrong with the chain.
            Err(ChainFileError::Damaged(ChainError::Restore(error @ RestoreError::Stuck(_)))) => {
                return Err(StoreError::Unavailable(error.to_string()));
            }
            Err(ChainFileError::Damaged(error)) => {
                self.found_damaged(path)?;
                return Err(StoreError::Corrupt(error.to_string()));
            }
        };
        self.catalogue().cold_reads += 1;
        // It is given whether or not there is room to have it at hand.
        if self.warm(checksum, &bytes).is_ok() {
            self.cool();
        }
        Ok(Some(bytes))
    }

    /// Writes an archive raw beside being packed, not durably: it can be made again.
    fn warm(&self, checksum: &Checksum, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(self.incoming())?;
        file.write_all(bytes)?;
        let mut catalogue = self.catalogue();
        if catalogue.place(checksum).is_none() {
            return Ok(());
        }
        let placed = file.persist(self.raw.path(checksum));
        placed.map_err(|error| error.error)?;
        catalogue.at_hand(checksum, bytes.len() as u64);
        Ok(())
    }

    /// Lets raw bytes go until those that are hot fit.
    pub(super) fn cool(&self) {
        let mut catalogue = self.catalogue();
        for checksum in catalogue.beyond(self.hot_bytes_max) {
            match fs::remove_file(self.raw.path(&checksum)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => {
                    catalogue.hot.forget(&checksum);
                }
            }
        }
    }

    /// Keeps an archive raw, durably, whatever was there before.
    pub(super) fn keep_raw(&self, checksum: &Checksum, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.raw.path(checksum);
        let kept = keep(&self.raw.gate, &self.incoming(), &path, bytes);
        // What was made again may be there already, and not durably.
        let is_packed = self.catalogue().place(checksum).is_some();
        let synced = kept.and_then(|()| match is_packed {
            true => File::open(&path)?.sync_all(),
            false => Ok(()),
        });
        synced.map_err(|error| told(&path, &error))
    }

    pub(super) fn incoming(&self) -> PathBuf {
        self.raw.folder.join("incoming")
    }
}

/// Notes which packed archives are at hand raw, those used last at last.
fn at_hand(raw: &FileBlobs, catalogue: &mut Catalogue) -> io::Result<()> {
    let mut found: Vec<(SystemTime, Checksum, u64)> = Vec::new();
    for digits in 0..=u8::MAX {
        let folder = format!("{digits:02x}");
        for entry in fs::read_dir(raw.folder.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let text = name.to_str().map(|rest| format!("{folder}{rest}"));
            let checksum = text.and_then(|text| Checksum::parse(&text).ok());
            let Some(checksum) = checksum.filter(|of| catalogue.place(of).is_some()) else {
                continue;
            };
            let metadata = entry.metadata()?;
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((used, checksum, metadata.len()));
        }
    }
    found.sort_unstable();
    for (_, checksum, bytes) in found {
        catalogue.hot.insert(checksum, bytes);
    }
    Ok(())
}
