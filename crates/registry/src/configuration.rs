//! What a federation is made of: its registries and views, as plain values.
//!
//! Absent: the settings file and its syntax, which the binary reads.

use crossdock_core::address::{Address, AddressBook};
use crossdock_core::policy::ViewPolicy;
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::registry_name::RegistryName;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Everything the use cases need to know of the settings.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The address under which clients reach the server, without a final slash.
    pub public_url: Url,
    /// Addresses under which old rows and locks may name this server.
    pub former_urls: Vec<Url>,
    /// A text that no other installation has: whose `config.json` says it is we.
    pub installation: String,
    /// All registries.
    pub registries: BTreeMap<RegistryName, Registry>,
    /// All views.
    pub views: BTreeMap<RegistryName, View>,
    /// The sparse addresses under which crates.io is known.
    pub crates_io: Vec<Address>,
}

/// One registry.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Who may read it.
    pub read: Read,
    /// What stands behind it.
    pub kind: RegistryKind,
}

/// What stands behind a registry.
#[derive(Clone, Debug)]
pub enum RegistryKind {
    /// Crates are published to it.
    Hosted {
        /// The view in which the crates.io identity of an upload is resolved.
        resolve_in: Option<RegistryName>,
        /// What becomes of a version that is published again.
        rebuilds: Rebuilds,
        /// Whether an embedded lock is a part of the content.
        lockfile: Lockfile,
    },
    /// A folder of this machine: what lies in it is what the registry has.
    Directory,
    /// Another registry, fetched and kept.
    Mirror {
        /// The upstream's identity; rows of crates.io's mirror are crates.io's.
        address: Address,
        /// How old an index answer may be before the upstream is asked again.
        revalidate_after: Duration,
        /// How long after a release was first missing a later look confirms it.
        confirm_removals_after: Duration,
        /// How often what is held is asked for again; on demand alone if nothing is said.
        sync: Option<Duration>,
    },
}

/// One view.
#[derive(Clone, Debug)]
pub struct View {
    /// Where the settings have it: the first one is meant where none is named.
    pub place: usize,
    /// Who may read it; applies to its faces too.
    pub read: Read,
    /// Its policy.
    pub policy: ViewPolicy,
}

/// Who may read a registry or view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Whoever reaches the server.
    Anyone,
    /// Who has a token.
    Token,
}

impl Configuration {
    /// Tells whether a registry is a mirror of crates.io.
    pub fn is_crates_io(&self, name: &RegistryName) -> bool {
        matches!(
            self.registries.get(name),
            Some(Registry {
                kind: RegistryKind::Mirror {
                    address: Address::CratesIo,
                    ..
                },
                ..
            })
        )
    }

    /// Tells whether a registry is a folder.
    pub fn is_directory(&self, name: &RegistryName) -> bool {
        let registry = self.registries.get(name);
        registry.is_some_and(|registry| matches!(registry.kind, RegistryKind::Directory))
    }

    /// Returns the views that have a registry as member.
    pub fn views_of<'c>(
        &'c self,
        member: &'c RegistryName,
    ) -> impl Iterator<Item = &'c ViewPolicy> {
        self.views
            .values()
            .map(|view| &view.policy)
            .filter(move |policy| policy.members.contains_key(member))
    }

    /// Returns the index address of a registry or view of ours, as rows carry it.
    pub fn index_address(&self, path: &str) -> String {
        format!("sparse+{}/{path}/index/", self.base())
    }

    /// Returns the public URL without a final slash.
    pub fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }

    /// Writes down which addresses mean what.
    pub fn address_book(&self) -> AddressBook {
        let origins = std::iter::once(&self.public_url)
            .chain(&self.former_urls)
            .cloned()
            .collect();
        let upstream = |registry: &Registry| match &registry.kind {
            RegistryKind::Mirror { address, .. } if *address != Address::CratesIo => {
                Some(address.clone())
            }
            _ => None,
        };
        let registries = self
            .registries
            .iter()
            .map(|(name, registry)| (name.clone(), upstream(registry)))
            .collect();
        AddressBook::new(
            origins,
            registries,
            self.views.keys().cloned().collect(),
            self.crates_io.clone(),
        )
    }
}
