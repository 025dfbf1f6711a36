//! Writes that fail, and writes that fail although they were made.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, version};
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::StoreError;

fn unavailable() -> StoreError {
    StoreError::Unavailable("told so".to_owned())
}

const PATHS: [&str; 3] = ["acme", "main", "main/from/acme"];

/// A world in which `petal` 1.0.0 was published, read, and is in memory everywhere.
async fn world_with_petal() -> World {
    let world = Plan::usual().open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    for path in PATHS {
        assert_eq!(world.versions(path, "petal").await, ["1.0.0"]);
    }
    world
}

/// Reads as the server does: from memory where it can be.
async fn shown(world: &World, path: &str, of: &str) -> Vec<String> {
    let surface = world.surface(path);
    let in_memory = surface.index_path(&name(of).index_name());
    match world.federation.served(&in_memory) {
        Some(file) => versions(file.plain()),
        None => world.versions(path, of).await,
    }
}

fn versions(rows: &[u8]) -> Vec<String> {
    let rows = std::str::from_utf8(rows).unwrap().lines();
    rows.map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let mark = if row["yanked"] == true { "!" } else { "" };
        format!("{}{mark}", row["vers"].as_str().unwrap())
    })
    .collect()
}

#[tokio::test]
async fn a_publish_that_fails_after_its_blob_leaves_no_release() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    world.ledger.fail_next_append(unavailable());
    let refused = world.publish("acme", &petal).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    for path in PATHS {
        let refused = world.index(path, "petal").await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{path}");
        assert!(
            world.fetch(path, &petal).await.is_err(),
            "a blob alone is no release"
        );
    }
    assert_eq!(world.facts().await, [""; 0]);
    world.publish("acme", &petal).await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
}

#[tokio::test]
async fn a_publish_whose_blob_cannot_be_kept_is_no_publish() {
    for (error, kind) in [
        (StoreError::Full("told so".to_owned()), RefusalKind::Full),
        (unavailable(), RefusalKind::Unavailable),
    ] {
        let world = Plan::usual().open().await;
        world.blobs.fail_next_keep(error);
        let petal = Package::new("petal", "1.0.0");
        let refused = world.publish("acme", &petal).await.unwrap_err();
        assert_eq!(refused.kind, kind);
        assert_eq!(world.facts().await, [""; 0]);
        assert!(world.index("main", "petal").await.is_err());
    }
}

#[tokio::test]
async fn a_publish_that_failed_although_recorded_is_seen_and_private() {
    for known_before in [false, true] {
        let world = if known_before {
            world_with_petal().await
        } else {
            Plan::usual().open().await
        };
        world.shows("crates-io", "petal", &[Row::new("petal", "9.9.9")]);
        let petal = Package::new("petal", "1.1.0");
        world.ledger.fail_next_append_once_recorded(unavailable());
        let refused = world.publish("acme", &petal).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable);
        // The answer was lost, the release was not; the name is private already.
        for path in PATHS {
            let shown = shown(&world, path, "petal").await;
            assert_eq!(
                shown.last().unwrap(),
                "1.1.0",
                "{path}, known: {known_before}"
            );
        }
        for path in ["crates-io", "main/from/crates-io"] {
            assert!(world.index(path, "petal").await.is_err());
        }
        assert_eq!(world.asked("crates-io"), [""; 0], "known: {known_before}");
        let again = world.publish("acme", &petal).await.unwrap();
        assert!(again.warnings[0].contains("same bytes"), "{again:?}");
    }
}

#[tokio::test]
async fn a_yank_that_failed_although_recorded_is_seen() {
    let world = world_with_petal().await;
    world.ledger.fail_next_append_once_recorded(unavailable());
    let (surface, petal, first) = (world.surface("acme"), name("petal"), version("1.0.0"));
    let yank = async || {
        let federation = &world.federation;
        federation
            .set_yanked(
                &surface,
                &petal,
                &first,
                true,
                &crossdock_registry::Bearer::Trusted(ann()),
            )
            .await
    };
    assert_eq!(yank().await.unwrap_err().kind, RefusalKind::Unavailable);
    for path in PATHS {
        assert_eq!(shown(&world, path, "petal").await, ["1.0.0!"], "{path}");
    }
    yank().await.unwrap();
    assert_eq!(
        world.facts().await,
        ["published", "owner-recorded", "yanked"]
    );
}

#[tokio::test]
async fn nothing_is_shown_before_it_is_recorded() {
    for recorded in [false, true] {
        let world = Plan::usual().open().await;
        let serde = Row::new("serde", "1.0.0").needs("serde_core", "^1");
        world.shows("crates-io", "serde", &[serde]);
        // First the rows of the mirror, then what the view's row rests on.
        for (facts, without) in [(1, 0), (4, 1)] {
            if recorded {
                world.ledger.fail_next_append_once_recorded(unavailable());
            } else {
                world.ledger.fail_next_append(unavailable());
            }
            let refused = world.index("main", "serde").await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Unavailable);
            assert!(world.federation.served("main/index/se/rd/serde").is_none());
            let expected = if recorded { facts } else { without };
            assert_eq!(world.facts().await.len(), expected, "recorded: {recorded}");
            if !recorded {
                // The mirror's rows get through the second time.
                world.versions("crates-io", "serde").await;
            }
        }
        assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
        let expected = [
            "observed",
            "owner-recorded",
            "spelling-pinned",
            "owner-recorded",
        ];
        assert_eq!(world.facts().await, expected, "recorded: {recorded}");
    }
}

#[tokio::test]
async fn what_is_held_is_given_where_news_of_it_cannot_be_recorded() {
    for error in [StoreError::Full("told so".to_owned()), unavailable()] {
        let world = Plan::usual().open().await;
        let first = Row::new("serde", "1.0.0");
        world.shows("crates-io", "serde", std::slice::from_ref(&first));
        assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
        world.shows("crates-io", "serde", &[first, Row::new("serde", "1.1.0")]);
        world.ledger.fail_next_append(error);
        assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
        assert_eq!(world.versions("main", "serde").await, ["1.0.0", "1.1.0"]);
    }
}

#[tokio::test]
async fn a_fetched_archive_that_cannot_be_kept_is_not_given() {
    let world = Plan::usual().open().await;
    let serde = Package::new("serde", "1.0.0");
    world.shows("crates-io", "serde", &[Row::of(&serde)]);
    world.has_archive("crates-io", &serde);
    world
        .blobs
        .fail_next_keep(StoreError::Full("told so".to_owned()));
    let refused = world.fetch("main", &serde).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Full);
    assert_eq!(world.fetch("main", &serde).await.unwrap(), serde.archive());
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_said_so() {
    let world = Plan::usual().open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    for path in PATHS {
        world.ledger.fail_next_read(unavailable());
        let refused = world.index(path, "petal").await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable, "{path}");
        assert_eq!(world.versions(path, "petal").await, ["1.0.0"], "{path}");
    }
}
