//! Purges have their effect on backups, too: bytes that the law wants gone go there as
//! well.
//!
//! An archive goes if a release of it was purged, and the store that is backed up has it
//! no more; what another registry names stays in both.

use super::head::Head;
use super::{BackupError, decode_facts, part};
use crate::ports::{Stored, Vault};
use crate::rebuild::Told;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::Event;
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use std::collections::{BTreeMap, BTreeSet, HashSet};

type Release = (RegistryName, NameKey, Version);

/// Finds the archives that have to go, by the facts that came since.
pub(super) async fn gone(
    vault: &dyn Vault,
    head: &Head,
    told: &[Told],
    stored: &BTreeMap<Checksum, Stored>,
    listed: &BTreeMap<Checksum, u64>,
) -> Result<BTreeSet<Checksum>, BackupError> {
    let (mut releases, mut gone) = (HashSet::new(), BTreeSet::new());
    for told in told {
        if let Event::Decided {
            scope,
            decision: Decision::Purged(purged),
        } = &told.fact.event
        {
            releases.insert((scope.clone(), purged.name.clone(), purged.version.clone()));
            gone.insert(purged.checksum);
        }
    }
    if releases.is_empty() {
        return Ok(gone);
    }
    // Other builds of a purged release went with it. Purges are rare: all is read.
    for segment in &head.segments {
        let bytes = part(vault, &segment.name(), &segment.checksum).await?;
        let facts = decode_facts(&bytes).map_err(|error| BackupError::Damaged {
            name: segment.name(),
            what: error.to_string(),
        })?;
        let builds = facts.iter().filter_map(|told| build(told, &releases));
        gone.extend(builds);
    }
    gone.retain(|one| !stored.contains_key(one) && listed.contains_key(one));
    Ok(gone)
}

fn build(told: &Told, releases: &HashSet<Release>) -> Option<Checksum> {
    match &told.fact.event {
        Event::Published {
            registry,
            name,
            version,
            checksum,
            ..
        }
        | Event::Rebuilt {
            registry,
            name,
            version,
            checksum,
            ..
        } => {
            let release = (registry.clone(), name.key(), version.clone());
            releases.contains(&release).then_some(*checksum)
        }
        _ => None,
    }
}
