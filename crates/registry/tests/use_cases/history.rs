//! What a mirror once showed stays: the same versions, rows and bytes.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, index_name};
use crossdock_core::checksum::Checksum;

/// A world in which `serde` 1.0.0 and 1.1.0 were read.
async fn seen() -> World {
    let world = Plan::usual().open().await;
    world.shows("crates-io", "serde", &rows());
    world.versions("main", "serde").await;
    world
}

fn rows() -> [Row; 2] {
    [
        Row::new("serde", "1.0.0"),
        Row::new("serde", "1.1.0").needs("serde_core", "=1.1.0"),
    ]
}

const PATHS: [&str; 3] = ["main", "crates-io", "main/from/crates-io"];

#[tokio::test]
async fn upstreams_may_add_yank_and_unyank() {
    let mut world = seen().await;
    let [first, second] = rows();
    let third = Row::new("serde", "2.0.0");
    for (rows, shown) in [
        (
            vec![first.clone(), second.clone(), third.clone()],
            ["1.0.0", "1.1.0", "2.0.0"],
        ),
        (
            vec![first.clone().yanked(), second.clone(), third.clone()],
            ["1.0.0!", "1.1.0", "2.0.0"],
        ),
        (vec![third, second, first], ["1.0.0", "1.1.0", "2.0.0"]),
    ] {
        world.shows("crates-io", "serde", &rows);
        for _ in 0..2 {
            for path in PATHS {
                assert_eq!(world.versions(path, "serde").await, shown, "{path}");
            }
            world.restart().await;
        }
    }
}

#[tokio::test]
async fn what_was_absent_may_be_filled_in() {
    let world = seen().await;
    let [first, second] = rows();
    let dated = first
        .with("pubtime", "2020-01-01T00:00:00Z")
        .with("news", 7);
    world.shows("crates-io", "serde", &[dated, second]);
    for path in PATHS {
        let rows = world.rows(path, "serde").await;
        assert_eq!(rows[0]["pubtime"], "2020-01-01T00:00:00Z", "{path}");
        assert_eq!(
            rows[0]["news"], 7,
            "a newer cargo finds what a newer upstream wrote"
        );
    }
}

#[tokio::test]
async fn a_changed_checksum_keeps_the_first() {
    let mut world = seen().await;
    let (first, package) = (rows()[0].clone(), Package::new("serde", "1.0.0"));
    world.has_archive("crates-io", &package);
    let forged = first.checksum(Checksum::of(b"forged"));
    world.shows(
        "crates-io",
        "serde",
        &[forged, rows()[1].clone(), Row::new("serde", "1.2.0")],
    );
    for _ in 0..2 {
        for path in PATHS {
            let rows = world.rows(path, "serde").await;
            assert_eq!(rows[0]["cksum"], package.checksum().to_string(), "{path}");
            assert_eq!(rows.len(), 3, "what else is new is shown");
        }
        assert_eq!(
            world.fetch("main", &package).await.unwrap(),
            package.archive()
        );
        let forged = Checksum::of(b"forged");
        let fetched = world.fetch_as("main", "serde", "1.0.0", &forged).await;
        assert!(fetched.is_err());
        world.restart().await;
    }
}

#[tokio::test]
async fn a_changed_resolution_keeps_the_first() {
    let [first, second] = rows();
    for changed in [
        second.clone().needs("evil", "^1"),
        second.clone().with("deps", serde_json::json!([])),
        second.clone().with(
            "features",
            serde_json::json!({ "default": ["serde_core/evil"] }),
        ),
        second
            .clone()
            .with("links", "evil")
            .with("features", serde_json::json!({ "a": [] })),
    ] {
        let world = seen().await;
        let before = world.rows("main", "serde").await;
        world.shows("crates-io", "serde", &[first.clone(), changed]);
        assert_eq!(world.rows("main", "serde").await, before);
    }
}

#[tokio::test]
async fn what_vanishes_upstream_stays() {
    let mut world = seen().await;
    world.shows("crates-io", "serde", &[rows()[1].clone()]);
    for path in PATHS {
        assert_eq!(
            world.versions(path, "serde").await,
            ["1.0.0", "1.1.0"],
            "{path}"
        );
    }
    world
        .upstream("crates-io")
        .remove_entry(&index_name("serde"));
    for _ in 0..2 {
        for path in PATHS {
            assert_eq!(
                world.versions(path, "serde").await,
                ["1.0.0", "1.1.0"],
                "{path}"
            );
        }
        world.restart().await;
    }
}
