//! Folders that are registries: what a look takes in, and what outlives it.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, name, registry, version};
use crossdock_core::checksum::Checksum;
use crossdock_registry::configuration::{Read, Registry, RegistryKind};
use crossdock_registry::memory::MemoryDirectory;
use crossdock_registry::ports::{Blobs, FolderRelease, StoreError};
use crossdock_registry::{Federation, Ports, RefusalKind};
use std::collections::BTreeMap;
use std::sync::Arc;

const PATHS: [&str; 3] = ["lab", "main", "main/from/lab"];

struct Lab {
    world: World,
    folder: Arc<MemoryDirectory>,
}

impl Lab {
    /// The folder `lab`, hosted `acme` and a mirror of crates.io, in view `main`.
    async fn open() -> Self {
        let read = Read::Anyone;
        let kind = RegistryKind::Directory;
        let mut plan = Plan::new().hosted("acme").crates_io();
        let registries = &mut plan.configuration.registries;
        registries.insert(registry("lab"), Registry { read, kind });
        let plan = plan.view("main", &["acme", "crates-io", "lab"]);
        let configuration = plan.configuration.clone();
        // The plan's own federation has no folder to look at.
        let mut bare = plan;
        bare.configuration.registries.remove("lab");
        bare.configuration.views.clear();
        let mut lab = Self {
            world: bare.open().await,
            folder: Arc::default(),
        };
        lab.start(configuration).await;
        lab
    }

    async fn start(&mut self, configuration: crossdock_registry::configuration::Configuration) {
        let world = &mut self.world;
        world.federation.shutdown().await;
        let upstreams = world.upstreams.iter();
        let ports = Ports {
            keepsake: None,
            ledger: world.ledger.clone(),
            blobs: world.blobs.clone(),
            upstreams: upstreams
                .map(|(name, upstream)| (name.clone(), upstream.clone() as _))
                .collect(),
            directories: BTreeMap::from([(registry("lab"), self.folder.clone() as _)]),
        };
        world.federation = Federation::open(configuration, ports).await.unwrap();
    }

    async fn restart(&mut self) {
        let configuration = self.world.federation.configuration().clone();
        self.start(configuration).await;
    }

    async fn has(&self, packages: &[(&str, &Package)]) {
        let mut releases = Vec::new();
        for (origin, package) in packages {
            let archive = package.archive();
            let checksum = Checksum::of(&archive);
            let (name, version) = (name(&package.name), version(&package.version));
            let inspection = crossdock_archive::inspect(
                &archive,
                &name,
                &version,
                crossdock_archive::Scope::Publish,
                &crossdock_archive::Limits::default(),
            );
            let manifest = crossdock_wire::manifest::parse(&inspection.unwrap().manifest).unwrap();
            self.world.blobs.keep(&checksum, archive).await.unwrap();
            releases.push(FolderRelease {
                name,
                version,
                checksum,
                manifest,
                origin: (*origin).to_owned(),
            });
        }
        self.folder.has(releases);
    }

    async fn fetches(&self, path: &str, package: &Package) -> bool {
        let (surface, name) = (self.world.surface(path), name(&package.name));
        let (version, checksum) = (version(&package.version), package.checksum());
        let federation = &self.world.federation;
        let fetched = federation.fetch_crate(&surface, &name, &version, &checksum);
        match fetched.await {
            Ok(bytes) => bytes == package.archive(),
            Err(refusal) => {
                assert_eq!(refusal.kind, RefusalKind::Absent, "{refusal}");
                false
            }
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("told so".to_owned())
}

#[tokio::test]
async fn rows_change_with_the_folder_and_old_builds_are_given() {
    let mut lab = Lab::open().await;
    let first = Package::new("petal", "1.0.0");
    let second = Package::new("petal", "1.0.0").library("// Other.");
    let never = Package::new("petal", "1.0.0").library("// Never.");
    for package in [&first, &second] {
        lab.has(&[("petal/Cargo.toml", package)]).await;
        for path in PATHS {
            let rows = lab.world.rows(path, "petal").await;
            assert_eq!(rows[0]["cksum"], package.checksum().to_string(), "{path}");
        }
    }
    for _ in 0..2 {
        for path in PATHS {
            assert!(lab.fetches(path, &first).await, "{path}");
            assert!(lab.fetches(path, &second).await, "{path}");
            assert!(!lab.fetches(path, &never).await, "{path}");
        }
        let facts = lab.world.facts().await;
        assert_eq!(facts.iter().filter(|fact| **fact == "observed").count(), 2);
        lab.restart().await;
    }
    // Taken out: yanked, and back again.
    lab.has(&[]).await;
    assert_eq!(lab.world.versions("main", "petal").await, ["1.0.0!"]);
    assert!(lab.fetches("main", &second).await);
    lab.has(&[("petal/Cargo.toml", &second)]).await;
    assert_eq!(lab.world.versions("main", "petal").await, ["1.0.0"]);
}

#[tokio::test]
async fn a_look_that_is_recorded_or_not_shows_what_is_recorded() {
    for recorded in [false, true] {
        let lab = Lab::open().await;
        lab.world
            .shows("crates-io", "petal", &[Row::new("petal", "9.9.9")]);
        lab.has(&[("a.crate", &Package::new("petal", "1.0.0"))])
            .await;
        assert_eq!(lab.world.versions("main", "petal").await, ["1.0.0"]);
        lab.has(&[("a.crate", &Package::new("petal", "1.1.0"))])
            .await;
        match recorded {
            true => lab
                .world
                .ledger
                .fail_next_append_once_recorded(unavailable()),
            false => lab.world.ledger.fail_next_append(unavailable()),
        }
        let shown = lab.world.versions("main", "petal").await;
        let expected: &[&str] = match recorded {
            true => &["1.0.0!", "1.1.0"],
            false => &["1.0.0"],
        };
        assert_eq!(shown, expected);
        // The next look makes up for it.
        assert_eq!(
            lab.world.versions("main", "petal").await,
            ["1.0.0!", "1.1.0"]
        );
        assert_eq!(lab.world.asked("crates-io"), [""; 0]);
    }
}

#[tokio::test]
async fn a_silent_folder_is_not_an_empty_one() {
    let mut lab = Lab::open().await;
    lab.world
        .shows("crates-io", "soil", &[Row::new("soil", "1.0.0")]);
    lab.folder.falls_silent("not mounted");
    let refused = lab.world.index("main", "soil").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable, "{refused}");
    assert!(refused.detail.contains("not mounted"), "{refused}");
    assert_eq!(lab.world.asked("crates-io"), [""; 0]);
    lab.has(&[("a.crate", &Package::new("petal", "1.0.0"))])
        .await;
    assert_eq!(lab.world.versions("main", "petal").await, ["1.0.0"]);
    lab.world.rows("main", "soil").await;
    lab.folder.falls_silent("not mounted");
    lab.restart().await;
    assert_eq!(lab.world.versions("main", "petal").await, ["1.0.0"]);
    assert_eq!(lab.world.federation.alarms().all().0.len(), 1);
}

#[tokio::test]
async fn a_bare_dependency_is_the_folders_own_and_else_settled_in_the_view() {
    let lab = Lab::open().await;
    // What it depends on came to lie beside it later: then it is meant.
    let early = Package::new("early", "1.0.0").needs("late = \"1\"");
    lab.has(&[("early.crate", &early)]).await;
    let of = async || lab.world.rows("lab", "early").await[0]["deps"][0]["registry"].clone();
    assert!(of().await.is_string());
    let late = Package::new("late", "1.0.0");
    lab.has(&[("early.crate", &early), ("late.crate", &late)])
        .await;
    assert!(of().await.is_null());
    lab.world
        .publish("acme", &Package::new("leaf", "1.0.0"))
        .await
        .unwrap();
    let bud = Package::new("bud", "1.0.0").needs("petal = \"1\"\nleaf = \"1\"\nsoil = \"1\"");
    lab.has(&[
        ("bud.crate", &bud),
        ("petal.crate", &Package::new("petal", "1.0.0")),
    ])
    .await;
    let rows = lab.world.rows("lab", "bud").await;
    let registries: BTreeMap<_, _> = rows[0]["deps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dependency| {
            (
                dependency["name"].as_str().unwrap(),
                &dependency["registry"],
            )
        })
        .collect();
    assert!(registries["petal"].is_null(), "{registries:?}");
    assert!(
        registries["leaf"]
            .as_str()
            .unwrap()
            .ends_with("/acme/index/"),
        "{registries:?}"
    );
    assert!(
        registries["soil"]
            .as_str()
            .unwrap()
            .ends_with("crates.io-index"),
        "{registries:?}"
    );
    assert_eq!(lab.world.asked("crates-io"), [""; 0]);
}
