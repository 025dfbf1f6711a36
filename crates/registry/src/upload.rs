//! An upload before it is recorded: read, inspected, and what it says of itself.
//!
//! Absent: what is there of it already (`standing.rs`), recording (`take_uploads.rs`).

use crate::accounts::{Bearer, Owned};
use crate::federation::Federation;
use crate::ports::Change;
use crate::refusal::Refusal;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_archive::{Inspection, Limits, Scope, inspect};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::policy::{Side, ViewPolicy};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::version::Version;
use crossdock_wire::contradictions::contradictions;
use crossdock_wire::manifest::{self, Manifest};
use crossdock_wire::publish_body::PublishBody;
use std::collections::{BTreeMap, BTreeSet};

/// A release that may be published, as far as it alone can tell.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Where it goes.
    pub(crate) registry: RegistryName,
    pub(crate) name: CrateName,
    pub(crate) version: Version,
    pub(crate) checksum: Checksum,
    pub(crate) archive: Bytes,
    /// What is kept of its metadata, as JSON.
    pub(crate) metadata: String,
    /// What its dependencies are said to be.
    pub(crate) said: Said,
    pub(crate) warnings: Vec<String>,
    /// Recorded with the release: where a copy is from.
    pub(crate) provenance: Option<Change>,
    /// Whose the crate must be when it is recorded.
    pub(crate) owned: Owned,
    /// Whether it comes in yanked, as what it is a copy of is.
    pub(crate) is_yanked: bool,
}

/// What is known of an upload's dependencies.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    /// What the manifest says; what that means is settled once it has to be recorded.
    Manifest(Box<Manifest>),
    /// All targets are settled.
    Settled(Box<Release>),
}

/// Name and version of an upload, and the rest of its publish body.
pub(crate) struct Sent<'b> {
    pub(crate) name: CrateName,
    pub(crate) version: Version,
    body: PublishBody<'b>,
    archive: Bytes,
}

impl<'b> Sent<'b> {
    /// Reads who an upload says that it is; `whole` is what its body is a part of.
    pub(crate) fn read(whole: &Bytes, body: PublishBody<'b>) -> Result<Self, Refusal> {
        Ok(Self {
            name: CrateName::parse(&body.metadata.name).map_err(Refusal::invalid)?,
            version: Version::parse(&body.metadata.vers).map_err(Refusal::invalid)?,
            archive: whole.slice_ref(body.archive),
            body,
        })
    }
}

/// Releases that come together: to each other they are there already.
#[derive(Default)]
pub(crate) struct Beside(BTreeMap<RegistryName, BTreeSet<NameKey>>);

impl Beside {
    pub(crate) fn add(&mut self, registry: &RegistryName, name: NameKey) {
        self.0.entry(registry.clone()).or_default().insert(name);
    }

    pub(crate) fn has(&self, registry: &RegistryName, name: &NameKey) -> bool {
        self.0
            .get(registry)
            .is_some_and(|names| names.contains(name))
    }

    /// The inside members of a view to which a name comes.
    pub(crate) fn holders(&self, policy: &ViewPolicy, name: &NameKey) -> BTreeSet<RegistryName> {
        let inside = policy.eligible(Side::Inside, name);
        inside
            .filter(|member| self.has(member, name))
            .cloned()
            .collect()
    }
}

impl Federation {
    /// Admits an upload by all that can be said of it alone: where it goes, whether the
    /// bearer may publish it, whether its name may be taken there, what its archive is.
    pub(crate) async fn admitted(
        &self,
        surface: &Surface,
        sent: Sent<'_>,
        bearer: &Bearer,
    ) -> Result<Upload, Refusal> {
        let Sent {
            name,
            version,
            body,
            archive,
        } = sent;
        let registry = self.publish_target(surface, &name)?;
        let owned = self.allow_publish(bearer, &registry, &name.key()).await?;
        self.admit_crate(&registry, &name)?;
        self.admit_beside_public(&registry, &name).await?;
        let inspection = inspected(archive.clone(), &name, &version).await?;
        let manifest = read_manifest(&inspection, &name, &version)?;
        let contradictions = contradictions(body.json, &manifest).into_iter();
        let warnings = contradictions.map(|contradiction| {
            format!("what was sent beside the archive is ignored where it differs: {contradiction}")
        });
        let metadata = body.metadata.confirmed_by(&manifest);
        Ok(Upload {
            registry,
            name,
            version,
            checksum: Checksum::of(&archive),
            archive,
            metadata: serde_json::to_string(&metadata).map_err(Refusal::invalid)?,
            said: Said::Manifest(Box::new(manifest)),
            warnings: warnings.collect(),
            provenance: None,
            owned,
            is_yanked: false,
        })
    }

    /// Settles what an upload's dependencies mean, unless that is settled.
    pub(crate) async fn settle(
        &self,
        surface: &Surface,
        upload: &mut Upload,
        beside: &Beside,
    ) -> Result<(), Refusal> {
        let Said::Manifest(manifest) = &upload.said else {
            return Ok(());
        };
        let (registry, checksum) = (&upload.registry, upload.checksum);
        let cloned = Manifest::clone(manifest);
        let settled = self.settle_dependencies(surface, registry, cloned, checksum, beside);
        let (release, mut warnings) = settled.await?;
        let unheard = self
            .unheard_of(surface, registry, manifest, &release)
            .await?;
        warnings.extend(unheard);
        upload.warnings.splice(0..0, warnings);
        upload.said = Said::Settled(Box::new(release));
        Ok(())
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
