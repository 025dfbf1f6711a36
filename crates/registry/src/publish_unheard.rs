//! Dependencies that were taken for crates of crates.io because nobody knows them.
//!
//! crates.io refuses a dependency on a crate that it does not have. Here nobody
//! outside is asked about what an upload names, which may be private, so a slip, or a
//! crate of one's own that was forgotten, is published all the same, and whoever holds
//! that name at crates.io some day would be built. The publisher alone can tell, so he
//! is told, in one line for all of them.
//!
//! Where no view decides there is nobody who could have met a crate of crates.io, and a
//! warning of each would say nothing; but the registry's own crates are known.
//!
//! Absent: what a dependency means (`settle_upload.rs`), and dependencies of tests, which
//! no dependant builds.

use crate::federation::Federation;
use crate::refusal::Refusal;
use crate::surface::Surface;
use crossdock_core::address::Address;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::owner::known;
use crossdock_core::policy::ViewPolicy;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{DependencyKind, Release, Target};
use crossdock_wire::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet};

/// Names that one line tells; a person reads no more of them.
const NAMED_MAX: usize = 10;

impl Federation {
    /// Tells of the dependencies of an upload that mean crates.io only because nothing
    /// else is said of them, and that nobody met.
    ///
    /// # Errors
    /// [`Refusal`]: the ledger cannot be read.
    pub(crate) async fn unheard_of(
        &self,
        surface: &Surface,
        registry: &RegistryName,
        manifest: &Manifest,
        release: &Release,
    ) -> Result<Option<String>, Refusal> {
        let meant = meant_of_crates_io(manifest, release);
        let view = self.resolve_in(surface, registry);
        let policy = view.and_then(|view| self.configuration.views.get(view));
        let Some(policy) = policy.map(|view| &view.policy) else {
            let own = |name: &&CrateName| self.hosted.spelling(registry, &name.key()).is_some();
            let own: Vec<_> = meant.values().filter(own).collect();
            return Ok(told_of_own(registry, &own));
        };
        let mut unheard = Vec::new();
        for (key, name) in &meant {
            if !self.is_heard_of(policy, key, name).await? {
                unheard.push(name);
            }
        }
        Ok(told_of_unheard(policy, &unheard))
    }

    async fn is_heard_of(
        &self,
        policy: &ViewPolicy,
        key: &NameKey,
        name: &CrateName,
    ) -> Result<bool, Refusal> {
        let record = self.records.extended(policy, key);
        if known(policy, key, record.as_ref()).is_some() {
            return Ok(true);
        }
        match policy.crates_io() {
            Some(mirror) => Ok(self.is_known_to_have(mirror, name).await?.is_some()),
            None => Ok(false),
        }
    }
}

fn meant_of_crates_io(manifest: &Manifest, release: &Release) -> BTreeMap<NameKey, CrateName> {
    let is_bare = |address: &Option<Address>| matches!(address, None | Some(Address::CratesIo));
    let bare = manifest.dependencies.iter();
    let bare = bare.filter(|it| is_bare(&it.registry_index));
    let bare: BTreeSet<NameKey> = bare.map(|it| it.crate_name().key()).collect();
    let meant = release.dependencies.iter();
    meant
        .filter(|it| it.kind != DependencyKind::Dev && it.target == Target::CratesIo)
        .filter_map(|it| it.crate_name())
        .map(|name| (name.key(), name))
        .filter(|(key, _)| bare.contains(key))
        .collect()
}

fn told_of_unheard(policy: &ViewPolicy, unheard: &[&CrateName]) -> Option<String> {
    let (which, it_is) = match unheard {
        [] => return None,
        [one] => (format!("dependency `{one}`"), "it is"),
        several => (format!("dependencies {}", named(several)), "one of them is"),
    };
    let there = match policy.crates_io() {
        Some(_) => String::new(),
        None => format!(", which is no member of view `{}`", policy.view),
    };
    Some(format!(
        "nobody here has met {which}, and what nobody knows is taken for a crate of crates.io{there}: \
         if {it_is} to be a crate of yours, publish that one, and then a new version of this one"
    ))
}

fn told_of_own(registry: &RegistryName, own: &[&CrateName]) -> Option<String> {
    let (which, means) = match own {
        [] => return None,
        [one] => (format!("dependency `{one}`"), "means the crate"),
        several => (
            format!("dependencies {}", named(several)),
            "mean the crates",
        ),
    };
    Some(format!(
        "{which} {means} of crates.io, because no view decides, and `{registry}` has what is called so: \
         if that is meant, write registry = \"{registry}\" beside it and publish a new version"
    ))
}

fn named(names: &[&CrateName]) -> String {
    let named: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match named.get(NAMED_MAX..) {
        Some(more @ [_, ..]) => {
            format!("{} and {} more", named[..NAMED_MAX].join(", "), more.len())
        }
        _ => named.join(", "),
    }
}
