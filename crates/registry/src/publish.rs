//! Publishes a release to a hosted registry, or to a view by routing.
//!
//! The order keeps what was promised: everything is read and refused first; then
//! the bytes are kept; then one append records the release and, in the same
//! transaction, whose the name is in each view. If we die between bytes and
//! append, an unnamed blob remains and nobody was told anything.

use crate::federation::Federation;
use crate::ports::{AppendError, Change};
use crate::publish_name::name_owned;
use crate::refusal::{Refusal, RefusalKind};
use crate::stored_target;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_archive::{Inspection, Limits, Scope, inspect};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, Release};
use crossdock_core::version::Version;
use crossdock_wire::contradictions::contradictions;
use crossdock_wire::index_line;
use crossdock_wire::manifest::{self, Manifest};
use crossdock_wire::publish_body;
use std::collections::BTreeMap;
use tracing::info;

/// A publish that is durable.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// What the publisher should know; cargo prints it.
    pub warnings: Vec<String>,
}

/// A release that passed every check and is ready to be recorded.
pub(crate) struct Ready {
    pub(crate) registry: RegistryName,
    pub(crate) release: Release,
    pub(crate) row: String,
    pub(crate) metadata: String,
    pub(crate) archive: Bytes,
    pub(crate) warnings: Vec<String>,
    /// Recorded with the release: where a copy is from.
    pub(crate) provenance: Option<Change>,
}

impl Federation {
    /// Publishes the body of `PUT /api/v1/crates/new`.
    ///
    /// An existing version with equal bytes is success and says so.
    ///
    /// # Errors
    /// [`Refusal`] says which rule was broken and what to do; nothing was kept.
    pub async fn publish(
        &self,
        surface: &Surface,
        body: Bytes,
        actor: &Actor,
    ) -> Result<Published, Refusal> {
        let parsed =
            publish_body::parse(&body, &publish_body::Limits::default()).map_err(|error| {
                let kind = if error.is_too_large() {
                    RefusalKind::TooLarge
                } else {
                    RefusalKind::Invalid
                };
                Refusal::new(kind, error)
            })?;
        let name = CrateName::parse(&parsed.metadata.name).map_err(Refusal::invalid)?;
        let version = Version::parse(&parsed.metadata.vers).map_err(Refusal::invalid)?;
        let registry = self.publish_target(surface, &name)?;
        let archive = body.slice_ref(parsed.archive);
        self.admit_crate(&registry, &name)?;
        self.admit_beside_public(&registry, &name).await?;
        let inspection = inspected(archive.clone(), &name, &version).await?;
        let manifest = read_manifest(&inspection, &name, &version)?;
        let contradictions = contradictions(parsed.json, &manifest);
        let metadata = parsed.metadata.confirmed_by(&manifest);
        let metadata = serde_json::to_string(&metadata).map_err(Refusal::invalid)?;
        let (release, mut warnings) = self
            .settle_dependencies(surface, &registry, manifest, Checksum::of(&archive))
            .await?;
        warnings.extend(contradictions.into_iter().map(|contradiction| {
            format!("what was sent beside the archive is ignored where it differs: {contradiction}")
        }));
        let row = stored_row(&release);
        let ready = Ready {
            registry: registry.clone(),
            release,
            row,
            metadata,
            archive,
            warnings,
            provenance: None,
        };
        let mut published = self.commit(ready, actor).await?;
        let told = self.told_by_views(&registry, &name, &version).await;
        published.warnings.extend(told);
        Ok(published)
    }

    pub(crate) async fn commit(&self, ready: Ready, actor: &Actor) -> Result<Published, Refusal> {
        let Ready {
            registry,
            release,
            row,
            metadata,
            archive,
            mut warnings,
            provenance,
        } = ready;
        let (name, version, checksum) = (
            release.name.clone(),
            release.version.clone(),
            release.checksum,
        );
        self.refuse_return(&registry, &name, &version)?;
        self.blobs.keep(&checksum, archive).await?;
        let mut changes = vec![Change::Publish {
            registry: registry.clone(),
            name: name.clone(),
            version: version.clone(),
            checksum,
            row,
            metadata,
        }];
        changes.extend(self.ownership_changes(&registry, &name).await?);
        changes.extend(provenance);
        let applied = self
            .ledger
            .append(crate::ports::Batch {
                actor: actor.clone(),
                changes: changes.clone(),
            })
            .await;
        if applied.is_err() {
            self.recall(&registry, &name.key()).await;
        }
        let applied = match applied {
            Ok(applied) => applied,
            Err(AppendError::VersionExists {
                version: existing,
                checksum: kept,
            }) if existing == version && kept == checksum => {
                warnings.push(format!("`{name}` {version} already is in `{registry}` with the same bytes; the first ones are kept"));
                return Ok(Published { warnings });
            }
            Err(AppendError::VersionExists {
                version: existing,
                checksum: kept,
            }) => {
                let how = if existing == version {
                    "with other content"
                } else {
                    "and differs in build metadata only"
                };
                return Err(Refusal::new(
                    RefusalKind::Exists,
                    format!(
                        "`{registry}` has `{name}` {existing} already, {how} (checksum {kept}, yours {checksum}); \
                         publish a new version"
                    ),
                ));
            }
            Err(AppendError::NameOwned { view, ownership }) => {
                return Err(name_owned(&registry, &name, &view, &ownership));
            }
            Err(error) => return Err(error.into()),
        };
        self.hosted.insert(&registry, &name);
        self.records.learn(&changes, &applied);
        self.decisions.learn(actor, &changes, &applied);
        self.held_routes.learn(&changes);
        if let Some(view) = self.shown.learn(&changes, &applied) {
            self.shown.reload(&*self.ledger, &view).await?;
        }
        self.drop_served(&registry, &name.key());
        warnings.extend(self.frozen_warnings(&registry, &name.key()));
        info!(registry = %registry, krate.name = %name, "published {name} {version} to {registry}");
        Ok(Published { warnings })
    }

    /// Learns what the ledger has of a name after an append that failed, or that another
    /// node made.
    ///
    /// It may have been recorded and the answer lost, now or at an earlier try: then
    /// the name is private, and what is in memory of it is too old. If the ledger
    /// cannot be read either, the next publish of the name learns it, or a restart.
    pub(crate) async fn recall(&self, registry: &RegistryName, name: &NameKey) {
        if let Ok(Some(krate)) = self.ledger.hosted(registry, name).await {
            self.hosted.insert(registry, &krate.name);
            self.drop_served(registry, name);
        }
    }
}

pub(crate) async fn inspected(
    archive: Bytes,
    name: &CrateName,
    version: &Version,
) -> Result<Inspection, Refusal> {
    let (name, version) = (name.clone(), version.clone());
    let work = move || {
        inspect(
            &archive,
            &name,
            &version,
            Scope::Publish,
            &Limits::default(),
        )
    };
    let inspection = tokio::task::spawn_blocking(work).await;
    let inspection = inspection
        .map_err(|_| Refusal::unavailable("inspection of the archive was interrupted"))?;
    inspection.map_err(Refusal::invalid)
}

pub(crate) fn read_manifest(
    inspection: &Inspection,
    name: &CrateName,
    version: &Version,
) -> Result<Manifest, Refusal> {
    let manifest = manifest::parse(&inspection.manifest).map_err(Refusal::invalid)?;
    manifest
        .agrees_with(name, version)
        .map_err(Refusal::invalid)?;
    manifest::admission::admit(&manifest).map_err(Refusal::invalid)?;
    Ok(manifest)
}

/// The row as stored: targets by name, `yanked` and `pubtime` left to the facts.
pub(crate) fn stored_row(release: &Release) -> String {
    let mut spelled: BTreeMap<_, String> = BTreeMap::new();
    for dependency in &release.dependencies {
        if let Some(text) = stored_target::encode(&dependency.target) {
            spelled.insert(dependency.target.clone(), text);
        }
    }
    index_line::encode(release, &mut |dependency: &Dependency| {
        spelled.get(&dependency.target).map(String::as_str)
    })
}
