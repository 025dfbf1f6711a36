//! Archives: fetched once, verified before they are kept, given to whom a row names them.

use super::package::{Package, packed};
use super::plan::Plan;
use super::row::Row;
use super::world::{World, name, version};
use crossdock_core::checksum::Checksum;
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::StoreError;

const PATHS: [&str; 3] = ["main", "crates-io", "main/from/crates-io"];

async fn world_showing(package: &Package) -> World {
    let world = Plan::usual().open().await;
    world.shows("crates-io", &package.name, &[Row::of(package)]);
    world.has_archive("crates-io", package);
    world
}

#[tokio::test]
async fn an_archive_is_fetched_once_and_kept() {
    let serde = Package::new("serde", "1.0.0");
    let mut world = world_showing(&serde).await;
    // Nobody read the index before: a lock is enough to come here.
    assert_eq!(world.fetch("main", &serde).await.unwrap(), serde.archive());
    assert_eq!(
        world.owner_on_record("main", "serde").await.as_deref(),
        Some("crates-io")
    );
    assert_eq!(world.blobs.checksums(), [serde.checksum()]);
    assert_eq!(world.asked("crates-io"), ["serde", "serde@1.0.0"]);
    world.upstream("crates-io").set_silent(true);
    for _ in 0..2 {
        for path in PATHS {
            assert_eq!(
                world.fetch(path, &serde).await.unwrap(),
                serde.archive(),
                "{path}"
            );
        }
        assert!(
            !world
                .asked("crates-io")
                .iter()
                .any(|asked| asked.contains('@'))
        );
        world.restart().await;
    }
}

#[tokio::test]
async fn many_who_want_it_are_one_request() {
    let serde = Package::new("serde", "1.0.0");
    let world = world_showing(&serde).await;
    world.versions("crates-io", "serde").await;
    world.asked("crates-io");
    let fetched = (0..20).map(|_| world.fetch("crates-io", &serde));
    let fetched = futures::future::join_all(fetched).await;
    assert!(
        fetched
            .into_iter()
            .all(|bytes| bytes.unwrap() == serde.archive())
    );
    assert_eq!(world.asked("crates-io"), ["serde@1.0.0"]);
}

#[tokio::test]
async fn other_bytes_than_the_row_says_are_not_kept() {
    let serde = Package::new("serde", "1.0.0");
    let world = world_showing(&serde).await;
    let forged = serde.clone().library("// forged\n");
    world.has_archive("crates-io", &forged);
    for path in PATHS {
        let refused = world.fetch(path, &serde).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable, "{path}");
        for checksum in [serde.checksum(), forged.checksum()] {
            assert!(refused.detail.contains(&checksum.to_string()), "{refused}");
        }
        // Nor under their own checksum, which no row names.
        let refused = world.fetch(path, &forged).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{path}");
    }
    assert_eq!(world.blobs.checksums(), []);
    world.has_archive("crates-io", &serde);
    assert_eq!(world.fetch("main", &serde).await.unwrap(), serde.archive());
}

#[tokio::test]
async fn an_archive_that_upstream_lacks_or_is_silent_about_may_come_later() {
    let serde = Package::new("serde", "1.0.0");
    let world = world_showing(&serde).await;
    world.versions("main", "serde").await;
    let upstream = world.upstream("crates-io");
    upstream.remove_archive(&name("serde"), &version("1.0.0"));
    let refused = world.fetch("main", &serde).await.unwrap_err();
    assert_eq!(
        refused.kind,
        RefusalKind::Unavailable,
        "the row says that it exists"
    );
    world.has_archive("crates-io", &serde);
    upstream.set_silent(true);
    let refused = world.fetch("main", &serde).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    upstream.set_silent(false);
    assert_eq!(world.fetch("main", &serde).await.unwrap(), serde.archive());
}

#[tokio::test]
async fn an_unsafe_archive_is_quarantined() {
    let evil = packed(&[
        (
            "serde-1.0.0/Cargo.toml",
            "[package]\nname = \"serde\"\nversion = \"1.0.0\"\n",
        ),
        ("other-1.0.0/src/lib.rs", ""),
    ]);
    let (checksum, good) = (Checksum::of(&evil), Package::new("serde", "1.1.0"));
    let world = world_showing(&good).await;
    let row = Row::new("serde", "1.0.0").checksum(checksum);
    world.shows("crates-io", "serde", &[row, Row::of(&good)]);
    let upstream = world.upstream("crates-io");
    upstream.set_archive(&name("serde"), &version("1.0.0"), evil);
    for path in PATHS {
        let refused = world
            .fetch_as(path, "serde", "1.0.0", &checksum)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{path}");
        assert!(refused.detail.contains("quarantined"), "{refused}");
    }
    assert_eq!(world.blobs.checksums(), []);
    assert_eq!(world.fetch("main", &good).await.unwrap(), good.archive());
    let alarms = world.federation.alarms().all().0;
    let kinds: Vec<_> = alarms.iter().map(|alarm| alarm.kind).collect();
    assert_eq!(kinds, ["unsafe-archive"]);
}

#[tokio::test]
async fn only_what_a_row_names_is_given_and_nobody_is_asked_for_more() {
    let serde = Package::new("serde", "1.0.0");
    let world = world_showing(&serde).await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    world.fetch("main", &serde).await.unwrap();
    world.asked("crates-io");
    for (path, of, number, checksum) in [
        ("main", "serde", "1.0.0", petal.checksum()),
        ("main", "serde", "1.0.1", serde.checksum()),
        ("main", "petal", "1.0.0", serde.checksum()),
        ("main/from/crates-io", "petal", "1.0.0", petal.checksum()),
        ("crates-io", "petal", "1.0.0", petal.checksum()),
        ("acme", "serde", "1.0.0", serde.checksum()),
        ("acme", "petal", "1.0.0", serde.checksum()),
    ] {
        let refused = world
            .fetch_as(path, of, number, &checksum)
            .await
            .unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{path} {of} {number}");
    }
    assert!(
        !world
            .asked("crates-io")
            .iter()
            .any(|asked| asked.contains('@'))
    );
}

#[tokio::test]
async fn a_rotten_archive_is_no_answer() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    for spoil in [
        |world: &World, checksum: &Checksum| world.blobs.damage(checksum),
        |world: &World, checksum: &Checksum| world.blobs.lose(checksum),
    ] {
        spoil(&world, &petal.checksum());
        for path in ["acme", "main", "main/from/acme"] {
            let refused = world.fetch(path, &petal).await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Unavailable, "{path}: {refused}");
        }
    }
    world
        .blobs
        .fail_next_read(StoreError::Unavailable("told so".to_owned()));
    let refused = world.fetch("acme", &petal).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
}

#[tokio::test]
async fn a_mirrored_archive_that_decayed_is_fetched_again() {
    let serde = Package::new("serde", "1.0.0");
    let world = world_showing(&serde).await;
    assert_eq!(world.fetch("main", &serde).await.unwrap(), serde.archive());
    world.blobs.damage(&serde.checksum());
    // Another path, so that memory has no answer.
    assert_eq!(
        world.fetch("crates-io", &serde).await.unwrap(),
        serde.archive()
    );
    assert_eq!(
        world.asked("crates-io"),
        ["serde", "serde@1.0.0", "serde@1.0.0"]
    );
}
