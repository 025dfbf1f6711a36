//! Packing: archives of one crate go into a chain, and only then lose their raw bytes.
//!
//! | step | what a crash after it leaves |
//! |---|---|
//! | written | a file in `incoming/`, which the next start removes |
//! | compared | the same |
//! | placed | the chain, and every archive raw as well |
//! | learnt | the same |
//! | let go | the chain, and what there is room for |
//!
//! A chain with more members takes the place of the one before, which it holds whole. A
//! call works about a second, or as long as one archive takes; the others wait for the
//! next call, so that whoever calls decides how much of the machine packing gets.
//!
//! Absent: when, and of which registries.

use super::chain_file::{self, ChainFileError};
use super::tiered::{Tiered, TieredBlobs, Work};
use super::{read, told};
use async_trait::async_trait;
use crossdock_compact::{Chain, ChainError, Limits, reproduce};
use crossdock_core::checksum::Checksum;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::{Compaction, Line, LineRelease, Packed, StoreError, Tiers};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Fewer versions of a crate than this stay raw: the whole tar that a chain begins with
/// is three quarters of an archive (docs/bench.md).
const VERSIONS_MIN: usize = 4;

/// How long a call goes on to the next archive.
const WORKED_MAX: Duration = Duration::from_secs(1);

/// Moments at which packing or unpacking may end without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A chain is written beside its place.
    Written,
    /// Its new members were made out of it and compared.
    Compared,
    /// It is in its place.
    Placed,
    /// It is known in memory.
    Learnt,
    /// Archives that leave a chain are raw.
    Raw,
    /// They are known to be raw.
    Forgotten,
}

/// Bytes of the archive that a chain was given last.
fn archive_bytes(chain: &Chain) -> u64 {
    let last = chain.header().members.last();
    last.map_or(0, |member| member.recipe.archive_bytes)
}

/// What became of an archive that was to be added.
enum Pushed {
    Yes,
    /// It stays raw.
    No,
    /// The archive it would lean on cannot be made out of the chain.
    Damaged,
}

#[async_trait]
impl Compaction for TieredBlobs {
    async fn pack(&self, line: &Line) -> Result<Packed, StoreError> {
        let line = line.clone();
        self.blocking("packing archives", move |tiers| tiers.pack(&line))
            .await
    }

    async fn unpack(&self, registry: &RegistryName) -> Result<bool, StoreError> {
        let registry = registry.clone();
        self.blocking("unpacking archives", move |tiers| tiers.unpack(&registry))
            .await
    }

    fn tiers(&self) -> Tiers {
        self.tiers.catalogue().tiers(self.tiers.hot_bytes_max)
    }

    fn kept(&self) -> u64 {
        self.tiers.kept.load(Ordering::Relaxed)
    }
}

impl Tiered {
    fn pack(&self, line: &Line) -> Result<Packed, StoreError> {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let mut packed = Packed::default();
        let (raw, packed_before) = self.raw_of(line, &mut packed);
        let todo: Vec<_> = raw
            .into_iter()
            .filter(|release| !work.stays_raw.contains(&release.checksum))
            .collect();
        if todo.is_empty() || todo.len() + packed_before < VERSIONS_MIN {
            return Ok(packed);
        }
        let (mut chain, path) = self.growing(line)?;
        let started = Instant::now();
        let (mut added, mut added_bytes) = (Vec::new(), 0);
        for release in &todo {
            if chain.is_full() || started.elapsed() > WORKED_MAX {
                packed.more = true;
                break;
            }
            match self.push(&mut chain, release, &mut work)? {
                Pushed::Yes => {
                    added.push(release.checksum);
                    added_bytes += archive_bytes(&chain);
                }
                Pushed::No => {}
                Pushed::Damaged if path.exists() => {
                    self.set_aside(&path)?;
                    packed.more = true;
                    return Ok(packed);
                }
                Pushed::Damaged => {
                    let name = &line.name;
                    return Err(StoreError::Corrupt(format!(
                        "archives of `{name}` are not what they were a moment ago"
                    )));
                }
            }
        }
        if !added.is_empty() {
            self.put(&chain, path, &added)?;
            self.cool();
        }
        packed.archives = added.len() as u64;
        packed.raw.archives -= packed.archives;
        packed.raw.bytes = packed.raw.bytes.saturating_sub(added_bytes);
        Ok(packed)
    }

    /// A line's archives that are raw alone, and how many of it are packed.
    fn raw_of<'l>(&self, line: &'l Line, packed: &mut Packed) -> (Vec<&'l LineRelease>, usize) {
        let (mut seen, mut raw, mut packed_before) = (BTreeSet::new(), Vec::new(), 0);
        for release in &line.releases {
            if !seen.insert(release.checksum) {
                continue;
            }
            if self.catalogue().place(&release.checksum).is_some() {
                packed_before += 1;
            } else if let Ok(kept) = fs::metadata(self.raw.path(&release.checksum)) {
                packed.raw.archives += 1;
                packed.raw.bytes += kept.len();
                raw.push(release);
            }
        }
        (raw, packed_before)
    }

    /// The chain that a line's next archives go into, and where it belongs.
    fn growing(&self, line: &Line) -> Result<(Chain, PathBuf), StoreError> {
        let growing = self.catalogue().growing(&line.registry, &line.name);
        if let Some(path) = growing {
            match chain_file::whole(&path) {
                Ok(chain) => return Ok((chain, path)),
                Err(ChainFileError::Io(error)) => return Err(told(&path, &error)),
                Err(ChainFileError::Damaged(_)) => self.set_aside(&path)?,
            }
        }
        let (registry, name) = (line.registry.as_str(), line.name.as_str());
        let path = chain_file::free_place(&self.chains, registry, name);
        Ok((Chain::new(line.registry.clone(), line.name.clone()), path))
    }

    /// Adds an archive, if it can be made again.
    fn push(
        &self,
        chain: &mut Chain,
        release: &LineRelease,
        work: &mut Work,
    ) -> Result<Pushed, StoreError> {
        let checksum = &release.checksum;
        let archive = match read(&self.raw.path(checksum), checksum) {
            Ok(Some(archive)) => archive,
            // Gone meanwhile; or decayed, which whoever asks for it is told.
            Ok(None) | Err(StoreError::Corrupt(_)) => return Ok(Pushed::No),
            Err(error) => return Err(error),
        };
        let published = release.published.map(|time| time.unix_seconds());
        let Some(reproduced) = reproduce(&archive, published, &Limits::default()) else {
            work.stays_raw.insert(*checksum);
            return Ok(Pushed::No);
        };
        match chain.push(release.version.clone(), &reproduced) {
            Ok(()) => Ok(Pushed::Yes),
            // zstd had no memory for it.
            Err(ChainError::Delta { checksum: of, .. }) if of == *checksum => {
                work.stays_raw.insert(*checksum);
                Ok(Pushed::No)
            }
            Err(_) => Ok(Pushed::Damaged),
        }
    }

    /// Puts a chain with new members into its place.
    fn put(&self, chain: &Chain, path: PathBuf, added: &[Checksum]) -> Result<(), StoreError> {
        let failed = |error| told(&path, &error);
        let file = chain_file::draft(&self.incoming(), chain).map_err(failed)?;
        self.at(Step::Written)?;
        match chain_file::compare(file.as_file(), added) {
            Ok(()) => {}
            Err(ChainFileError::Io(error)) => return Err(failed(error)),
            Err(ChainFileError::Damaged(error)) => {
                return Err(StoreError::Corrupt(format!(
                    "packed archives are not what they were, and stay raw: {error}"
                )));
            }
        }
        self.at(Step::Compared)?;
        chain_file::place(file, &path).map_err(failed)?;
        self.at(Step::Placed)?;
        let mut catalogue = self.catalogue();
        catalogue.learn(&path, chain.header());
        for checksum in added {
            // One that was purged meanwhile is in no folder, and in the chain until its
            // purge gets the chains to itself.
            if let Ok(kept) = fs::metadata(self.raw.path(checksum)) {
                catalogue.hot.insert(*checksum, kept.len());
            }
        }
        catalogue.rank(&chain.header().registry, &chain.header().name);
        drop(catalogue);
        self.at(Step::Learnt)
    }

    /// Where a test ends without a word.
    #[cfg(test)]
    pub(super) fn at(&self, step: Step) -> Result<(), StoreError> {
        let halt = self.halt.lock().unwrap_or_else(PoisonError::into_inner);
        match *halt == Some(step) {
            true => Err(StoreError::Unavailable(format!("halted at {step:?}"))),
            false => Ok(()),
        }
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "a test stops here"
    )]
    pub(super) fn at(&self, _step: Step) -> Result<(), StoreError> {
        Ok(())
    }
}
