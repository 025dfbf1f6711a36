//! Archives and policy texts, read and held against the checksums that they are named by.

use super::{Finding, FindingKind, Fsck, FsckReport, PAGE, Scopes};
use crate::ports::StoreError;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Purged};
use crossdock_core::fact::Event;
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use crossdock_wire::index_file;
use std::collections::HashSet;

impl Fsck<'_> {
    pub(super) async fn archives(
        &self,
        scopes: &Scopes,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let mut purged = HashSet::new();
        for registry in &scopes.decided {
            let made = self.ledger.decisions(registry, 0).await?;
            purged.extend(Purged::all(&made).map(|purged| purged.checksum));
        }
        // One archive may have many names, and is read once.
        let mut seen = HashSet::new();
        self.named(&purged, &mut seen, report).await?;
        for mirror in &scopes.mirrors {
            for name in self.ledger.mirrored_names(mirror).await? {
                self.held_of(mirror, &name, &mut seen, report).await?;
            }
        }
        Ok(())
    }

    /// Looks for everything that a fact says was kept.
    async fn named(
        &self,
        purged: &HashSet<Checksum>,
        seen: &mut HashSet<Checksum>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let mut done = 0;
        loop {
            let facts = self.ledger.facts(done, PAGE).await?;
            let Some((last, _)) = facts.last() else {
                return Ok(());
            };
            done = *last;
            for (_, fact) in &facts {
                let (checksum, what, missing) = match &fact.event {
                    Event::Published {
                        registry,
                        name,
                        version,
                        checksum,
                        ..
                    }
                    | Event::Rebuilt {
                        registry,
                        name,
                        version,
                        checksum,
                        ..
                    } => {
                        let what = format!("the archive of {name} {version} in {registry}");
                        (*checksum, what, FindingKind::ArchiveMissing)
                    }
                    Event::Decided {
                        scope,
                        decision: Decision::Policy(adopted),
                    } => {
                        let what = format!("the text of a policy of {scope}");
                        (adopted.text, what, FindingKind::TextMissing)
                    }
                    _ => continue,
                };
                if purged.contains(&checksum) || !seen.insert(checksum) {
                    continue;
                }
                match self.blobs.read(&checksum).await {
                    Ok(Some(_)) => report.archives += 1,
                    Ok(None) => report.find(missing, format!("{what} ({checksum}) is not there")),
                    Err(StoreError::Corrupt(_)) => report.find(
                        FindingKind::ArchiveCorrupt,
                        format!("{what} ({checksum}) has other bytes than it was published with"),
                    ),
                    Err(error) => return Err(error),
                }
                (self.step)();
            }
        }
    }

    /// Looks at the archives that are kept of a mirrored crate; any may be missing.
    async fn held_of(
        &self,
        mirror: &RegistryName,
        name: &IndexName,
        seen: &mut HashSet<Checksum>,
        report: &mut FsckReport,
    ) -> Result<(), StoreError> {
        let Some(kept) = self.ledger.mirrored(mirror, name).await? else {
            return Ok(());
        };
        // Whom dependencies mean is of no account here.
        let file = index_file::decode(&kept.rows, name, &|_| Ok(Target::Own));
        for (_, release) in &file.rows {
            if !seen.insert(release.checksum) {
                continue;
            }
            match self.blobs.read(&release.checksum).await {
                Ok(Some(_)) => report.archives += 1,
                Ok(None) => continue,
                Err(StoreError::Corrupt(_)) => {
                    if self.repair {
                        self.blobs.remove(&release.checksum).await?;
                    }
                    report.findings.push(Finding {
                        kind: FindingKind::ArchiveCorrupt,
                        what: format!(
                            "the archive of {name} {} kept of {mirror} ({}) has other bytes than \
                             its row says",
                            release.version, release.checksum
                        ),
                        repaired: self.repair,
                    });
                }
                Err(error) => return Err(error),
            }
            (self.step)();
        }
        Ok(())
    }
}
