//! When a mirror first showed releases.
//!
//! Registries besides crates.io often leave `pubtime` out, and nobody vouches for it
//! where they write it. The first observation that had a release is a fact with a time,
//! and its rows can be read back, so that one can tell which releases came later than
//! the crate. Read are only names that a minimum age asks for, and of crates.io only
//! those with rows that say nothing.
//!
//! Absent: from when the age counts, which `core` decides.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::fact::Event;
use crossdock_core::gate::{FirstSeen, Gate, Sighting};
use crossdock_core::name::IndexName;
use crossdock_core::policy::{MemberKind, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_wire::index_file;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Names of which is remembered when their releases were first seen; beyond it all are
/// read again.
const NAMES_MAX: usize = 10_000;

/// What was read of the observations of names.
#[derive(Default)]
pub(crate) struct Observations {
    // Held for look-ups and inserts, never across an await.
    read: Mutex<HashMap<(RegistryName, IndexName), Arc<Read>>>,
}

/// The observations of one name up to a fact.
#[derive(Clone, Default)]
struct Read {
    until: u64,
    // Whether rows of an observation were read: what comes now is late.
    is_known: bool,
    seen: BTreeMap<Version, Sighting>,
}

impl Federation {
    /// Finds when releases among rows of one name were first seen, where it matters.
    pub(crate) async fn first_seen(
        &self,
        policy: &ViewPolicy,
        rows: &[(RegistryName, Release)],
    ) -> Result<FirstSeen, Refusal> {
        let mut found = FirstSeen::new();
        let Some(rule) = policy.gates.rule(Gate::MinAge) else {
            return Ok(found);
        };
        let believed = |member: &RegistryName| {
            let member = policy.members.get(member);
            member.is_some_and(|member| member.kind == MemberKind::CratesIo)
        };
        let unsure = rows.iter().filter(|(member, release)| {
            let mirrored = self.mirrors.contains_key(member);
            let vague = release.pubtime.is_none() || !believed(member);
            mirrored && vague && rule.concerns(policy, member)
        });
        let names: BTreeSet<_> = unsure
            .map(|(member, release)| (member.clone(), release.name.index_name()))
            .collect();
        for (member, name) in names {
            let read = self.observations(&member, &name).await?;
            let seen = read.seen.iter();
            found.extend(seen.map(|(version, seen)| ((member.clone(), version.clone()), *seen)));
        }
        Ok(found)
    }

    async fn observations(
        &self,
        member: &RegistryName,
        name: &IndexName,
    ) -> Result<Arc<Read>, Refusal> {
        let key = (member.clone(), name.clone());
        let known = self.gatekeeper.observations.get(&key);
        let facts = self.ledger.facts_about(member, Some(&name.key())).await?;
        let observed = facts.iter().filter(|(sequence, fact)| {
            let of_name = matches!(&fact.event, Event::Observed { name: of, .. } if of == name);
            of_name && *sequence > known.until
        });
        let times: BTreeMap<u64, Timestamp> = observed
            .map(|(sequence, fact)| (*sequence, fact.time))
            .collect();
        if times.is_empty() {
            return Ok(known);
        }
        let mut read = Read::clone(&known);
        for sequence in times.keys() {
            let kept = self.ledger.observed(member, name, *sequence).await?;
            let Some(kept) = kept else {
                continue;
            };
            // Rows that were not kept are stood for by later ones, whose time counts.
            let Some(time) = times.get(&kept.sequence) else {
                continue;
            };
            let file = index_file::decode(&kept.rows, name, &|_| Ok(Target::Own));
            let sighting = Sighting {
                time: *time,
                is_late: read.is_known,
            };
            for (_, release) in file.rows {
                read.seen.entry(release.version).or_insert(sighting);
            }
            read.is_known = true;
            read.until = *sequence;
        }
        let read = Arc::new(read);
        self.gatekeeper.observations.keep(key, &read);
        Ok(read)
    }
}

impl Observations {
    fn get(&self, key: &(RegistryName, IndexName)) -> Arc<Read> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(key).cloned().unwrap_or_default()
    }

    fn keep(&self, key: (RegistryName, IndexName), of: &Arc<Read>) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= NAMES_MAX {
            read.clear();
        }
        read.insert(key, of.clone());
    }
}
