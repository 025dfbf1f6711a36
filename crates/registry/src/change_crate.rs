//! Changes crates that exist: yanks, and owners.
//!
//! Done at a hosted registry, or at a view, which routes to the owner of the name.

use crate::accounts::Bearer;
use crate::federation::Federation;
use crate::ports::{AppendError, Applied, Batch, Change};
use crate::refusal::{Refusal, RefusalKind};
use crate::surface::Surface;
use crossdock_core::access::Act;
use crossdock_core::actor::Actor;
use crossdock_core::fact::ReleaseId;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::version::Version;
use tracing::info;

/// Owners a crate may have; a fact with all of them stays far below its limit.
const OWNERS_MAX: usize = 100;

/// How often a change of owners is tried anew because somebody else made one first:
/// each round one of those who try succeeds, and more than this many do not at once.
const OWNER_ROUNDS_MAX: usize = 100;

impl Federation {
    /// Yanks or unyanks a release; doing it twice is success.
    ///
    /// # Errors
    /// [`Refusal`]: no such release, or the crate is a mirror's.
    pub async fn set_yanked(
        &self,
        surface: &Surface,
        name: &CrateName,
        version: &Version,
        yanked: bool,
        bearer: &Bearer,
    ) -> Result<(), Refusal> {
        let registry = self.hosted_owner(surface, name)?;
        let owners = self.owners_in(&registry, name).await?;
        let standing = self.standing_to(bearer, &owners);
        self.allow(bearer, Act::Yank(&registry, &name.key(), standing))?;
        let id = ReleaseId {
            registry: registry.clone(),
            name: name.key(),
            version: version.clone(),
        };
        let recorded = self
            .record(
                bearer.actor().clone(),
                vec![Change::SetYanked { id, yanked }],
            )
            .await;
        // Also after an error: it may have been recorded and the answer lost.
        self.drop_served(&registry, &name.key());
        let recorded = recorded.map_err(|refusal| match refusal.kind {
            RefusalKind::Absent => {
                Refusal::absent(format!("`{registry}` has no `{name}` {version}"))
            }
            _ => refusal,
        })?;
        if recorded
            .applied
            .iter()
            .any(|applied| matches!(applied, Applied::Fact { .. }))
        {
            let what = if yanked { "yanked" } else { "unyanked" };
            info!(registry = %registry, krate.name = %name, "{what} {name} {version} in {registry}");
        }
        Ok(())
    }

    /// Lists the owners of a crate, first publisher first.
    ///
    /// # Errors
    /// [`Refusal`]: no such crate, or it is a mirror's.
    pub async fn owners(&self, surface: &Surface, name: &CrateName) -> Result<Vec<Actor>, Refusal> {
        let registry = self.hosted_owner(surface, name)?;
        self.owners_in(&registry, name).await
    }

    async fn owners_in(
        &self,
        registry: &RegistryName,
        name: &CrateName,
    ) -> Result<Vec<Actor>, Refusal> {
        let krate = self.ledger.hosted(registry, &name.key()).await?;
        krate
            .map(|krate| krate.owners)
            .ok_or_else(|| Refusal::absent(format!("`{registry}` has no crate `{name}`")))
    }

    /// Adds and removes owners; returns all owners afterwards.
    ///
    /// # Errors
    /// [`Refusal`]: no such crate, the last owner would go, or too many would be.
    pub async fn change_owners(
        &self,
        surface: &Surface,
        name: &CrateName,
        add: &[Actor],
        remove: &[Actor],
        bearer: &Bearer,
    ) -> Result<Vec<Actor>, Refusal> {
        let registry = self.hosted_owner(surface, name)?;
        let add: Result<Vec<Actor>, _> = add.iter().map(|owner| self.known_owner(owner)).collect();
        let mut known = None;
        for _ in 0..OWNER_ROUNDS_MAX {
            let seen = self.owners_in(&registry, name).await?;
            // Before anything is said of the owners that were named.
            let standing = self.standing_to(bearer, &seen);
            self.allow(bearer, Act::ChangeOwners(&registry, &name.key(), standing))?;
            if known.is_none() {
                known = Some(add.clone()?);
            }
            let owners = owners_after(name, &seen, known.as_deref().unwrap_or_default(), remove)?;
            if owners == seen {
                return Ok(owners);
            }
            let changes = vec![Change::SetOwners {
                registry: registry.clone(),
                name: name.key(),
                seen,
                owners: owners.clone(),
            }];
            let actor = bearer.actor().clone();
            let recording = self.recordings.begin().await;
            match self.ledger.append(Batch { actor, changes }).await {
                Ok(applied) => {
                    recording.recorded(&applied);
                    return Ok(owners);
                }
                Err(AppendError::OwnersChanged) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::unavailable(format!(
            "owners of `{name}` are being changed by others; try again"
        )))
    }

    /// Finds the hosted registry whose crate a surface means.
    pub(crate) fn hosted_owner(
        &self,
        surface: &Surface,
        name: &CrateName,
    ) -> Result<RegistryName, Refusal> {
        let registry = match surface {
            Surface::Registry(registry)
            | Surface::Face {
                member: registry, ..
            } => registry.clone(),
            Surface::View(view) => self.route_publish(view, &name.key()).map_err(|_| {
                Refusal::absent(format!(
                    "view `{view}` shows no `{name}` that is hosted here"
                ))
            })?,
        };
        if self.mirrors.contains_key(&registry) {
            let text = format!(
                "`{registry}` is a mirror; yank and change owners where the crate was published"
            );
            return Err(Refusal::new(RefusalKind::Unsupported, text));
        }
        if self.configuration.is_directory(&registry) {
            let text = format!(
                "`{registry}` is a folder: it has no owners, and what is taken out of it shows yanked"
            );
            return Err(Refusal::new(RefusalKind::Unsupported, text));
        }
        match self.hosted.spelling(&registry, &name.key()) {
            Some(_) => Ok(registry),
            None => Err(Refusal::absent(format!(
                "`{registry}` has no crate `{name}`"
            ))),
        }
    }
}

/// Says who owns a crate after a change.
fn owners_after(
    name: &CrateName,
    seen: &[Actor],
    add: &[Actor],
    remove: &[Actor],
) -> Result<Vec<Actor>, Refusal> {
    if let Some(stranger) = remove.iter().find(|owner| !seen.contains(owner)) {
        return Err(Refusal::invalid(format!(
            "`{stranger}` is no owner of `{name}`"
        )));
    }
    let stays = |owner: &&Actor| !remove.contains(owner);
    let mut owners: Vec<Actor> = seen.iter().filter(stays).cloned().collect();
    for owner in add {
        if !owners.contains(owner) {
            owners.push(owner.clone());
        }
    }
    if owners.is_empty() {
        return Err(Refusal::invalid(format!(
            "`{name}` must keep an owner; add another before removing the last"
        )));
    }
    if owners.len() > OWNERS_MAX {
        return Err(Refusal::invalid(format!(
            "`{name}` can have at most {OWNERS_MAX} owners; use a team"
        )));
    }
    Ok(owners)
}
