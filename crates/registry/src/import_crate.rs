//! Copies releases of one registry of this server into a hosted one.
//!
//! A copy passes every check of a publish, and its dependencies keep the targets that
//! the original's row has: what the manifest leaves open is the original's registry,
//! not the one that the copy lands in. Where it came from is a fact of the same
//! append. Copying again what is there is no change, because archives are renamed
//! deterministically.
//!
//! From a view comes what the view shows: the releases its overlays put in, without
//! those that its gates or overlays show yanked, and of a view that stands still what
//! it showed then. No gate looks at a copy afterwards, since it is in house.

use crate::accounts::Owned;
use crate::aliases::OwnedRows;
use crate::federation::Federation;
use crate::ports::Change;
use crate::privacy::Wish;
use crate::publish::Published;
use crate::refusal::{Refusal, RefusalKind};
use crate::surface::Surface;
use crate::upload::{Said, Upload, inspected, read_manifest};
use bytes::Bytes;
use crossdock_archive::{Limits, rename};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Imported};
use crossdock_core::merge::Answer;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use crossdock_wire::publish_body::PublishMetadata;
use semver::VersionReq;
use serde::Serialize;
use std::sync::Arc;

/// What is to be copied.
#[derive(Clone, Debug)]
pub struct Import {
    /// The registry or view that has it.
    pub from: Surface,
    /// The crate's name there.
    pub name: CrateName,
    /// Which versions; all that are not yanked if nothing is said.
    pub versions: Option<Versions>,
    /// The copy's name, if it is to be another.
    pub rename: Option<CrateName>,
    /// Whether the copies may come among releases that are not from the same crate.
    pub into_existing: bool,
}

/// Which versions of a crate.
#[derive(Clone, Debug)]
pub enum Versions {
    /// This one; if it is yanked, its copy is.
    Exactly(Version),
    /// Those that are not yanked and meet a requirement.
    Matching(VersionReq),
}

/// What became of one release.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedRelease {
    /// The copy's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The registry that the original is from.
    pub from: String,
    /// `imported`, `already-there`, or `planned` if nothing was to be done.
    pub outcome: &'static str,
    /// The version that was minted for it, where the target mints and has other content
    /// under `version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minted: Option<String>,
    /// What a publisher should know.
    pub warnings: Vec<String>,
}

impl Federation {
    /// Copies releases; with `dry_run` it only says which.
    ///
    /// # Errors
    /// [`Refusal`]: nothing to copy, or one of them cannot be published. Those before
    /// it were; importing again goes on where it stopped.
    pub async fn import(
        self: &Arc<Self>,
        to: &RegistryName,
        import: &Import,
        actor: &Actor,
        dry_run: bool,
    ) -> Result<Vec<ImportedRelease>, Refusal> {
        let target = self.publish_target(&Surface::Registry(to.clone()), &import.name)?;
        let rows = self.rows_of(import).await?;
        let name = import.rename.as_ref().unwrap_or(&import.name);
        self.admit_crate(&target, name)?;
        self.admit_beside_public(&target, name).await?;
        self.admit_copies(&target, name, import, &rows).await?;
        let originals = meant(import, rows)?;
        let mut imported = Vec::new();
        for (member, release) in &originals {
            let name = import.rename.as_ref().unwrap_or(&release.name);
            if *member == target && name.key() == release.name.key() {
                return Err(Refusal::invalid(format!(
                    "`{name}` is of `{target}` already; name another registry, or another name with --as"
                )));
            }
            let mut outcome = ImportedRelease {
                name: name.to_string(),
                version: release.version.to_string(),
                from: member.to_string(),
                outcome: "planned",
                minted: None,
                warnings: Vec::new(),
            };
            if !dry_run {
                let published = self
                    .import_one(&target, import, member, release, actor)
                    .await?;
                outcome.outcome = match published.is_new {
                    true => "imported",
                    false => "already-there",
                };
                outcome.warnings = published.warnings;
                outcome.minted = published.minted.map(|minted| minted.to_string());
            }
            imported.push(outcome);
        }
        Ok(imported)
    }

    /// Reads what there is of the crate, as whoever builds from there sees it, lowest
    /// version first.
    async fn rows_of(&self, import: &Import) -> Result<OwnedRows, Refusal> {
        let name = import.name.index_name();
        match &import.from {
            Surface::Registry(registry) => {
                let wish = Wish::at(&import.from);
                let asked = self.ask(std::slice::from_ref(registry), &name, &wish).await;
                match asked.answers.get(registry) {
                    Some(Answer::Has(entry)) => {
                        let releases = entry.releases().iter().cloned();
                        Ok(releases.map(|it| (registry.clone(), it)).collect())
                    }
                    Some(Answer::Absent) => Ok(Vec::new()),
                    Some(Answer::Silent) | None => Err(Refusal::unavailable(format!(
                        "`{}` cannot be looked at while a registry is silent: {}",
                        import.name,
                        asked.silences.join("; ")
                    ))),
                }
            }
            Surface::View(view) => self.rows_shown(view, &name).await,
            Surface::Face { .. } => Err(Refusal::new(
                RefusalKind::Unsupported,
                "import from a registry or a view",
            )),
        }
    }

    async fn import_one(
        self: &Arc<Self>,
        to: &RegistryName,
        import: &Import,
        member: &RegistryName,
        original: &Release,
        actor: &Actor,
    ) -> Result<Published, Refusal> {
        let (version, checksum) = (&original.version, &original.checksum);
        let bytes = self
            .fetch_crate(&import.from, &original.name, version, checksum)
            .await?;
        let (name, archive) = match &import.rename {
            Some(new) => (new.clone(), renamed(bytes, original, new).await?),
            None => (original.name.clone(), bytes),
        };
        let sum = Checksum::of(&archive);
        if self.hosted.spelling(to, &name.key()).is_some() {
            let entry = self.hosted_entry(to, &name.key()).await?;
            let is_same = |release: &&Release| release.checksum == sum && release.name == name;
            if entry.release(version).filter(is_same).is_some() {
                return Ok(Published::default());
            }
        }
        let inspection = inspected(archive.clone(), &name, version).await?;
        let manifest = read_manifest(&inspection, &name, version)?;
        let metadata = PublishMetadata::default().confirmed_by(&manifest);
        let metadata = serde_json::to_string(&metadata).map_err(Refusal::invalid)?;
        let release = manifest.into_row(sum, |dependency| {
            let (krate, said) = (dependency.crate_name().key(), &dependency.name);
            let of_original = original.dependencies.iter().find(|it| {
                it.name == *said && it.crate_name().is_some_and(|name| name.key() == krate)
            });
            let of_original = of_original.ok_or_else(|| {
                Refusal::invalid(format!(
                    "the manifest of `{name}` {version} depends on `{said}`, its row does not"
                ))
            })?;
            Ok::<_, Refusal>(self.kept_target(member, &of_original.target))
        })?;
        let provenance = Change::Decide {
            scope: to.clone(),
            decision: Decision::Imported(Imported {
                name: name.key(),
                version: version.clone(),
                checksum: sum,
                from: member.clone(),
                original: original.name.clone(),
                original_checksum: original.checksum,
            }),
        };
        let upload = Upload {
            registry: to.clone(),
            name,
            version: version.clone(),
            checksum: sum,
            archive,
            metadata,
            said: Said::Settled(Box::new(release)),
            warnings: Vec::new(),
            provenance: Some(provenance),
            // Who imports administers the registry.
            owned: Owned::ByAnyone,
            is_yanked: original.yanked,
        };
        let surface = Surface::Registry(to.clone());
        self.publish_one(&surface, upload, actor).await
    }

    /// A dependency's target, told without reference to where the original stands.
    fn kept_target(&self, member: &RegistryName, target: &Target) -> Target {
        let named = match target {
            Target::Own => Target::Registry(member.clone()),
            other => other.clone(),
        };
        match named {
            Target::Registry(registry) if self.configuration.is_crates_io(&registry) => {
                Target::CratesIo
            }
            named => named,
        }
    }
}

/// Leaves the releases that are meant.
fn meant(import: &Import, rows: OwnedRows) -> Result<OwnedRows, Refusal> {
    let is_meant = |release: &Release| match &import.versions {
        Some(Versions::Exactly(version)) => release.version == *version,
        Some(Versions::Matching(requirement)) => {
            !release.yanked && requirement.matches(release.version.as_semver())
        }
        None => !release.yanked,
    };
    let meant: Vec<_> = rows.into_iter().filter(|(_, it)| is_meant(it)).collect();
    if meant.is_empty() {
        let from = import.from.path();
        return Err(Refusal::absent(format!(
            "`{from}` has no release of `{}` that is meant; yanked ones are copied only by their exact version",
            import.name
        )));
    }
    Ok(meant)
}

async fn renamed(bytes: Bytes, original: &Release, new: &CrateName) -> Result<Bytes, Refusal> {
    let (name, version, new) = (original.name.clone(), original.version.clone(), new.clone());
    let work = move || rename(&bytes, &name, &version, &new, &Limits::default());
    let renamed = tokio::task::spawn_blocking(work).await;
    let renamed = renamed.map_err(|_| Refusal::unavailable("renaming was interrupted"))?;
    renamed.map(Bytes::from).map_err(Refusal::invalid)
}
