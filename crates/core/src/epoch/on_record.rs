//! What a view had on record at an epoch: owners of names, and faces.

use crate::decision::{Decision, Pin};
use crate::fact::Event;
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use crate::shown::{Shown, Source};
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The records of one view as they stood at an epoch, completed by the first later
/// ones where there had been none.
#[derive(Clone, Debug, Default)]
pub struct OnRecord {
    epoch: u64,
    owners: HashMap<NameKey, Ownership>,
    /// By member and name: the crate whose row is the evidence.
    faces: BTreeMap<(RegistryName, NameKey), NameKey>,
    /// What was shown of names that several members have, until the epoch.
    shown: BTreeMap<NameKey, Shown>,
    /// Positions of pins that were recorded after the epoch and count all the same.
    pins: BTreeSet<u64>,
    /// Faces that were recorded after the epoch and do not count.
    late_faces: BTreeSet<(RegistryName, NameKey)>,
    /// Everything that was ever pinned, by what can be decided once.
    pinned: BTreeSet<String>,
}

/// What one more fact added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Whose a name is.
    Owner(NameKey, Ownership),
    /// That rows lead to a member's face: member, name, evidence.
    Face(RegistryName, NameKey, NameKey),
    /// That a decision counts which pins where rows lead.
    Pin,
}

impl OnRecord {
    /// Nothing on record yet.
    pub fn at(epoch: u64) -> Self {
        Self {
            epoch,
            ..Self::default()
        }
    }

    /// Learns the next fact of the view; facts come in their order.
    ///
    /// Of what was recorded after the epoch the first counts. A face or another way
    /// recorded then counts only if the owner of its name was not on record either: rows
    /// that were shown before had led elsewhere.
    pub fn learn(&mut self, sequence: u64, event: &Event) -> Option<Learnt> {
        let is_past = sequence <= self.epoch;
        match event {
            Event::OwnerRecorded {
                name, ownership, ..
            }
            | Event::ConflictSettled {
                name, ownership, ..
            } => {
                if !is_past && self.owners.contains_key(name) {
                    return None;
                }
                self.owners.insert(name.clone(), ownership.clone());
                Some(Learnt::Owner(name.clone(), ownership.clone()))
            }
            Event::FaceNamed {
                member,
                name,
                dependent,
                ..
            } => {
                let place = (member.clone(), name.clone());
                let is_late = !is_past && self.owners.contains_key(name);
                if is_late {
                    self.late_faces.insert(place);
                    return None;
                }
                if self.faces.contains_key(&place) {
                    return None;
                }
                self.faces.insert(place, dependent.clone());
                Some(Learnt::Face(
                    member.clone(),
                    name.clone(),
                    dependent.clone(),
                ))
            }
            Event::Decided {
                decision: decision @ Decision::Pin(pin),
                ..
            } => {
                let is_late = match pin {
                    Pin::Route { name, .. } => self.owners.contains_key(name),
                    Pin::Side { .. } | Pin::Spelling(_) => false,
                };
                self.pinned.extend(decision.once());
                let counts = !is_past && !is_late && self.pins.insert(sequence);
                counts.then_some(Learnt::Pin)
            }
            Event::Decided {
                decision: Decision::Transferred(turned),
                ..
            } if is_past => self.turn(&turned.name, |record| turned.transfer(record)),
            Event::Decided {
                decision: Decision::Reassigned(turned),
                ..
            } if is_past => {
                self.shown.remove(&turned.name);
                self.turn(&turned.name, |record| turned.reassign(record))
            }
            Event::VersionsShown { name, releases, .. } if is_past => {
                let shown = self.shown.entry(name.clone()).or_default();
                for (version, source) in releases {
                    shown.add(version.clone(), source.clone());
                }
                None
            }
            _ => None,
        }
    }

    /// Lets a name go from one owner to another.
    fn turn(
        &mut self,
        name: &NameKey,
        turned: impl FnOnce(&Ownership) -> Option<Ownership>,
    ) -> Option<Learnt> {
        let turned = turned(self.owners.get(name)?)?;
        self.owners.insert(name.clone(), turned.clone());
        Some(Learnt::Owner(name.clone(), turned))
    }

    /// What was shown of names that several members have.
    pub fn shown(&self) -> Vec<(NameKey, Version, Source)> {
        let of_name = |(name, shown): (&NameKey, &Shown)| {
            let pairs = shown.iter();
            let pairs =
                pairs.map(|(version, source)| (name.clone(), version.clone(), source.clone()));
            pairs.collect::<Vec<_>>()
        };
        self.shown.iter().flat_map(of_name).collect()
    }

    /// Tells whether something like an event was recorded at some time, whether or not
    /// it counts: then there is nothing about it that has to be decided today.
    pub fn knows(&self, event: &Event) -> bool {
        match event {
            Event::OwnerRecorded { name, .. } => self.owners.contains_key(name),
            Event::FaceNamed { member, name, .. } => {
                let place = (member.clone(), name.clone());
                self.faces.contains_key(&place) || self.late_faces.contains(&place)
            }
            Event::Decided { decision, .. } => {
                let once = decision.once();
                once.is_none_or(|once| self.pinned.contains(&once))
            }
            _ => true,
        }
    }

    /// Tells whether a decision of the view counts: what was decided until the epoch,
    /// and where rows lead that nobody had shown before.
    pub fn decided(&self, sequence: u64) -> bool {
        sequence <= self.epoch || self.pins.contains(&sequence)
    }

    /// Whose a name is.
    pub fn owner(&self, name: &NameKey) -> Option<&Ownership> {
        self.owners.get(name)
    }

    /// The owners, sorted by name.
    pub fn owners(&self) -> Vec<(NameKey, Ownership)> {
        let mut owners: Vec<_> = self
            .owners
            .iter()
            .map(|(name, ownership)| (name.clone(), ownership.clone()))
            .collect();
        owners.sort_by(|left, right| left.0.cmp(&right.0));
        owners
    }

    /// The faces as (member, name, evidence), sorted.
    pub fn faces(&self) -> Vec<(RegistryName, NameKey, NameKey)> {
        let faces = self.faces.iter();
        faces
            .map(|((member, name), dependent)| (member.clone(), name.clone(), dependent.clone()))
            .collect()
    }
}
