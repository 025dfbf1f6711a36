//! What is done, in which world, and how one sees that it was.

use super::super::package::Package;
use super::super::plan::Plan;
use super::super::row::Row;
use super::super::world::{World, ann, name, registry, version};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::decision::Words;
use crossdock_registry::{Refusal, RefusalKind};
use std::collections::BTreeSet;

/// Operations that write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    PublishFirst,
    PublishNext,
    PublishBatch,
    Replace,
    Yank,
    ChangeOwners,
    Claim,
    Transfer,
    Reassign,
    Freeze,
    Retire,
    Purge,
    ReadMirror,
    ReadThroughView,
    FetchArchive,
}

const PATHS: [&str; 8] = [
    "acme",
    "partner",
    "crates-io",
    "main",
    "main/from/acme",
    "main/from/partner",
    "main/from/crates-io",
    "apps",
];

const NAMES: [&str; 4] = ["petal", "leaf", "rose", "serde"];

impl Operation {
    pub(super) const ALL: [Self; 15] = [
        Self::PublishFirst,
        Self::PublishNext,
        Self::PublishBatch,
        Self::Replace,
        Self::Yank,
        Self::ChangeOwners,
        Self::Claim,
        Self::Transfer,
        Self::Reassign,
        Self::Freeze,
        Self::Retire,
        Self::Purge,
        Self::ReadMirror,
        Self::ReadThroughView,
        Self::FetchArchive,
    ];

    /// What the table calls it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::PublishFirst => "publish of a new name",
            Self::PublishNext => "publish of a further version",
            Self::PublishBatch => "publish of three crates together",
            Self::Replace => "publish that replaces a build",
            Self::Yank => "yank",
            Self::ChangeOwners => "change of a crate's owners",
            Self::Claim => "start with another policy",
            Self::Transfer => "transfer",
            Self::Reassign => "reassign",
            Self::Freeze => "freeze",
            Self::Retire => "retire",
            Self::Purge => "purge",
            Self::ReadMirror => "first read of a mirrored name",
            Self::ReadThroughView => "first read of it in a view",
            Self::FetchArchive => "fetch of a mirrored archive",
        }
    }

    /// Where readers look: what a mirror observed on behalf of a view is the mirror's.
    fn paths(self) -> &'static [&'static str] {
        match self {
            Self::ReadThroughView => &["main"],
            _ => &PATHS,
        }
    }

    /// A world in which it can be done.
    pub(super) async fn prepared(self) -> World {
        let mut world = plan().open().await;
        match self {
            Self::PublishNext | Self::Yank | Self::ChangeOwners | Self::Freeze | Self::Purge => {
                world.publish("acme", &petal("1.0.0")).await.unwrap();
            }
            Self::Replace => {
                world.publish("apps", &petal("1.0.0")).await.unwrap();
            }
            Self::Claim => {
                world
                    .restart_with(plan().claim("main", "rose", "acme"))
                    .await
            }
            Self::Transfer | Self::Reassign => {
                world.shows("partner", "petal", &[Row::of(&petal("1.0.0"))]);
                world.versions("main", "petal").await;
                let same = match self {
                    Self::Transfer => petal("1.0.0"),
                    _ => petal("1.0.0").library("pub fn another() {}"),
                };
                let of_public = [Row::of(&same), Row::new("petal", "1.2.0")];
                world.shows("crates-io", "petal", &of_public);
                world.restart().await;
                world.versions("crates-io", "petal").await;
            }
            Self::Retire | Self::FetchArchive => {
                has_serde(&world);
                world.versions("main", "serde").await;
            }
            Self::PublishFirst | Self::PublishBatch | Self::ReadMirror | Self::ReadThroughView => {
                has_serde(&world)
            }
        }
        world
    }

    /// Does it.
    pub(super) async fn act(self, world: &World) -> Result<(), Refusal> {
        let (federation, main) = (&world.federation, registry("main"));
        let (acme, krate, first) = (world.surface("acme"), name("petal"), version("1.0.0"));
        let (public, ann) = (registry("crates-io"), ann());
        let bearer = crossdock_registry::Bearer::Trusted(ann.clone());
        match self {
            Self::PublishFirst => drop(world.publish("acme", &petal("1.0.0")).await?),
            Self::PublishNext => drop(world.publish("acme", &petal("1.1.0")).await?),
            Self::PublishBatch => {
                let bodies = [
                    Package::new("rose", "1.0.0").needs("petal = \"1\""),
                    petal("1.0.0").needs("leaf = \"1\""),
                    Package::new("leaf", "1.0.0"),
                ];
                let bodies: Vec<Bytes> = bodies.iter().map(Package::body).collect();
                let taken = federation.publish_batch(&acme, bodies.concat().into(), &bearer);
                taken.await.map_err(|refused| refused.refusal)?;
            }
            Self::Replace => {
                let build = petal("1.0.0").library("pub fn newer() {}");
                world.publish("apps", &build).await?;
            }
            Self::Yank => {
                let yanked = federation.set_yanked(&acme, &krate, &first, true, &bearer);
                yanked.await?;
            }
            Self::ChangeOwners => {
                let bob = Actor::parse("bob").unwrap();
                let add = [bob];
                let changed = federation.change_owners(&acme, &krate, &add, &[], &bearer);
                changed.await?;
            }
            Self::Claim => federation.adopt_policies(&ann).await?,
            Self::Transfer => {
                let from = registry("partner");
                let transferred = federation.transfer(&main, &krate, &from, &public, &ann);
                transferred.await?;
            }
            Self::Reassign => {
                let reassigned = federation.reassign(&main, &krate, &public, true, &ann);
                reassigned.await?;
            }
            Self::Freeze => {
                let except = BTreeSet::new();
                federation.freeze(&ann, &main, None, except).await?;
            }
            Self::Retire => drop(federation.retire(&public, &ann).await?),
            Self::Purge => {
                let why = Words::parse("court order 7").unwrap();
                let member = registry("acme");
                let purged = federation.purge(&member, &krate, &first, why, &ann);
                purged.await?;
            }
            Self::ReadMirror => drop(world.index("crates-io", "serde").await?),
            Self::ReadThroughView => drop(world.index("main", "serde").await?),
            Self::FetchArchive => drop(world.fetch("main", &serde()).await?),
        }
        Ok(())
    }

    /// Says what readers see, without the outside and without leaving a trace in it.
    pub(super) async fn look(self, world: &World) -> String {
        for upstream in world.upstreams.values() {
            upstream.set_silent(true);
        }
        let mut seen = String::new();
        for name in NAMES {
            for path in self.paths() {
                seen += &format!("{path} {name}: {}\n", rows(world, path, name).await);
            }
            let (acme, of) = (world.surface("acme"), self::name(name));
            let owners = world.federation.owners(&acme, &of).await.ok();
            seen += &format!("owners of {name}: {owners:?}\n");
        }
        for package in [petal("1.0.0"), petal("1.1.0"), serde()] {
            for path in ["acme", "main"] {
                let given = world.fetch(path, &package).await;
                let told = given.map_or_else(|no| format!("{:?}", no.kind), |_| "given".to_owned());
                seen += &format!("{path} {} {}: {told}\n", package.name, package.version);
            }
        }
        for scope in ["main", "crates-io"] {
            let decided = world.federation.decided(&registry(scope));
            // Decided once more is decided.
            let kinds = decided.made().iter().map(|made| made.decision.kind());
            let kinds: BTreeSet<_> = kinds.collect();
            seen += &format!("decided for {scope}: {kinds:?}\n");
        }
        for upstream in world.upstreams.values() {
            upstream.set_silent(false);
        }
        seen
    }
}

async fn rows(world: &World, path: &str, name: &str) -> String {
    match world.index(path, name).await {
        Ok(file) => String::from_utf8(file.plain().to_vec()).unwrap(),
        // What was absent a moment ago may be asked for anew, or not.
        Err(refusal) if refusal.kind == RefusalKind::Absent => "-".to_owned(),
        Err(refusal) if refusal.kind == RefusalKind::Unavailable => "-".to_owned(),
        Err(refusal) => format!("{:?}", refusal.kind),
    }
}

fn plan() -> Plan {
    let plan = Plan::usual().replacing("apps").mirror("partner");
    plan.view("main", &["acme", "apps", "partner", "crates-io"])
}

fn petal(number: &str) -> Package {
    Package::new("petal", number)
}

fn serde() -> Package {
    Package::new("serde", "1.0.0")
}

/// Lets the public registry have `serde`.
fn has_serde(world: &World) {
    world.shows("crates-io", "serde", &[Row::of(&serde())]);
    world.has_archive("crates-io", &serde());
}
