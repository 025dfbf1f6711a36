//! Rows of members that do not speak for a name any more: which of them were there
//! before, as the ledger says.
//!
//! `core::parting` decides from positions; here they are read. Nothing is read for a
//! name that one member has, nor for one that several speak for and no row led away
//! from: of nearly all.
//!
//! Absent: where such rows lead, which `routes.rs` finds.

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::ports::StoreError;
use crate::refusal::Refusal;
use crate::spelling::Rows;
use crate::stored_target;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::parting::{Came, Parting};
use crossdock_core::pins::Pins;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::rewrite::{Absolute, Route, absolute};
use crossdock_core::version::Version;
use crossdock_wire::{index_file, index_line};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

/// What partings make of rows.
#[derive(Default)]
pub(crate) struct Partings {
    /// By name and the member whose crate is meant.
    of: HashMap<(NameKey, RegistryName), Parting>,
    /// Which versions of a crate were there, by its registry and a position; nothing if
    /// all may have been.
    there: HashMap<(RegistryName, NameKey, u64), Option<BTreeSet<Version>>>,
}

impl Partings {
    /// Tells whether nothing parts any of the rows from what they name.
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Tells whether a member was parted from a name.
    pub(crate) fn has(&self, name: &NameKey, member: &RegistryName) -> bool {
        !self.is_empty() && self.of.contains_key(&(name.clone(), member.clone()))
    }

    /// Says whom a row means that was parted from its name, and when the row came in;
    /// nothing if its way is found as ever.
    pub(crate) fn came(
        &self,
        member: &RegistryName,
        release: &Release,
        name: &NameKey,
        target: &Absolute,
    ) -> Option<(RegistryName, Came)> {
        if self.is_empty() {
            return None;
        }
        let meant = registry_of(target)?;
        let parting = self.of.get(&(name.clone(), meant.clone()))?;
        let was_there = |position| {
            let place = (member.clone(), release.name.key(), position);
            let there = self.there.get(&place).and_then(Option::as_ref);
            there.is_none_or(|there| there.contains(&release.version))
        };
        Some((meant.clone(), parting.came(was_there)?))
    }
}

/// The registry of this installation that is meant.
fn registry_of(target: &Absolute) -> Option<&RegistryName> {
    match target {
        Absolute::Member(registry) | Absolute::Registry(registry) => Some(registry),
        Absolute::CratesIo | Absolute::Elsewhere(_) => None,
    }
}

impl Federation {
    /// Reads what parts rows from the crates that they name.
    pub(crate) async fn partings(
        &self,
        policy: &ViewPolicy,
        rows: &Rows<'_>,
    ) -> Result<Partings, Refusal> {
        let pins = self.held_routes.of(&policy.view);
        let (mut partings, mut looked_at) = (Partings::default(), BTreeSet::new());
        for (member, release) in rows {
            for dependency in &release.dependencies {
                let target = absolute(policy, member, &dependency.target);
                let (Some(meant), Some(name)) = (registry_of(&target), dependency.crate_name())
                else {
                    continue;
                };
                let place = (name.key(), meant.clone());
                if !self.may_be_parted(policy, &pins, &place.0, meant) {
                    continue;
                }
                if looked_at.insert(place.clone()) {
                    let parting = self.parting(policy, &place.0, meant).await?;
                    if parting.positions().next().is_some() {
                        partings.of.insert(place.clone(), parting);
                    }
                }
                let Some(parting) = partings.of.get(&place) else {
                    continue;
                };
                let krate = &release.name;
                for position in parting.positions() {
                    let at = ((*member).clone(), krate.key(), position);
                    if let Entry::Vacant(place) = partings.there.entry(at) {
                        place.insert(self.there_at(member, krate, position).await?);
                    }
                }
            }
        }
        Ok(partings)
    }

    /// Reads when a member had a name and did not speak for it, as far as it is known
    /// here: of the past, until then.
    pub(crate) async fn parting(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        member: &RegistryName,
    ) -> Result<Parting, StoreError> {
        let until = match self.is_past {
            true => self.ledger.epoch_at(self.ledger.now()).await?,
            false => u64::MAX,
        };
        let facts = self.ledger.facts_about(&policy.view, Some(name)).await?;
        let facts = facts.iter().filter(|(sequence, _)| *sequence <= until);
        let facts = facts.map(|(sequence, fact)| (*sequence, &fact.event));
        Ok(Parting::of(facts, member))
    }

    /// Says to whose face a row would lead that came in now, if another member speaks
    /// for the crate that it means.
    pub(crate) async fn led_apart(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        target: &Absolute,
    ) -> Result<Option<RegistryName>, StoreError> {
        let pins = self.held_routes.of(&policy.view);
        let meant = registry_of(target);
        let Some(meant) = meant.filter(|it| self.may_be_parted(policy, &pins, name, it)) else {
            return Ok(None);
        };
        let parting = self.parting(policy, name, meant).await?;
        Ok(parting.is_apart().then(|| meant.clone()))
    }

    /// Tells whether it is worth reading what parted a member from a name: another one
    /// speaks for it, or rows led to the member's face.
    fn may_be_parted(
        &self,
        policy: &ViewPolicy,
        pins: &Pins,
        name: &NameKey,
        member: &RegistryName,
    ) -> bool {
        let Some(record) = self.records.get(&policy.view, name) else {
            return false;
        };
        let speaks = |record: &Ownership| record.speakers().any(|it| it == member);
        let target = Absolute::Member(member.clone());
        let is_led_to = || {
            self.faces.is_named(&policy.view, member, name)
                || matches!(pins.route(name, &target), Some(Route::Face(face)) if face == member)
        };
        record.members().contains(member) && (!speaks(&record) || is_led_to())
    }

    /// Lists the versions of a crate that a registry had at a position; nothing if all
    /// that it has may have been there.
    pub(crate) async fn there_at(
        &self,
        registry: &RegistryName,
        krate: &CrateName,
        position: u64,
    ) -> Result<Option<BTreeSet<Version>>, Refusal> {
        let kind = self.configuration.registries.get(registry);
        if let Some(RegistryKind::Hosted { .. }) = kind.map(|registry| &registry.kind) {
            let Some(kept) = self.ledger.hosted(registry, &krate.key()).await? else {
                return Ok(None);
            };
            let until = kept.releases.iter().filter(|it| it.sequence <= position);
            let versions: Result<BTreeSet<Version>, StoreError> = until
                .map(|stored| {
                    let row = index_line::decode(&stored.row, &stored_target::decode);
                    let corrupt =
                        |error| StoreError::Corrupt(format!("stored row of `{krate}`: {error}"));
                    Ok(row.map_err(corrupt)?.version)
                })
                .collect();
            return Ok(Some(versions?));
        }
        let name = krate.index_name();
        let Some(kept) = self.ledger.observed(registry, &name, position).await? else {
            return Ok(None);
        };
        if kept.sequence > position {
            // What was observed first, or rows from before any were kept stood there.
            let facts = self
                .ledger
                .facts_about(registry, Some(&krate.key()))
                .await?;
            let was_observed = facts.iter().any(|(sequence, _)| *sequence <= position);
            return Ok((!was_observed).then(BTreeSet::new));
        }
        let file = index_file::decode(&kept.rows, &name, &|_| Ok(Target::Own));
        let versions = file.rows.into_iter().map(|(_, release)| release.version);
        Ok(Some(versions.collect()))
    }
}
