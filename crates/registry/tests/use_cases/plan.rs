//! What a world is made of: registries, views, and what the settings say of them.

use super::world::{BEGIN, HERE, World, federation, registry};
use crossdock_core::address::Address;
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, Member, MemberKind, SameCrate, Side, ViewPolicy};
use crossdock_core::rebuilds::{Lockfile, Rebuilds};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::configuration::{Configuration, Read, Registry, RegistryKind, View};
use crossdock_registry::memory::{
    Clock, ManualClock, MemoryBlobs, MemoryKeepsake, MemoryLedger, MemoryUpstream, Validating,
};
use crossdock_registry::ports::Ledger;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a world waits before it believes that something was removed.
pub(crate) const CONFIRM_AFTER: Duration = Duration::from_secs(600);

/// How often a mirror brings what it holds up to date by itself, if it does.
pub(crate) const SYNC_EVERY: Duration = Duration::from_secs(600);

/// What a world is made of.
pub(crate) struct Plan {
    pub(crate) configuration: Configuration,
    validating: Validating,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            configuration: Configuration {
                public_url: Url::parse(HERE).unwrap(),
                former_urls: Vec::new(),
                installation: "here".to_owned(),
                registries: BTreeMap::new(),
                views: BTreeMap::new(),
                crates_io: vec![Address::parse("sparse+https://public.example/").unwrap()],
            },
            validating: Validating::ETag,
        }
    }

    /// Hosted `acme`, a mirror of crates.io, and view `main` of both.
    pub(crate) fn usual() -> Self {
        Self::new()
            .hosted("acme")
            .crates_io()
            .view("main", &["acme", "crates-io"])
    }

    /// A hosted registry whose uploads are resolved in `main`.
    pub(crate) fn hosted(self, name: &str) -> Self {
        self.hosted_as(name, Some("main"), Rebuilds::default())
    }

    /// A hosted registry of which no view is asked.
    pub(crate) fn hosted_alone(self, name: &str) -> Self {
        self.hosted_as(name, None, Rebuilds::default())
    }

    /// A hosted registry whose builds are replaced by newer ones.
    pub(crate) fn replacing(self, name: &str) -> Self {
        self.hosted_as(name, Some("main"), Rebuilds::Replace)
    }

    /// Lets a member patch a name that others own.
    pub(crate) fn overlay(self, view: &str, member: &str, name: &str) -> Self {
        self.policy(view, |policy| {
            let names = BTreeSet::from([NamePattern::parse(name).unwrap()]);
            policy.overlays.declare(registry(member), names);
        })
    }

    /// A hosted registry that gives other builds versions of their own.
    pub(crate) fn minting(self, name: &str) -> Self {
        self.hosted_as(name, Some("main"), Rebuilds::Mint)
    }

    fn hosted_as(self, name: &str, resolve_in: Option<&str>, rebuilds: Rebuilds) -> Self {
        let kind = RegistryKind::Hosted {
            resolve_in: resolve_in.map(registry),
            rebuilds,
            lockfile: Lockfile::default(),
        };
        self.registry(name, kind)
    }

    /// The mirror `crates-io`.
    pub(crate) fn crates_io(self) -> Self {
        self.mirror_of("crates-io", Address::CratesIo)
    }

    /// A mirror of the registry at `https://NAME.example/`.
    pub(crate) fn mirror(self, name: &str) -> Self {
        let address = Address::parse(&format!("sparse+https://{name}.example/")).unwrap();
        self.mirror_of(name, address)
    }

    fn mirror_of(self, name: &str, address: Address) -> Self {
        // Every reader asks, so that a test decides what the next one sees.
        let revalidate_after = Duration::ZERO;
        let kind = RegistryKind::Mirror {
            address,
            revalidate_after,
            confirm_removals_after: CONFIRM_AFTER,
            sync: None,
        };
        self.registry(name, kind)
    }

    fn registry(mut self, name: &str, kind: RegistryKind) -> Self {
        let read = Read::Anyone;
        let of_name = Registry { read, kind };
        self.configuration
            .registries
            .insert(registry(name), of_name);
        self
    }

    /// Lets a mirror believe an answer for an hour.
    pub(crate) fn believing(mut self, mirror: &str) -> Self {
        let of_name = self.configuration.registries.get_mut(mirror).unwrap();
        if let RegistryKind::Mirror {
            revalidate_after, ..
        } = &mut of_name.kind
        {
            *revalidate_after = Duration::from_secs(3600);
        }
        self
    }

    /// Lets a mirror bring what it holds up to date by itself.
    pub(crate) fn synced(mut self, mirror: &str) -> Self {
        let of_name = self.configuration.registries.get_mut(mirror).unwrap();
        if let RegistryKind::Mirror { sync, .. } = &mut of_name.kind {
            *sync = Some(SYNC_EVERY);
        }
        self
    }

    /// Lets upstreams give these validators.
    pub(crate) fn validating(mut self, validating: Validating) -> Self {
        self.validating = validating;
        self
    }

    /// A view in which hosted members are inside and mirrors outside.
    pub(crate) fn view(mut self, name: &str, members: &[&str]) -> Self {
        let members: BTreeMap<_, _> = members
            .iter()
            .map(|member| (registry(member), self.member(member)))
            .collect();
        let has_crates_io = members.contains_key("crates-io");
        let policy = ViewPolicy::new(
            registry(name),
            if has_crates_io {
                Identity::CratesIo
            } else {
                Identity::Split
            },
            members,
        );
        let read = Read::Anyone;
        let view = View {
            place: 0,
            read,
            policy,
        };
        self.configuration.views.insert(registry(name), view);
        self
    }

    fn member(&self, name: &str) -> Member {
        let (side, kind) = match &self.configuration.registries[name].kind {
            RegistryKind::Hosted { .. } => (Side::Inside, MemberKind::Hosted),
            RegistryKind::Mirror {
                address: Address::CratesIo,
                ..
            } => (Side::Outside, MemberKind::CratesIo),
            RegistryKind::Mirror { .. } => (Side::Outside, MemberKind::Mirror),
            RegistryKind::Directory => (Side::Inside, MemberKind::Directory),
        };
        Member {
            side,
            kind,
            only: None,
        }
    }

    /// Changes the policy of a view.
    pub(crate) fn policy(mut self, view: &str, change: impl FnOnce(&mut ViewPolicy)) -> Self {
        change(&mut self.configuration.views.get_mut(view).unwrap().policy);
        self
    }

    pub(crate) fn claim(self, view: &str, pattern: &str, member: &str) -> Self {
        self.policy(view, |policy| {
            let pattern = NamePattern::parse(pattern).unwrap();
            policy.claims.insert(pattern, registry(member));
        })
    }

    pub(crate) fn same_crate(self, view: &str, name: &str, members: &[&str]) -> Self {
        self.policy(view, |policy| {
            policy.same_crate.push(SameCrate {
                names: BTreeSet::from([NamePattern::parse(name).unwrap()]),
                members: members.iter().map(|member| registry(member)).collect(),
            });
        })
    }

    pub(crate) async fn open(self) -> World {
        let open = async |clock: Clock| Arc::new(MemoryLedger::new(clock));
        self.open_nodes(1, &open).await.remove(0)
    }

    /// Opens nodes that stand on one ledger, and ask the same upstreams.
    pub(crate) async fn open_nodes<L: Ledger + 'static>(
        self,
        count: usize,
        open: &impl AsyncFn(Clock) -> Arc<L>,
    ) -> Vec<World<L>> {
        let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
        let is_mirror = |kind: &RegistryKind| matches!(kind, RegistryKind::Mirror { .. });
        let mirrors = self.configuration.registries.iter();
        let upstreams: BTreeMap<_, _> = mirrors
            .filter(|(_, registry)| is_mirror(&registry.kind))
            .map(|(name, _)| (name.clone(), Arc::new(MemoryUpstream::new(self.validating))))
            .collect();
        let ledger = open(clock.reading()).await;
        let blobs = Arc::new(MemoryBlobs::default());
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            let keepsake = Arc::new(MemoryKeepsake::default());
            let (on, of) = ((&ledger, &blobs), Some(&keepsake));
            nodes.push(World {
                clock: clock.clone(),
                ledger: ledger.clone(),
                blobs: blobs.clone(),
                upstreams: upstreams.clone(),
                federation: federation(&self.configuration, on.0, on.1, &upstreams, of).await,
                keepsake,
            });
        }
        nodes
    }
}
