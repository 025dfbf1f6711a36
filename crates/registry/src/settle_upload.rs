//! Settles what the dependencies of an upload mean, before anything is kept.
//!
//! Decided by `core::settle` from records, claims and inside members. Outside
//! members are never asked here: what an upload mentions may be private.

use crate::configuration::RegistryKind;
use crate::federation::Federation;
use crate::privacy::Wish;
use crate::refusal::Refusal;
use crate::surface::Surface;
use crate::upload::Beside;
use crossdock_core::address::{Address, Place};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::NameKey;
use crossdock_core::owner::{Known, by_reference, known};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{DependencyKind, Release, Target};
use crossdock_core::settle::{Standing, settle};
use crossdock_wire::manifest::admission::AdmissionError;
use crossdock_wire::manifest::{Manifest, ManifestDependency};
use semver::VersionReq;
use std::collections::BTreeMap;

/// Targets by crate name and address, as far as an upload mentions them.
type Targets = BTreeMap<(NameKey, Option<Address>), Target>;

impl Federation {
    /// Makes the release of a manifest, every dependency's target settled.
    ///
    /// Returns it with what the publisher should know of the decisions.
    pub(crate) async fn settle_dependencies(
        &self,
        surface: &Surface,
        registry: &RegistryName,
        manifest: Manifest,
        checksum: Checksum,
        beside: &Beside,
    ) -> Result<(Release, Vec<String>), Refusal> {
        let (mut targets, mut warnings) = (Targets::new(), Vec::new());
        for dependency in &manifest.dependencies {
            let key = key_of(dependency);
            if targets.contains_key(&key) {
                continue;
            }
            let target = self
                .settle_one(surface, registry, dependency, &manifest, beside)
                .await?;
            warnings.extend(told(dependency, registry, &target));
            targets.insert(key, target);
        }
        let unsettled = |dependency: &ManifestDependency| {
            Refusal::invalid(format!("dependency `{}` is unsettled", dependency.name))
        };
        let (own_name, own_version) = (manifest.name.key(), manifest.version.clone());
        let release = manifest.into_row(checksum, |dependency| {
            let target = targets.get(&key_of(dependency));
            let target = target.cloned().ok_or_else(|| unsettled(dependency))?;
            // Admission saw names alone; an address may turn out to be ours. An old version
            // may be made of a newer one.
            let itself = target == Target::Own
                && dependency.kind != DependencyKind::Dev
                && dependency.crate_name().key() == own_name
                && VersionReq::parse(&dependency.req)
                    .is_ok_and(|req| req.matches(own_version.as_semver()));
            if itself {
                let error = AdmissionError::Itself(dependency.name.clone());
                return Err(Refusal::invalid(error));
            }
            Ok(target)
        })?;
        Ok((release, warnings))
    }

    async fn settle_one(
        &self,
        surface: &Surface,
        registry: &RegistryName,
        dependency: &ManifestDependency,
        manifest: &Manifest,
        beside: &Beside,
    ) -> Result<Target, Refusal> {
        let name = dependency.crate_name();
        let key = name.key();
        // In a folder packages lie beside those that they depend on by path, and
        // packing leaves no trace of that but the name.
        if dependency.registry_index.is_none()
            && self.configuration.is_directory(registry)
            && self.hosted.spelling(registry, &key).is_some()
        {
            return Ok(Target::Own);
        }
        let place = dependency
            .registry_index
            .as_ref()
            .map_or(Place::CratesIo, |address| self.book.place(address));
        let view = match &place {
            Place::CratesIo => self.resolve_in(surface, registry),
            Place::View(view) => Some(view),
            _ => None,
        };
        let policy = view
            .and_then(|view| self.configuration.views.get(view))
            .map(|view| &view.policy);
        let known = match policy {
            Some(policy) => self.known_inside(policy, &key, beside).await?,
            // No view says whose it is; what comes with it does.
            None if place == Place::CratesIo && beside.has(registry, &key) => {
                return Ok(Target::Own);
            }
            None => None,
        };
        let standing = policy.map(|policy| Standing {
            view: &policy.view,
            known,
            crates_io: policy.crates_io(),
        });
        let target =
            settle(name.as_str(), registry, place, standing.as_ref()).map_err(Refusal::invalid)?;
        let target = match target {
            Target::Registry(other) if self.configuration.is_crates_io(&other) => Target::CratesIo,
            other => other,
        };
        self.exists(registry, &target, &key, manifest, beside)?;
        Ok(target)
    }

    /// Whose a name is in a view, as far as that is known without asking outside.
    async fn known_inside(
        &self,
        policy: &ViewPolicy,
        name: &NameKey,
        beside: &Beside,
    ) -> Result<Option<Known>, Refusal> {
        let record = self.records.extended(policy, name);
        if let Some(known) = known(policy, name, record.as_ref()) {
            return Ok(Some(known));
        }
        let mut holders = self.inside_holders(policy, name, &Wish::Plain).await?;
        holders.extend(beside.holders(policy, name));
        // With holders, the reference itself decides nothing; without, nobody is known.
        let first = holders.first().cloned();
        Ok(first.and_then(|first| by_reference(policy, name, &first, None, &holders)))
    }

    /// Refuses a dependency on a crate that a hosted registry does not have.
    fn exists(
        &self,
        registry: &RegistryName,
        target: &Target,
        name: &NameKey,
        manifest: &Manifest,
        beside: &Beside,
    ) -> Result<(), Refusal> {
        let hosted = match target {
            Target::Own => registry,
            Target::Registry(other) if !self.mirrors.contains_key(other) => other,
            _ => return Ok(()),
        };
        let itself = hosted == registry && *name == manifest.name.key();
        if itself || beside.has(hosted, name) || self.hosted.spelling(hosted, name).is_some() {
            return Ok(());
        }
        Err(Refusal::invalid(format!(
            "dependency `{name}` is not in registry `{hosted}`; publish it there first"
        )))
    }

    /// The view in which a bare dependency is resolved: the one that was published to,
    /// else `resolve-in`, else the only view that has the registry as member.
    pub(crate) fn resolve_in<'f>(
        &'f self,
        surface: &'f Surface,
        registry: &'f RegistryName,
    ) -> Option<&'f RegistryName> {
        if let Surface::View(view) = surface {
            return Some(view);
        }
        let said = match &self.configuration.registries.get(registry)?.kind {
            RegistryKind::Hosted { resolve_in, .. } => resolve_in.as_ref(),
            RegistryKind::Mirror { .. } | RegistryKind::Directory => None,
        };
        let mut views = self
            .configuration
            .views_of(registry)
            .map(|policy| &policy.view);
        said.or(match (views.next(), views.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        })
    }
}

fn key_of(dependency: &ManifestDependency) -> (NameKey, Option<Address>) {
    (
        dependency.crate_name().key(),
        dependency.registry_index.clone(),
    )
}

/// What cargo wrote is no evidence where it wrote crates.io; say what was decided.
fn told(
    dependency: &ManifestDependency,
    registry: &RegistryName,
    target: &Target,
) -> Option<String> {
    let name = dependency.crate_name();
    match (&dependency.registry_index, target) {
        (None, Target::Own) => Some(format!(
            "dependency `{name}` was settled as the crate of `{registry}`"
        )),
        (None, Target::Registry(other)) => Some(format!(
            "dependency `{name}` was settled as the crate of `{other}`"
        )),
        (Some(_), Target::Elsewhere(address)) => Some(format!(
            "dependency `{name}` is of the registry at {address}, which is none of this server: \
             whoever builds it has to reach that registry, and no view answers for it"
        )),
        _ => None,
    }
}
