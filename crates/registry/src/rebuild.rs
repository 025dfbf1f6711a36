//! A ledger made again from facts and the texts that they name.
//!
//! Every projection of a ledger follows from its facts, the rows whose hashes they
//! carry, and the archives; so a ledger that is filled by them in their order answers
//! like the first, at every epoch. Backups are restored and stores are checked by this.
//!
//! Absent: archives, which need nothing made of them, and what is remembered for speed
//! alone, such as the validators of upstreams.

use crate::ports::{AppendError, Applied, Batch, Change, Ledger, NewRelease, SeenRows, StoreError};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::{HashMap, HashSet};

/// Facts that are read at one time.
const PAGE: u32 = 1000;

/// Why a ledger could not be made again.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// One of the two stores could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text that a fact names is lost.
    #[error("fact {sequence} names a text with checksum {checksum}, which is not there")]
    Lost {
        /// The position of the fact.
        sequence: u64,
        /// The checksum of the text.
        checksum: Checksum,
    },
    /// The new ledger does not take a fact as the first did.
    #[error("fact {sequence} is not taken as it was: {why}")]
    Otherwise {
        /// The position of the fact.
        sequence: u64,
        /// What became of it instead.
        why: String,
    },
}

/// Fills an empty ledger with the facts of another; returns how many there were.
///
/// `set_clock` sets the clock of the new one: facts keep their times and positions.
///
/// # Errors
/// [`RebuildError`]; the new ledger then has what came before.
pub async fn rebuild(
    from: &dyn Ledger,
    into: &dyn Ledger,
    set_clock: &(dyn Fn(Timestamp) + Sync),
) -> Result<u64, RebuildError> {
    let mut texts = Texts {
        from,
        owners: HashMap::new(),
        records: HashMap::new(),
        hosted: HashMap::new(),
        builds: HashMap::new(),
        bare: HashSet::new(),
    };
    let mut done = 0;
    loop {
        let facts = from.facts(done, PAGE).await?;
        if facts.is_empty() {
            return Ok(done);
        }
        let together = |left: &(u64, Fact), right: &(u64, Fact)| {
            left.1.time == right.1.time && left.1.actor == right.1.actor
        };
        for group in facts.chunk_by(together) {
            let mut changes = Vec::with_capacity(group.len());
            for (sequence, fact) in group {
                changes.push(texts.change(*sequence, fact).await?);
            }
            let (first, fact) = &group[0];
            set_clock(fact.time);
            let actor = fact.actor.clone();
            let applied = into.append(Batch { actor, changes }).await;
            done = same(group, *first, applied)?;
        }
    }
}

/// Sees to it that every fact came where it was; returns the position of the last.
fn same(
    group: &[(u64, Fact)],
    first: u64,
    applied: Result<Vec<Applied>, AppendError>,
) -> Result<u64, RebuildError> {
    let otherwise = |sequence, why: String| RebuildError::Otherwise { sequence, why };
    let applied = match applied {
        Ok(applied) => applied,
        Err(AppendError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(otherwise(first, error.to_string())),
    };
    let mut last = first;
    for ((sequence, fact), applied) in group.iter().zip(applied) {
        let expected = Applied::Fact {
            sequence: *sequence,
            time: fact.time,
        };
        if applied != expected {
            return Err(otherwise(*sequence, format!("{applied:?}")));
        }
        last = *sequence;
    }
    Ok(last)
}

/// The texts that facts name, found in the first ledger.
struct Texts<'l> {
    from: &'l dyn Ledger,
    /// The owners of hosted crates so far, and whose names are in views: some changes
    /// say what they rest on.
    owners: HashMap<(RegistryName, NameKey), Vec<Actor>>,
    records: HashMap<(RegistryName, NameKey), Ownership>,
    /// Rows by checksum, and metadata, of the hosted crates met so far.
    hosted: HashMap<(RegistryName, NameKey), (HashMap<Checksum, String>, String)>,
    /// The newest build of each release so far.
    builds: HashMap<(RegistryName, NameKey, Version), Checksum>,
    /// The versions so far, without build metadata.
    bare: HashSet<(RegistryName, NameKey, Version)>,
}

impl Texts<'_> {
    /// Makes the change of a fact.
    async fn change(&mut self, sequence: u64, fact: &Fact) -> Result<Change, RebuildError> {
        Ok(match fact.event.clone() {
            Event::Published {
                registry,
                name,
                version,
                checksum,
                row,
            } => {
                let owners = self.owners.entry((registry.clone(), name.key()));
                owners.or_insert_with(|| vec![fact.actor.clone()]);
                let (row, metadata) = self.row(sequence, &registry, &name.key(), row).await?;
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
                let (row, metadata) = self.row(sequence, &registry, &name.key(), row).await?;
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
                let observed = self.from.observed(&registry, &name, sequence).await?;
                let observed = observed.filter(|observed| Checksum::of(&observed.rows) == rows);
                let checksum = rows;
                let lost = || RebuildError::Lost { sequence, checksum };
                Change::Observe {
                    registry,
                    name,
                    rows: observed.ok_or_else(lost)?.rows,
                    releases,
                    validators: crate::ports::Validators::default(),
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
        })
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

    async fn row(
        &mut self,
        sequence: u64,
        registry: &RegistryName,
        name: &NameKey,
        checksum: Checksum,
    ) -> Result<(String, String), RebuildError> {
        let lost = || RebuildError::Lost { sequence, checksum };
        let place = (registry.clone(), name.clone());
        if !self.hosted.contains_key(&place) {
            let krate = self.from.hosted(registry, name).await?.ok_or_else(lost)?;
            let earlier = self.from.earlier_builds(registry, name).await?;
            let rows = krate.releases.into_iter().chain(earlier);
            let rows = rows.map(|release| (Checksum::of(release.row.as_bytes()), release.row));
            self.hosted
                .insert(place.clone(), (rows.collect(), krate.metadata));
        }
        let found = self.hosted.get(&place);
        let (rows, metadata) = found.ok_or_else(lost)?;
        let row = rows.get(&checksum).ok_or_else(lost)?;
        Ok((row.clone(), metadata.clone()))
    }
}
