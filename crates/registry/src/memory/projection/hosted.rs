//! Hosted crates: releases, the builds that others took the place of, yanks, owners.

use super::{Kept, Projected, new_unless};
use crate::ports::{AppendError, HostedRelease, NewRelease};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::ReleaseId;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;

#[derive(Clone)]
pub(in crate::memory) struct Krate {
    pub(in crate::memory) name: CrateName,
    pub(in crate::memory) owners: Vec<Actor>,
    pub(in crate::memory) metadata: String,
    pub(in crate::memory) releases: Vec<Release>,
    /// Builds that others took the place of, oldest first.
    pub(in crate::memory) earlier: Vec<HostedRelease>,
}

#[derive(Clone)]
pub(in crate::memory) struct Release {
    version: Version,
    checksum: Checksum,
    pub(in crate::memory) shown: HostedRelease,
}

impl Kept {
    /// Adds a release; `beside` lets releases stand that differ in build metadata alone.
    pub(super) fn publish(
        &mut self,
        new: NewRelease,
        publisher: &Actor,
        published: Timestamp,
        beside: bool,
    ) -> Result<Projected, AppendError> {
        let release = self.release(&new, publisher, published);
        let krate = self.crates.entry(new.place()).or_insert_with(|| Krate {
            name: new.name.clone(),
            owners: vec![publisher.clone()],
            metadata: String::new(),
            releases: Vec::new(),
            earlier: Vec::new(),
        });
        if krate.name != new.name {
            let existing = krate.name.clone();
            return Err(AppendError::NameTaken { existing });
        }
        let bare = release.version.without_build();
        let clashes = |one: &&Release| match beside {
            true => one.version == release.version,
            false => one.version.without_build() == bare,
        };
        let mut releases = krate.releases.iter();
        if let Some(existing) = releases.find(clashes) {
            return Err(AppendError::VersionExists {
                version: existing.version.clone(),
                checksum: existing.checksum,
            });
        }
        krate.metadata = new.metadata;
        krate.releases.push(release);
        Ok(Projected::New)
    }

    /// Replaces the newest build of a release, if it is the one that was seen.
    pub(super) fn replace(
        &mut self,
        seen: Checksum,
        new: NewRelease,
        publisher: &Actor,
        published: Timestamp,
    ) -> Result<Projected, AppendError> {
        let mut newer = self.release(&new, publisher, published);
        let krate = self.crates.get_mut(&new.place());
        let krate = krate.ok_or(AppendError::NotFound)?;
        let mut releases = krate.releases.iter();
        let index = releases.position(|one| one.version == newer.version);
        let index = index.ok_or(AppendError::NotFound)?;
        if krate.releases[index].checksum != seen {
            return Err(AppendError::VersionExists {
                version: newer.version,
                checksum: krate.releases[index].checksum,
            });
        }
        let mut older = krate.releases.remove(index).shown;
        newer.shown.yanked = std::mem::replace(&mut older.yanked, false);
        krate.earlier.push(older);
        krate.metadata = new.metadata;
        krate.releases.push(newer);
        Ok(Projected::New)
    }

    /// A release as it is kept; its position is that of the fact that follows.
    fn release(&self, new: &NewRelease, publisher: &Actor, published: Timestamp) -> Release {
        let shown = HostedRelease {
            row: new.row.clone(),
            yanked: false,
            published,
            publisher: publisher.clone(),
            sequence: self.facts.len() as u64 + 1,
        };
        Release {
            version: new.version.clone(),
            checksum: new.checksum,
            shown,
        }
    }

    pub(super) fn first_published(
        &self,
        place: &(RegistryName, NameKey),
        actor: &Actor,
    ) -> Result<Projected, AppendError> {
        match self.crates.get(place) {
            Some(krate) if !krate.owners.contains(actor) => Err(AppendError::OwnersChanged),
            _ => Ok(Projected::Already),
        }
    }

    pub(super) fn set_owners(
        &mut self,
        place: &(RegistryName, NameKey),
        seen: &[Actor],
        owners: &[Actor],
    ) -> Result<Projected, AppendError> {
        let krate = self.crates.get_mut(place).ok_or(AppendError::NotFound)?;
        let already = krate.owners == owners;
        if !already && krate.owners != seen {
            return Err(AppendError::OwnersChanged);
        }
        krate.owners = owners.to_vec();
        Ok(new_unless(already))
    }

    pub(super) fn set_yanked(
        &mut self,
        id: ReleaseId,
        yanked: bool,
    ) -> Result<Projected, AppendError> {
        let krate = self.crates.get_mut(&(id.registry, id.name));
        let mut releases = krate.ok_or(AppendError::NotFound)?.releases.iter_mut();
        let release = releases.find(|release| release.version == id.version);
        let release = release.ok_or(AppendError::NotFound)?;
        let before = std::mem::replace(&mut release.shown.yanked, yanked);
        Ok(new_unless(before == yanked))
    }
}
