//! How a ledger in memory is read back: each list in the order its port promises.

use super::projection::Kept;
use crate::ports::{HostedCrate, HostedRelease, Mirrored, Observed, StoreError};
use crossdock_core::decision::Made;
use crossdock_core::epoch::observation_at;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::shown::Source;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

impl Kept {
    pub(super) fn hosted(&self, registry: &RegistryName, name: &NameKey) -> Option<HostedCrate> {
        let krate = self.crates.get(&(registry.clone(), name.clone()))?;
        Some(HostedCrate {
            name: krate.name.clone(),
            owners: krate.owners.clone(),
            metadata: krate.metadata.clone(),
            releases: krate.releases.iter().map(|one| one.shown.clone()).collect(),
        })
    }

    pub(super) fn earlier_builds(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Vec<HostedRelease> {
        let krate = self.crates.get(&(registry.clone(), name.clone()));
        krate.map(|krate| krate.earlier.clone()).unwrap_or_default()
    }

    pub(super) fn hosted_names(&self, registry: &RegistryName) -> Vec<CrateName> {
        let ours = self.crates.iter().filter(|((of, _), _)| of == registry);
        ours.map(|(_, krate)| krate.name.clone()).collect()
    }

    pub(super) fn mirrored(&self, registry: &RegistryName, name: &IndexName) -> Option<Mirrored> {
        self.mirrored
            .get(&(registry.clone(), name.clone()))
            .cloned()
    }

    pub(super) fn observed(
        &self,
        registry: &RegistryName,
        name: &IndexName,
        epoch: u64,
    ) -> Option<Observed> {
        let all = self.observed.get(&(registry.clone(), name.clone()))?;
        let sequences: Vec<u64> = all.iter().map(|one| one.sequence).collect();
        observation_at(&sequences, epoch).map(|at| all[at].clone())
    }

    pub(super) fn mirrored_names(&self, registry: &RegistryName) -> Vec<IndexName> {
        let ours = self.mirrored.keys().filter(|(of, _)| of == registry);
        ours.map(|(_, name)| name.clone()).collect()
    }

    pub(super) fn confirmed(&self, registry: &RegistryName) -> Vec<(IndexName, Timestamp)> {
        let ours = self.confirmed.get(registry);
        ours.into_iter()
            .flatten()
            .map(|(name, at)| (name.clone(), *at))
            .collect()
    }

    pub(super) fn vanished(&self, registry: &RegistryName) -> Vec<(IndexName, Version, Timestamp)> {
        let ours = self.vanished.iter().filter(|((of, ..), _)| of == registry);
        ours.map(|((_, name, version), since)| (name.clone(), version.clone(), *since))
            .collect()
    }

    pub(super) fn ownerships(&self, view: &RegistryName) -> Vec<(NameKey, Ownership)> {
        let ours = self.ownerships.iter().filter(|((of, _), _)| of == view);
        ours.map(|((_, name), ownership)| (name.clone(), ownership.clone()))
            .collect()
    }

    pub(super) fn faces(&self, view: &RegistryName) -> Vec<(RegistryName, NameKey, NameKey)> {
        let ours = self.faces.iter().filter(|((of, ..), _)| of == view);
        ours.map(|((_, member, name), dependent)| (member.clone(), name.clone(), dependent.clone()))
            .collect()
    }

    pub(super) fn shown(&self, view: &RegistryName) -> Vec<(NameKey, Version, Source)> {
        let ours = self.shown.iter().filter(|((of, ..), _)| of == view);
        ours.map(|((_, name, version), source)| (name.clone(), version.clone(), source.clone()))
            .collect()
    }

    pub(super) fn decisions(
        &self,
        scope: &RegistryName,
        after: u64,
    ) -> Result<Vec<Made>, StoreError> {
        let made = |(sequence, fact): (u64, Fact)| match fact.event {
            Event::Decided {
                scope: of,
                decision,
            } if of == *scope => Some(Made {
                sequence,
                time: fact.time,
                actor: fact.actor,
                decision,
            }),
            _ => None,
        };
        let facts = self.facts(after, u32::MAX)?;
        Ok(facts.into_iter().filter_map(made).collect())
    }

    pub(super) fn facts_about(
        &self,
        scope: &RegistryName,
        name: Option<&NameKey>,
    ) -> Result<Vec<(u64, Fact)>, StoreError> {
        // Its name stands at the end of some line; what else does is sorted out below.
        let (line, mut about) = (format!(" {scope}\n"), Vec::new());
        for (sequence, encoding) in (1..).zip(&self.facts) {
            if !encoding.contains(&line) {
                continue;
            }
            let fact = decoded(sequence, encoding)?;
            let is_about = |name: &NameKey| fact.event.subject().as_ref() == Some(name);
            if fact.event.scope() == scope && name.is_none_or(is_about) {
                about.push((sequence, fact));
            }
        }
        Ok(about)
    }

    pub(super) fn latest(&self) -> Option<(u64, Timestamp)> {
        self.last.map(|time| (self.facts.len() as u64, time))
    }

    pub(super) fn epoch_at(&self, time: Timestamp) -> Result<u64, StoreError> {
        let facts = self.facts(0, u32::MAX)?;
        let until = facts.partition_point(|(_, fact)| fact.time <= time);
        Ok(until as u64)
    }

    pub(super) fn facts(&self, after: u64, limit: u32) -> Result<Vec<(u64, Fact)>, StoreError> {
        let numbered = (1..).zip(&self.facts);
        let wanted = numbered.filter(|(sequence, _)| *sequence > after);
        wanted
            .take(limit as usize)
            .map(|(sequence, encoding)| Ok((sequence, decoded(sequence, encoding)?)))
            .collect()
    }
}

fn decoded(sequence: u64, encoding: &str) -> Result<Fact, StoreError> {
    let corrupt = |error| StoreError::Corrupt(format!("fact {sequence}: {error}"));
    Fact::decode(encoding).map_err(corrupt)
}
