//! Archives and policy texts, read and held against the checksums that they are named by.
//!
//! Every copy is read, and nothing is at hand afterwards that was not before.

use super::examination::{Examination, FROM_BACKUP};
use super::{FindingKind, Mended};
use crate::ports::StoreError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use crossdock_core::version::Version;
use crossdock_wire::index_file;
use std::collections::HashSet;

/// What is to be done where nothing was to be repaired.
const REPAIR: &str = "run `crossdock fsck --repair`";

/// What was found of one archive.
enum Found {
    Whole,
    Absent,
    Corrupt,
}

impl Examination<'_> {
    pub(super) async fn archives(&mut self) -> Result<(), StoreError> {
        let mut said: Vec<Checksum> = self.said.keys().copied().collect();
        said.retain(|checksum| !self.purged.contains(checksum));
        // In an order of ours, so that two examinations tell alike.
        said.sort_unstable();
        for checksum in &said {
            self.named_by_fact(checksum).await?;
        }
        // One archive may have many names, and is read once.
        let mut seen: HashSet<Checksum> = said.into_iter().collect();
        for mirror in self.scopes.mirrors.clone() {
            for name in self.fsck.ledger.mirrored_names(&mirror).await? {
                self.held_of(&mirror, &name, &mut seen).await?;
            }
        }
        for chain in self.fsck.blobs.damaged().await? {
            self.report.find(
                FindingKind::ChainDamaged,
                format!("{chain} was of several archives, and cannot be read"),
                "what could be saved of it is kept by itself; delete the file when nothing of it is wanted any more",
            );
        }
        Ok(())
    }

    async fn named_by_fact(&mut self, checksum: &Checksum) -> Result<(), StoreError> {
        let found = self.look(checksum).await?;
        let said = &self.said[checksum];
        let (kind, what) = match found {
            Found::Whole => return Ok(()),
            Found::Absent => (
                said.missing,
                format!("{} ({checksum}) is not there", said.what),
            ),
            Found::Corrupt => (
                FindingKind::ArchiveCorrupt,
                format!(
                    "{} ({checksum}) has other bytes than it was published with",
                    said.what
                ),
            ),
        };
        let mended = match (self.fsck.repairs, found) {
            (Some(_), Found::Corrupt) => self.healed(checksum).await?,
            _ => None,
        };
        self.report.mended(
            kind,
            what,
            mended.unwrap_or_else(|| Mended::not(FROM_BACKUP)),
        );
        Ok(())
    }

    /// Looks at the archives that are kept of a mirrored crate; any may be missing.
    async fn held_of(
        &mut self,
        mirror: &RegistryName,
        name: &IndexName,
        seen: &mut HashSet<Checksum>,
    ) -> Result<(), StoreError> {
        let kept = match self.fsck.ledger.mirrored(mirror, name).await {
            Ok(Some(kept)) => kept,
            // What cannot be read was told when it was compared.
            Ok(None) | Err(StoreError::Corrupt(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        // Whom dependencies mean is of no account here.
        let file = index_file::decode(&kept.rows, name, &|_| Ok(Target::Own));
        for (_, release) in &file.rows {
            if seen.insert(release.checksum)
                && let Found::Corrupt = self.look(&release.checksum).await?
            {
                self.corrupt_of(mirror, name, &release.version, &release.checksum)
                    .await?;
            }
        }
        Ok(())
    }

    async fn corrupt_of(
        &mut self,
        mirror: &RegistryName,
        name: &IndexName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<(), StoreError> {
        let mended = match self.fsck.repairs {
            None => Mended::not(REPAIR),
            Some(repairs) => match self.healed(checksum).await? {
                Some(healed) => healed,
                None => repairs.refetch(mirror, name, version, checksum).await?,
            },
        };
        let what = format!(
            "the archive of {name} {version} kept of {mirror} ({checksum}) has other bytes than \
             its row says"
        );
        self.report
            .mended(FindingKind::ArchiveCorrupt, what, mended);
        Ok(())
    }

    async fn look(&mut self, checksum: &Checksum) -> Result<Found, StoreError> {
        let found = match self.fsck.blobs.examine(checksum).await {
            Ok(Some(_)) => {
                self.report.archives += 1;
                Found::Whole
            }
            Ok(None) => return Ok(Found::Absent),
            Err(StoreError::Corrupt(_)) => Found::Corrupt,
            Err(error) => return Err(error),
        };
        (self.fsck.step)();
        Ok(found)
    }

    /// Puts a copy right by another that is whole, if there is one.
    async fn healed(&self, checksum: &Checksum) -> Result<Option<Mended>, StoreError> {
        let is_whole = self.fsck.blobs.heal(checksum).await?;
        Ok(is_whole.then(|| Mended::done("put right by another copy that is whole")))
    }
}
