//! What a surface shows of a crate, from what is held: the stages of reading, of which
//! none asks an upstream.
//!
//! Searches and tools are told what the index shows, by the same overlays, gates and
//! freezes; a list of names must not make a request for each of them.
//!
//! Absent: what dependencies are shown as (`read_index.rs`); recording, since whoever
//! asks here builds nothing.

use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crate::surface::Surface;
use crossdock_core::merge::{Answer, Verdict};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_wire::index_file;

impl Federation {
    /// Lists the releases that a surface shows of a crate, lowest first; empty if it
    /// shows none. A surface that stands still is read as it stands.
    pub(crate) async fn shown_held(
        &self,
        surface: &Surface,
        name: &CrateName,
    ) -> Result<Vec<Release>, Refusal> {
        let index_name = name.index_name();
        if let Some(epoch) = self.stands_still(surface, &name.key()) {
            return self.still_rows(surface, &index_name, epoch).await;
        }
        let rows = match surface {
            Surface::Registry(registry) => return Ok(self.of_member(registry, &index_name).await),
            Surface::Face { member, .. } => {
                let releases = self.of_member(member, &index_name).await;
                let of_member = |release| (member.clone(), release);
                releases.into_iter().map(of_member).collect()
            }
            Surface::View(view) => {
                let policy = self.policy(view)?;
                let held = self.held_verdict(policy, name).await;
                let Verdict::Served(merged) = held.verdict else {
                    return Ok(Vec::new());
                };
                let rows = merged.releases;
                self.overlaid(policy, &name.key(), rows).await?.0.rows
            }
        };
        let Some(view) = surface.view() else {
            return Ok(Vec::new());
        };
        let judged = self.judged(self.policy(view)?, rows).await?;
        Ok(judged
            .rows
            .into_iter()
            .map(|(_, release)| release)
            .collect())
    }

    /// Tells whether a view that stands still had a member's crate where it stands. What
    /// a mirror holds was there, as far as anybody can tell.
    pub(crate) async fn had(
        &self,
        surface: &Surface,
        member: &RegistryName,
        name: &NameKey,
    ) -> Result<bool, Refusal> {
        let Some(epoch) = self.stands_still(surface, name) else {
            return Ok(true);
        };
        if self.mirrors.contains_key(member) {
            return Ok(true);
        }
        let past = self.as_of(self.moment_of(epoch).await?).await?;
        match past.federation.hosted_entry(member, name).await {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.kind == RefusalKind::Absent => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }

    async fn still_rows(
        &self,
        surface: &Surface,
        name: &IndexName,
        epoch: u64,
    ) -> Result<Vec<Release>, Refusal> {
        let file = match self.read_frozen(surface, name, epoch).await {
            Err(refusal) if refusal.kind == RefusalKind::Absent => return Ok(Vec::new()),
            read => read?,
        };
        // Where its dependencies lead is not told.
        let file = index_file::decode(file.plain(), name, &|_| Ok(Target::Own));
        let releases = file.rows.into_iter().map(|(_, release)| release);
        Ok(releases.collect())
    }

    async fn of_member(&self, member: &RegistryName, name: &IndexName) -> Vec<Release> {
        match self.held_answer(member, name).await {
            Answer::Has(entry) => entry.releases().to_vec(),
            Answer::Absent | Answer::Silent => Vec::new(),
        }
    }
}
