//! Since when a release is there, and since when a view shows it as its member's.
//!
//! A row came by a publish or with an observation; a view shows it from the later of
//! that and the fact by which its member speaks for the name. What was shown stays, so
//! it is visible in all epochs from then on, at most yanked.
//!
//! Absent: what else happened (`past.rs`).

use crate::federation::Federation;
use crate::ports::StoreError;
use crossdock_core::decision::{Decision, OwnerTurned};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_wire::index_file;
use serde::Serialize;

/// An epoch and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Since {
    /// The position in the sequence of facts.
    pub epoch: u64,
    /// When that was.
    pub time: String,
}

impl Since {
    fn of((epoch, fact): &(u64, Fact)) -> Self {
        Self {
            epoch: *epoch,
            time: fact.time.to_string(),
        }
    }
}

impl Federation {
    /// Finds since when a member has a release with these bytes, and since when a view
    /// shows it: nothing if nobody was shown it yet.
    pub(super) async fn since(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        release: &Release,
    ) -> Result<(Option<Since>, Option<Since>), StoreError> {
        let came = self.came(member, release).await?;
        let spoke = self.spoke(view, member, &release.name.key()).await?;
        let visible = match (&came, spoke) {
            (Some(came), Some(spoke)) if came.epoch > spoke.epoch => Some(came.clone()),
            (Some(_), Some(spoke)) => Some(spoke),
            _ => None,
        };
        Ok((came, visible))
    }

    async fn came(
        &self,
        member: &RegistryName,
        release: &Release,
    ) -> Result<Option<Since>, StoreError> {
        let name = release.name.index_name();
        let facts = self.ledger.facts_about(member, Some(&name.key())).await?;
        let is_it = |(_, fact): &&(u64, Fact)| match &fact.event {
            Event::Published {
                version, checksum, ..
            }
            | Event::Rebuilt {
                version, checksum, ..
            } => *version == release.version && *checksum == release.checksum,
            _ => false,
        };
        if let Some(published) = facts.iter().find(is_it) {
            return Ok(Some(Since::of(published)));
        }
        let is_observation = |(_, fact): &&(u64, Fact)| matches!(&fact.event, Event::Observed { name: of, .. } if *of == name);
        let observed: Vec<_> = facts.iter().filter(is_observation).collect();
        // What an observation has, all later ones have: history never shrinks.
        let (mut lacking, mut having) = (0, observed.len());
        while lacking < having {
            let middle = lacking + (having - lacking) / 2;
            match self.has(member, &name, observed[middle].0, release).await? {
                true => having = middle,
                false => lacking = middle + 1,
            }
        }
        Ok(observed.get(having).map(|first| Since::of(first)))
    }

    async fn has(
        &self,
        member: &RegistryName,
        name: &IndexName,
        epoch: u64,
        release: &Release,
    ) -> Result<bool, StoreError> {
        let Some(kept) = self.ledger.observed(member, name, epoch).await? else {
            return Ok(false);
        };
        let file = index_file::decode(&kept.rows, name, &|_| Ok(Target::Own));
        let mut rows = file.rows.iter().map(|(_, row)| row);
        Ok(rows.any(|row| row.version == release.version && row.checksum == release.checksum))
    }

    async fn spoke(
        &self,
        view: &RegistryName,
        member: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Since>, StoreError> {
        let mut since = None;
        for fact in self.ledger.facts_about(view, Some(name)).await? {
            let speaks = match &fact.1.event {
                Event::OwnerRecorded { ownership, .. }
                | Event::ConflictSettled { ownership, .. } => {
                    ownership.speakers().any(|speaker| speaker == member)
                }
                // Who inherits has what was shown, and it went on being shown.
                Event::Decided {
                    decision: Decision::Transferred(OwnerTurned { to, .. }),
                    ..
                } if to == member => true,
                Event::Decided {
                    decision: Decision::Reassigned(OwnerTurned { to, .. }),
                    ..
                } => {
                    since = None;
                    to == member
                }
                _ => continue,
            };
            match (speaks, &since) {
                (true, None) => since = Some(Since::of(&fact)),
                (false, Some(_)) => since = None,
                (true, Some(_)) | (false, None) => {}
            }
        }
        Ok(since)
    }
}
