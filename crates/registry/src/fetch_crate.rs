//! Gives an archive: from memory, from the store, or fetched from an upstream.
//!
//! Only what a row of the surface names is given, and only under the row's own
//! checksum; a checksum alone opens nothing. What comes from an upstream is
//! verified and inspected before it is kept, and kept before it is given.

use crate::alarms::AlarmKind;
use crate::federation::Federation;
use crate::ports::{DownloadError, StoreError};
use crate::privacy::{Passage, Permit, Wish};
use crate::refusal::{Refusal, RefusalKind};
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_archive::{Limits, Scope, inspect};
use crossdock_core::checksum::Checksum;
use crossdock_core::entry::Entry;
use crossdock_core::merge::Verdict;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::shown::Source;
use crossdock_core::version::Version;
use std::sync::Arc;
use tracing::{error, info, warn};

impl Federation {
    /// Gives the archive of one release, if the surface shows it with `checksum`.
    ///
    /// # Errors
    /// [`Refusal`]: absent, quarantined, or an upstream that cannot answer.
    pub async fn fetch_crate(
        self: &Arc<Self>,
        surface: &Surface,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Bytes, Refusal> {
        self.fetch_beside(surface, (name, version, checksum), None)
            .await
    }

    /// Gives an archive as [`Self::fetch_crate`] does; of a past beside today, which has
    /// the last word about what must not be given any more: purged, or blocked by its gates.
    pub(crate) async fn fetch_beside(
        self: &Arc<Self>,
        surface: &Surface,
        (name, version, checksum): (&CrateName, &Version, &Checksum),
        today: Option<&Self>,
    ) -> Result<Bytes, Refusal> {
        let last_word = today.unwrap_or(self);
        let absent = || {
            Refusal::absent(format!(
                "no `{name}` {version} with checksum {checksum} here"
            ))
        };
        self.under_way.done(&name.key()).await;
        let member = self
            .holder(surface, name, version, checksum)
            .await?
            .ok_or_else(absent)?;
        last_word.refuse_purged(&member, name, version)?;
        let view = surface.view();
        if let Some(view) = view {
            self.pass_gates(view, &member, name, version).await?;
            if let Some(today) = today {
                today.pass_gates(view, &member, name, version).await?;
            }
        }
        let wish = Wish::at(surface);
        let bytes = self.bytes(&member, name, version, checksum, wish).await?;
        if let Some(view) = view {
            // A past records nothing, and what was found counts today.
            last_word
                .look_at_licence(view, &member, (name, version, checksum), &bytes)
                .await?;
        }
        // What may be blocked at another hour is not given without asking the gates.
        let may_block =
            view.is_some_and(|view| self.policy(view).is_ok_and(|p| p.gates.may_block()));
        let path = format!("{}/dl/{name}/{version}/{checksum}", surface.path());
        if !may_block {
            self.served.keep_krate(&path, &bytes);
        }
        // It may have been purged meanwhile, and then it must not be kept again.
        if let Err(purged) = last_word.refuse_purged(&member, name, version) {
            self.served.drop_krate(&path);
            last_word.remove_unnamed(name, version, checksum).await?;
            return Err(purged);
        }
        Ok(bytes)
    }

    /// Finds the member whose release a surface shows under this checksum.
    pub(crate) async fn holder(
        &self,
        surface: &Surface,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Option<RegistryName>, Refusal> {
        if let Surface::Face { view, member } = surface {
            self.admit_face(view, member)?;
        }
        let view = match surface {
            Surface::Registry(member) | Surface::Face { member, .. } => {
                let entry = self.member_entry(member, name, Wish::at(surface)).await?;
                let shown = entry.is_some_and(|entry| shows(&entry, version, checksum));
                let given = shown || self.showed(member, name, version, checksum).await?;
                return Ok(given.then(|| member.clone()));
            }
            Surface::View(view) => view,
        };
        let recorded = || self.records.get(view, &name.key());
        if recorded().is_none() {
            // Nobody has read the name through this view yet; decide and record.
            self.read_index(surface, &name.index_name()).await?;
        }
        if let Some(overlay) = self.overlay_with(view, name, version, checksum).await? {
            return Ok(Some(overlay));
        }
        let policy = self.policy(view)?;
        let owner = recorded().and_then(|ownership| ownership.owner().cloned());
        let shown = self.shown.get(view, &name.key());
        if let Some(owner) = owner.filter(|owner| policy.members.contains_key(owner)) {
            let entry = self.member_entry(&owner, name, Wish::Plain).await?;
            let given = entry.is_some_and(|entry| shows(&entry, version, checksum));
            let was_shown = |source: &Source| source.checksum == *checksum;
            if !given && self.showed(&owner, name, version, checksum).await? {
                return Ok(Some(owner));
            }
            if given && shown.of(version).is_none_or(was_shown) {
                return Ok(Some(owner));
            }
            if shown.is_empty() {
                return Ok(None);
            }
        }
        // Several speak or spoke, or one who is no longer a member: only what is merged is shown, and only that is given.
        let (_, verdict) = self.verdict(policy, &name.index_name()).await;
        let Verdict::Served(merged) = verdict else {
            return Ok(None);
        };
        let shown = |(_, release): &(RegistryName, Release)| {
            release.version == *version && release.checksum == *checksum
        };
        let found = merged.releases.iter().find(|one| shown(one));
        if let Some((member, _)) = found {
            return Ok(Some(member.clone()));
        }
        // Among several who speak, the one whose build was shown until it was replaced.
        for member in merged.ownership.members() {
            if self.showed(member, name, version, checksum).await? {
                return Ok(Some(member.clone()));
            }
        }
        Ok(None)
    }

    /// Tells whether a registry had a release with this checksum before a newer build
    /// took its place.
    async fn showed(
        &self,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<bool, Refusal> {
        if self.configuration.is_directory(member) {
            return Ok(self.was_built(member, name, version, checksum).await?);
        }
        let builds = self.earlier_builds(member, &name.key(), version).await?;
        Ok(builds.contains(checksum))
    }

    /// Reads a member's entry from what is held; a mirror is asked only if it holds
    /// nothing of a name that may be sent to it.
    pub(crate) async fn member_entry(
        &self,
        member: &RegistryName,
        name: &CrateName,
        wish: Wish,
    ) -> Result<Option<Arc<Entry>>, Refusal> {
        let index_name = name.index_name();
        if let Some(mirror) = self.mirrors.get(member) {
            if let Some(held) = mirror
                .held(&index_name)
                .await?
                .filter(|held| !held.rows.is_empty())
            {
                let entry = mirror.entry(&index_name, &held);
                return Ok(entry.map(|entry| self.without_purged(member, entry)));
            }
            let Some(permit) = self.permit(member, name, wish).await? else {
                return Ok(None);
            };
            let held = mirror
                .rows(&index_name, &permit)
                .await
                .map_err(Refusal::unavailable)?;
            return Ok(mirror.entry(&index_name, &held));
        }
        match self.hosted.spelling(member, &name.key()) {
            Some(spelling) if spelling.index_name() == index_name => {
                let entry = self.hosted_entry(member, &name.key()).await?;
                Ok(Some(Arc::new(entry)))
            }
            _ => Ok(None),
        }
    }

    /// Returns the leave to ask a mirror for a name; none if the name is private.
    async fn permit(
        &self,
        member: &RegistryName,
        name: &CrateName,
        wish: Wish,
    ) -> Result<Option<Permit>, Refusal> {
        let key = name.key();
        match self.privacy.passage(member, &key, &wish).await {
            Passage::Granted(permit) => Ok(Some(permit)),
            Passage::Private => Ok(None),
            Passage::Undecided(why) => Err(Refusal::unavailable(why)),
        }
    }

    async fn bytes(
        self: &Arc<Self>,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        wish: Wish,
    ) -> Result<Bytes, Refusal> {
        let is_mirrored = self.mirrors.contains_key(member);
        match self.blobs.read(checksum).await {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => {}
            // What decayed of a mirror is fetched and kept again, checksum and all.
            Err(error @ StoreError::Corrupt(_)) if is_mirrored => {
                error!(registry = %member, krate.name = %name, "{name} {version}: {error}; fetching it again");
            }
            Err(error) => return Err(error.into()),
        }
        if !is_mirrored {
            return Err(Refusal::unavailable(format!(
                "archive of `{name}` {version} is missing from the store"
            )));
        }
        // Rows may be held of a name that became private later; its archives are not
        // asked for any more.
        let Some(permit) = self.permit(member, name, wish).await? else {
            return Err(Refusal::absent(format!(
                "no `{name}` {version} with checksum {checksum} here"
            )));
        };
        let (federation, member, name, version, checksum) = (
            self.clone(),
            member.clone(),
            name.clone(),
            version.clone(),
            *checksum,
        );
        let fetched = self.downloads.join(checksum, || async move {
            federation
                .download(&member, &name, &version, &checksum, &permit)
                .await
        });
        fetched
            .await
            .unwrap_or_else(|| Err(Refusal::unavailable("fetching the archive was interrupted")))
    }

    /// Fetches an archive of a mirror that is corrupt again, in place of what is there.
    ///
    /// # Errors
    /// [`Refusal`]: nobody may be asked, or the upstream does not give what the row says.
    pub(crate) async fn fetch_again(
        self: &Arc<Self>,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<(), Refusal> {
        self.refuse_purged(member, name, version)?;
        let permit = match self.mirrors.contains_key(member) {
            true => self.permit(member, name, Wish::Plain).await?,
            false => None,
        };
        let permit = permit
            .ok_or_else(|| Refusal::absent(format!("`{name}` is asked for nowhere outside")))?;
        let fetched = self
            .download(member, name, version, checksum, &permit)
            .await;
        fetched.map(drop)
    }

    async fn download(
        &self,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
        checksum: &Checksum,
        permit: &Permit,
    ) -> Result<Bytes, Refusal> {
        let mirror = self
            .mirrors
            .get(member)
            .ok_or_else(|| Refusal::absent(format!("no mirror `{member}`")))?;
        let subject = Some(name.as_str());
        let bytes = mirror
            .download(name, version, checksum, permit)
            .await
            .map_err(|error| {
                if let Some(kind) = alarming(&error) {
                    let text = format!("refused archive of {name} {version}: {error}");
                    self.alarms
                        .raise(member, subject, kind, text, self.ledger.now());
                }
                Refusal::unavailable(error)
            })?;
        for kind in [AlarmKind::WrongArchive, AlarmKind::RefusedAnswer] {
            self.alarms.settle(member, subject, kind);
        }
        self.quarantine_unsafe(member, name, version, bytes.clone())
            .await?;
        self.blobs.keep(checksum, bytes.clone()).await?;
        info!(registry = %member, krate.name = %name, "fetched {name} {version}, {} bytes", bytes.len());
        Ok(bytes)
    }

    /// Refuses an archive that could write outside of its folder, hang or lie.
    async fn quarantine_unsafe(
        &self,
        member: &RegistryName,
        name: &CrateName,
        version: &Version,
        bytes: Bytes,
    ) -> Result<(), Refusal> {
        let (inspected_name, inspected_version) = (name.clone(), version.clone());
        let inspected = tokio::task::spawn_blocking(move || {
            inspect(
                &bytes,
                &inspected_name,
                &inspected_version,
                Scope::Mirror,
                &Limits::default(),
            )
            .map(drop)
        });
        let verdict = inspected
            .await
            .map_err(|_| Refusal::unavailable("inspection of the archive was interrupted"))?;
        verdict.map_err(|error| {
            warn!(registry = %member, krate.name = %name, "quarantined {name} {version} of `{member}`: {error}");
            let text = format!("`{name}` {version} of `{member}` is quarantined, its archive is unsafe: {error}");
            let (kind, now) = (AlarmKind::UnsafeArchive, self.ledger.now());
            self.alarms.raise(member, Some(name.as_str()), kind, text.clone(), now);
            Refusal::new(RefusalKind::Forbidden, text)
        })
    }
}

/// What somebody should look at of an archive that did not come.
fn alarming(error: &DownloadError) -> Option<AlarmKind> {
    match error {
        DownloadError::Checksum { .. } => Some(AlarmKind::WrongArchive),
        DownloadError::Refused(_) => Some(AlarmKind::RefusedAnswer),
        DownloadError::Absent(_) | DownloadError::Silent(_) => None,
    }
}

fn shows(entry: &Entry, version: &Version, checksum: &Checksum) -> bool {
    entry
        .release(version)
        .is_some_and(|release| release.checksum == *checksum)
}
