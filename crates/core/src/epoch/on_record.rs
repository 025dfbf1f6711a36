//! What a view had on record at an epoch: owners of names, and faces.

use crate::fact::Event;
use crate::name::NameKey;
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use std::collections::{BTreeMap, HashMap};

/// The records of one view as they stood at an epoch, completed by the first later
/// ones where there had been none.
#[derive(Clone, Debug, Default)]
pub struct OnRecord {
    epoch: u64,
    owners: HashMap<NameKey, Ownership>,
    /// By member and name: the crate whose row is the evidence.
    faces: BTreeMap<(RegistryName, NameKey), NameKey>,
}

/// What one more fact added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Whose a name is.
    Owner(NameKey, Ownership),
    /// That rows lead to a member's face: member, name, evidence.
    Face(RegistryName, NameKey, NameKey),
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
    /// Of what was recorded after the epoch the first counts. A face recorded then
    /// counts only if the owner of its name was not on record either: rows that were
    /// shown before had led elsewhere.
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
                if is_late || self.faces.contains_key(&place) {
                    return None;
                }
                self.faces.insert(place, dependent.clone());
                Some(Learnt::Face(
                    member.clone(),
                    name.clone(),
                    dependent.clone(),
                ))
            }
            _ => None,
        }
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
