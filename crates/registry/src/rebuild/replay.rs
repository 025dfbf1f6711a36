//! Facts turned back into the changes that they were.
//!
//! Some changes say what they rest on, which their facts do not: whose a crate was,
//! which build was the newest. That is remembered from fact to fact.
//!
//! Absent: who takes the changes.

use super::texts::{Text, Told};
use crate::ports::{Change, NewRelease, SeenRows, Validators};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::Event;
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use std::collections::{HashMap, HashSet};

/// What changes rest on, so far.
#[derive(Default)]
pub(crate) struct Replay {
    /// The owners of hosted crates, and whose names are in views.
    owners: HashMap<(RegistryName, NameKey), Vec<Actor>>,
    records: HashMap<(RegistryName, NameKey), Ownership>,
    /// The newest build of each release.
    builds: HashMap<(RegistryName, NameKey, Version), Checksum>,
    /// The versions, without build metadata.
    bare: HashSet<(RegistryName, NameKey, Version)>,
}

impl Replay {
    /// Makes the change of a fact; another text stands in for one that is lost, and for
    /// no other.
    pub(crate) fn change(&mut self, told: &Told) -> Change {
        let fact = &told.fact;
        match fact.event.clone() {
            Event::Published {
                registry,
                name,
                version,
                checksum,
                row,
            } => {
                let owners = self.owners.entry((registry.clone(), name.key()));
                owners.or_insert_with(|| vec![fact.actor.clone()]);
                let (row, metadata) = told_row(told, row);
                let place = (registry.clone(), name.key(), version.clone());
                self.builds.insert(place, checksum);
                let bare = (registry.clone(), name.key(), version.without_build());
                let is_first = self.bare.insert(bare);
                let release = NewRelease {
                    registry,
                    name,
                    version,
                    checksum,
                    row,
                    metadata,
                };
                match is_first {
                    true => Change::Publish(release),
                    false => Change::PublishBeside(release),
                }
            }
            Event::Rebuilt {
                registry,
                name,
                version,
                checksum,
                row,
            } => {
                let (row, metadata) = told_row(told, row);
                let place = (registry.clone(), name.key(), version.clone());
                Change::Replace {
                    seen: self.builds.insert(place, checksum).unwrap_or(checksum),
                    release: NewRelease {
                        registry,
                        name,
                        version,
                        checksum,
                        row,
                        metadata,
                    },
                }
            }
            Event::Observed {
                registry,
                name,
                rows,
                releases,
            } => {
                let rows = match &told.text {
                    Text::Rows(rows) => rows.clone(),
                    _ => Bytes::from(stand_in(told.sequence, &rows)),
                };
                Change::Observe {
                    registry,
                    name,
                    rows,
                    releases,
                    validators: Validators::default(),
                    seen: SeenRows::Whatever,
                }
            }
            Event::Vanished(releases) => Change::Vanish(releases),
            Event::Returned(releases) => Change::Return(releases),
            Event::Yanked(id) => Change::SetYanked { id, yanked: true },
            Event::Unyanked(id) => Change::SetYanked { id, yanked: false },
            Event::OwnersChanged {
                registry,
                name,
                owners,
            } => {
                let place = (registry.clone(), name.clone());
                let seen = self.owners.insert(place, owners.clone());
                Change::SetOwners {
                    registry,
                    name,
                    seen: seen.unwrap_or_default(),
                    owners,
                }
            }
            Event::OwnerRecorded {
                view,
                name,
                ownership,
            } => {
                let place = (view.clone(), name.clone());
                self.records.insert(place, ownership.clone());
                Change::RecordOwner {
                    view,
                    name,
                    ownership,
                }
            }
            Event::FaceNamed {
                view,
                member,
                name,
                dependent,
            } => Change::NameFace {
                view,
                member,
                name,
                dependent,
            },
            Event::ConflictSettled {
                view,
                name,
                ownership,
            } => {
                let place = (view.clone(), name.clone());
                let seen = self.records.insert(place, ownership.clone());
                Change::SettleConflict {
                    view,
                    name,
                    seen,
                    ownership,
                }
            }
            Event::VersionsShown {
                view,
                name,
                releases,
            } => Change::RecordShown {
                view,
                name,
                releases,
            },
            Event::Decided { scope, decision } => {
                self.turn(&scope, &decision);
                Change::Decide { scope, decision }
            }
        }
    }

    /// Lets a name go to another owner, as the new ledger will.
    fn turn(&mut self, view: &RegistryName, decision: &Decision) {
        let (Decision::Transferred(turned) | Decision::Reassigned(turned)) = decision else {
            return;
        };
        if let Some(record) = self.records.get_mut(&(view.clone(), turned.name.clone())) {
            let after = match decision {
                Decision::Transferred(_) => turned.transfer(record),
                _ => turned.reassign(record),
            };
            *record = after.unwrap_or_else(|| record.clone());
        }
    }
}

/// The row of a hosted release, and the crate's metadata.
fn told_row(told: &Told, row: Checksum) -> (String, String) {
    match &told.text {
        Text::Row { row, metadata } => (row.clone(), metadata.clone()),
        _ => (stand_in(told.sequence, &row), String::new()),
    }
}

/// A text for one that is lost: no other is like it.
fn stand_in(sequence: u64, lost: &Checksum) -> String {
    format!("{{\"lost\":\"{lost}\",\"fact\":{sequence}}}")
}
