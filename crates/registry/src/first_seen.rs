//! When a mirror first showed releases whose rows do not say when they were published.
//!
//! Registries besides crates.io often leave `pubtime` out. Then the age of a release
//! counts from the first observation that had it: every one is a fact with a time, and
//! its rows can be read back. Read are only names that a minimum age asks for.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crossdock_core::fact::Event;
use crossdock_core::gate::{FirstSeen, Gate};
use crossdock_core::name::IndexName;
use crossdock_core::policy::ViewPolicy;
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
    seen: BTreeMap<Version, Timestamp>,
}

impl Federation {
    /// Finds when undated releases among rows of one name were first seen.
    pub(crate) async fn first_seen(
        &self,
        policy: &ViewPolicy,
        rows: &[(RegistryName, Release)],
    ) -> Result<FirstSeen, Refusal> {
        let mut found = FirstSeen::new();
        let Some(rule) = policy.gates.rule(Gate::MinAge) else {
            return Ok(found);
        };
        let undated = rows.iter().filter(|(member, release)| {
            let mirrored = self.mirrors.contains_key(member);
            mirrored && release.pubtime.is_none() && rule.concerns(policy, member)
        });
        let names: BTreeSet<_> = undated
            .map(|(member, release)| (member.clone(), release.name.index_name()))
            .collect();
        for (member, name) in names {
            let read = self.observations(&member, &name).await?;
            let seen = read.seen.iter();
            found.extend(seen.map(|(version, time)| ((member.clone(), version.clone()), *time)));
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
            for (_, release) in file.rows {
                read.seen.entry(release.version).or_insert(*time);
            }
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
