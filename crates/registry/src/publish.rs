//! Publishes a release to a hosted registry, or to a view by routing.
//!
//! The order keeps what was promised: everything is read and refused first; then
//! the bytes are kept; then one append records the release and, in the same
//! transaction, whose the name is in each view. If we die between bytes and
//! append, an unnamed blob remains and nobody was told anything.

use crate::federation::Federation;
use crate::ports::{AppendError, Change};
use crate::refusal::{Refusal, RefusalKind};
use crate::stored_target;
use crate::surface::Surface;
use bytes::Bytes;
use crossdock_archive::{Inspection, Limits, Scope, inspect};
use crossdock_core::actor::Actor;
use crossdock_core::admission::admit_name;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, Release};
use crossdock_core::version::Version;
use crossdock_wire::index_line;
use crossdock_wire::manifest::{self, Manifest};
use crossdock_wire::publish_body;
use std::collections::{BTreeMap, BTreeSet};
use tracing::info;

/// A publish that is durable.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// What the publisher should know; cargo prints it.
    pub warnings: Vec<String>,
}

/// A release that passed every check and is ready to be recorded.
struct Ready {
    registry: RegistryName,
    release: Release,
    row: String,
    metadata: String,
    archive: Bytes,
    warnings: Vec<String>,
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
        let metadata = serde_json::to_string(&parsed.metadata).map_err(Refusal::invalid)?;
        let registry = self.publish_target(surface, &name)?;
        let archive = body.slice_ref(parsed.archive);
        self.admit_crate(&registry, &name)?;
        let inspection = inspected(archive.clone(), &name, &version).await?;
        let manifest = read_manifest(&inspection, &name, &version)?;
        let (release, warnings) = self
            .settle_dependencies(&registry, manifest, Checksum::of(&archive))
            .await?;
        let row = stored_row(&release);
        self.commit(
            Ready {
                registry,
                release,
                row,
                metadata,
                archive,
                warnings,
            },
            actor,
        )
        .await
    }

    /// Finds the hosted registry that a publish goes to.
    fn publish_target(&self, surface: &Surface, name: &CrateName) -> Result<RegistryName, Refusal> {
        let refuse = |detail: String| Refusal::new(RefusalKind::Unsupported, detail);
        match surface {
            Surface::Registry(registry) if self.mirrors.contains_key(registry) => Err(refuse(
                format!("`{registry}` is a mirror; publish to a hosted registry"),
            )),
            Surface::Registry(registry) => Ok(registry.clone()),
            Surface::Face { view, member } => Err(refuse(format!(
                "this is `{member}` as seen in view `{view}`; publish to `{member}` itself"
            ))),
            Surface::View(view) => self.route_publish(view, &name.key()),
        }
    }

    /// Routes a publish to a view: owner on record, else claim, else `publish-to`.
    pub(crate) fn route_publish(
        &self,
        view: &RegistryName,
        name: &NameKey,
    ) -> Result<RegistryName, Refusal> {
        let policy = self.policy(view)?;
        let record = self.records.get(view, name);
        let known = crossdock_core::owner::known(policy, name, record.as_ref());
        let owner = match known {
            Some(known) => known.ownership.owner().cloned(),
            None => {
                let holders = self.hosted.holders(policy, name);
                if holders.len() == 1 {
                    holders.into_iter().next()
                } else {
                    policy.publish_to.clone()
                }
            }
        };
        match owner {
            Some(owner) if self.mirrors.contains_key(&owner) => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "in view `{view}` the name `{name}` belongs to `{owner}`, a mirror; choose another name"
                ),
            )),
            Some(owner) => Ok(owner),
            None => Err(Refusal::new(
                RefusalKind::Forbidden,
                format!(
                    "view `{view}` does not say where a new `{name}` goes; publish to a registry, \
                     or set [views.{view}] publish-to = \"…\""
                ),
            )),
        }
    }

    /// Refuses the first release of a name that cannot be taken here.
    fn admit_crate(&self, registry: &RegistryName, name: &CrateName) -> Result<(), Refusal> {
        if let Some(existing) = self.hosted.spelling(registry, &name.key()) {
            if existing.key() == name.key() && existing != *name {
                return Err(Refusal::invalid(format!(
                    "crate `{name}` exists as `{existing}`; publish under that name"
                )));
            }
            return Ok(());
        }
        admit_name(name).map_err(Refusal::invalid)?;
        for policy in self.configuration.views_of(registry) {
            self.admit_in_view(policy, registry, &name.key())?;
        }
        Ok(())
    }

    /// Refuses a name that a view already shows from elsewhere.
    ///
    /// Judged by records, claims and inside members: nobody outside is asked for a
    /// name that is about to become private.
    fn admit_in_view(
        &self,
        policy: &crossdock_core::policy::ViewPolicy,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<(), Refusal> {
        let view = &policy.view;
        let record = self.records.get(view, name);
        let holders = match &record {
            Some(record) => record.members().clone(),
            None => self.hosted.holders(policy, name),
        };
        let others: BTreeSet<_> = holders
            .iter()
            .filter(|member| *member != registry)
            .cloned()
            .collect();
        let claim = policy.claim(name).map(|(_, member)| member);
        let shared = others.iter().chain([registry]).cloned().collect();
        if holders.contains(registry)
            || (others.is_empty() && claim.is_none_or(|member| member == registry))
        {
            return Ok(());
        }
        if policy.is_same_crate(name, &shared) {
            return Ok(());
        }
        let owners = if others.is_empty() {
            claim.into_iter().cloned().collect()
        } else {
            others
        };
        let owners: Vec<String> = owners
            .iter()
            .map(|member: &RegistryName| format!("`{member}`"))
            .collect();
        let cure = match (&record, claim) {
            (None, _) => format!(
                "claim it for this registry: [views.{view}] claims = {{ {name} = \"{registry}\" }}"
            ),
            (Some(_), _) => "choose another name".to_owned(),
        };
        Err(Refusal::new(
            RefusalKind::Forbidden,
            format!(
                "view `{view}`, of which `{registry}` is a member, shows `{name}` from {}; {cure}",
                owners.join(", ")
            ),
        ))
    }

    async fn commit(&self, ready: Ready, actor: &Actor) -> Result<Published, Refusal> {
        let Ready {
            registry,
            release,
            row,
            metadata,
            archive,
            mut warnings,
        } = ready;
        let (name, version, checksum) = (
            release.name.clone(),
            release.version.clone(),
            release.checksum,
        );
        self.blobs.keep(&checksum, archive).await?;
        let mut changes = vec![Change::Publish {
            registry: registry.clone(),
            name: name.clone(),
            version: version.clone(),
            checksum,
            row,
            metadata,
        }];
        changes.extend(self.ownership_changes(&registry, &name.key()));
        let applied = self
            .ledger
            .append(crate::ports::Batch {
                actor: actor.clone(),
                changes: changes.clone(),
            })
            .await;
        let applied = match applied {
            Ok(applied) => applied,
            Err(AppendError::VersionExists {
                version: existing,
                checksum: kept,
            }) if existing == version && kept == checksum => {
                warnings.push(format!("`{name}` {version} already is in `{registry}` with the same bytes; nothing was changed"));
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
            Err(error) => return Err(error.into()),
        };
        self.hosted.insert(&registry, &name);
        if self.records.learn(&changes, &applied) {
            warnings.push(format!("while `{name}` was being published, a view recorded another owner for it; see `crossdock explain {name}`"));
        }
        self.drop_served(&registry, &name.key());
        info!(registry = %registry, krate.name = %name, "published {name} {version} to {registry}");
        Ok(Published { warnings })
    }

    /// What a publish records of the name in each view of its registry.
    fn ownership_changes(&self, registry: &RegistryName, name: &NameKey) -> Vec<Change> {
        let views = self.configuration.views_of(registry);
        views
            .filter_map(|policy| self.ownership_change(policy, registry, name))
            .collect()
    }

    fn ownership_change(
        &self,
        policy: &crossdock_core::policy::ViewPolicy,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Option<Change> {
        let (view, record) = (policy.view.clone(), self.records.get(&policy.view, name));
        let eligible = policy
            .eligible(crossdock_core::policy::Side::Inside, name)
            .any(|member| member == registry);
        if !eligible {
            return None;
        }
        let mut members = match &record {
            Some(record) if record.members().contains(registry) => return None,
            Some(record) => record.members().clone(),
            None => self.hosted.holders(policy, name),
        };
        members.insert(registry.clone());
        let ownership = crossdock_core::ownership::Ownership::shared(members)?;
        Some(match record {
            None => Change::RecordOwner {
                view,
                name: name.clone(),
                ownership,
            },
            Some(_) => Change::SettleConflict {
                view,
                name: name.clone(),
                ownership,
            },
        })
    }
}

async fn inspected(
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

fn read_manifest(
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
fn stored_row(release: &Release) -> String {
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
