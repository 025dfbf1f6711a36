//! Archives that leave a chain: unpacked, taken away, or saved from one that is damaged.
//!
//! Whatever else leans on what leaves is raw and durable before the chain changes, and
//! nothing raw of a chain is let go while that is so.
//!
//! Absent: why.

use super::chain_file::{self, ChainFileError};
use super::packing::Step;
use super::tiered::Tiered;
use super::{read, remove, told};
use crossdock_core::checksum::Checksum;
use crossdock_core::registry_name::RegistryName;
use crossdock_registry::ports::StoreError;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::PoisonError;

impl Tiered {
    /// Keeps one chain of a registry raw again; says whether there was one.
    pub(super) fn unpack(&self, registry: &RegistryName) -> Result<bool, StoreError> {
        let _work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = self.catalogue().any_of(registry) else {
            return Ok(false);
        };
        let chain = match chain_file::whole(&path) {
            Ok(chain) => chain,
            Err(ChainFileError::Io(error)) => return Err(told(&path, &error)),
            Err(ChainFileError::Damaged(_)) => return self.set_aside(&path).map(|()| true),
        };
        let members = chain.header().members.iter();
        let all: BTreeSet<_> = members.map(|member| member.recipe.checksum).collect();
        self.leave(&path, || match self.save(&path, &all)? {
            saved if saved == all => {
                self.at(Step::Raw)?;
                self.catalogue().forget(&path);
                self.at(Step::Forgotten)?;
                chain_file::remove(&path).map_err(|error| told(&path, &error))
            }
            _ => self.set_aside(&path),
        })?;
        Ok(true)
    }

    /// Takes an archive away for good, raw and packed.
    pub(super) fn take_away(&self, checksum: &Checksum) -> Result<(), StoreError> {
        let _work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = BTreeSet::from([*checksum]);
        let places = self.catalogue().places(checksum);
        for path in places {
            self.leave(&path, || self.cut(&path, &gone))?;
        }
        // Of a chain that could not be read any more nothing may be left either.
        let aside = self.catalogue().lost(checksum).cloned();
        if let Some(aside) = aside {
            chain_file::remove(&aside).map_err(|error| told(&aside, &error))?;
            self.catalogue().forget_lost(&aside);
        }
        let path = self.raw.path(checksum);
        let mut catalogue = self.catalogue();
        catalogue.hot.forget(checksum);
        remove(&path).map_err(|error| told(&path, &error))
    }

    /// Takes members out of a chain, and what leans on them, which is raw from then on.
    fn cut(&self, path: &Path, gone: &BTreeSet<Checksum>) -> Result<(), StoreError> {
        let chain = match chain_file::whole(path) {
            Ok(chain) => chain,
            Err(ChainFileError::Io(error)) => return Err(told(path, &error)),
            Err(ChainFileError::Damaged(_)) => return self.set_aside(path),
        };
        let leaning = chain.leaning(gone);
        let others = &leaning - gone;
        if self.save(path, &others)? != others {
            return self.set_aside(path);
        }
        self.at(Step::Raw)?;
        let rest = chain.without(gone);
        let failed = |error| told(path, &error);
        if rest.header().members.is_empty() {
            self.catalogue().forget(path);
            return chain_file::remove(path).map_err(failed);
        }
        let file = chain_file::draft(&self.incoming(), &rest).map_err(failed)?;
        chain_file::place(file, path).map_err(failed)?;
        self.at(Step::Placed)?;
        let mut catalogue = self.catalogue();
        catalogue.learn(path, rest.header());
        for checksum in &leaning {
            catalogue.hot.forget(checksum);
        }
        Ok(())
    }

    /// Saves what can be saved of a chain that a reader found damaged.
    pub(super) fn found_damaged(&self, path: &Path) -> Result<(), StoreError> {
        let _work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        match path.exists() {
            true => self.set_aside(path),
            // Another reader found it, too.
            false => Ok(()),
        }
    }

    /// Keeps a damaged chain's archives raw as far as they can be made or are at hand,
    /// and moves it aside, so that nothing leans on it any more.
    pub(super) fn set_aside(&self, path: &Path) -> Result<(), StoreError> {
        let header = chain_file::list(&self.chains).map_err(|error| told(path, &error))?;
        let header = header.into_iter().find(|found| found.path == path);
        let header = header.and_then(|found| found.header);
        self.leave(path, || {
            if let Some(header) = &header {
                let members = header.members.iter();
                let all = members.map(|member| member.recipe.checksum).collect();
                self.save(path, &all)?;
            }
            let aside = chain_file::set_aside(path).map_err(|error| told(path, &error))?;
            let mut catalogue = self.catalogue();
            catalogue.forget(path);
            catalogue.damaged += 1;
            if let Some(header) = &header {
                catalogue.lose(&aside, header);
            }
            Ok(())
        })
    }

    /// Keeps archives of a chain raw, durably; returns those that could be.
    fn save(
        &self,
        path: &Path,
        checksums: &BTreeSet<Checksum>,
    ) -> Result<BTreeSet<Checksum>, StoreError> {
        let mut saved = BTreeSet::new();
        for checksum in checksums {
            let bytes = match read(&self.raw.path(checksum), checksum) {
                Ok(Some(bytes)) => bytes.to_vec(),
                _ => match chain_file::read(path, checksum) {
                    Ok(Some(bytes)) => bytes,
                    Ok(None) | Err(ChainFileError::Damaged(_)) => continue,
                    Err(ChainFileError::Io(error)) => return Err(told(path, &error)),
                },
            };
            self.keep_raw(checksum, &bytes)?;
            saved.insert(*checksum);
        }
        Ok(saved)
    }

    /// Does something while nothing raw of a chain is let go.
    fn leave<T>(
        &self,
        path: &Path,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.catalogue().leave(path);
        let done = work();
        self.catalogue().stay(path);
        done
    }
}
