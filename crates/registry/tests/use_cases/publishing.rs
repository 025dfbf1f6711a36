//! A publish: what it makes visible, and what a refusal leaves behind.

use super::package::{Package, body, packed};
use super::plan::Plan;
use super::world::{BEGIN, World, ann};
use bytes::Bytes;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::{Refusal, RefusalKind};

#[tokio::test]
async fn what_is_published_is_read_in_registry_view_and_face() {
    let mut world = Plan::usual().open().await;
    let petal = Package::new("Petal", "1.0.0");
    let published = world.publish("acme", &petal).await.unwrap();
    assert_eq!(published.warnings, [""; 0]);
    for restarted in [false, true] {
        for path in ["acme", "main", "main/from/acme"] {
            let rows = world.rows(path, "petal").await;
            assert_eq!(rows.len(), 1, "{path}");
            assert_eq!(rows[0]["name"], "Petal");
            assert_eq!(rows[0]["vers"], "1.0.0");
            assert_eq!(rows[0]["cksum"], petal.checksum().to_string());
            assert_eq!(rows[0]["yanked"], false);
            assert_eq!(rows[0]["pubtime"], BEGIN);
            let fetched = world.fetch(path, &petal).await.unwrap();
            assert_eq!(fetched, petal.archive(), "{path}, restarted: {restarted}");
        }
        world.restart().await;
    }
    assert_eq!(
        world.asked("crates-io"),
        [""; 0],
        "nobody outside was asked"
    );
}

#[tokio::test]
async fn publish_and_ownership_are_recorded_together() {
    let world = Plan::usual()
        .hosted("apps")
        .view("other", &["apps"])
        .open()
        .await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    assert_eq!(world.facts().await, ["published", "owner-recorded"]);
    let owner = world.owner_on_record("main", "petal").await;
    assert_eq!(owner.as_deref(), Some("acme"));
    assert_eq!(world.owner_on_record("other", "petal").await, None);
    let next = Package::new("petal", "1.1.0");
    world.publish("acme", &next).await.unwrap();
    assert_eq!(world.facts().await[2..], ["published"]);
    assert_eq!(world.blobs.checksums().len(), 2);
}

#[tokio::test]
async fn a_new_version_is_seen_at_once_by_whoever_read_before() {
    let world = Plan::usual().open().await;
    let paths = ["acme", "main", "main/from/acme"];
    for (number, shown) in [
        ("1.1.0", &["1.1.0"][..]),
        ("1.0.0", &["1.0.0", "1.1.0"]),
        ("2.0.0-rc.1", &["1.0.0", "1.1.0", "2.0.0-rc.1"]),
    ] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
        for path in paths {
            assert_eq!(world.versions(path, "petal").await, shown, "{path}");
            let in_memory = format!("{path}/index/pe/ta/petal");
            assert!(world.federation.served(&in_memory).is_some(), "{in_memory}");
        }
    }
}

#[tokio::test]
async fn pubtime_is_the_time_of_each_publish_and_no_clients() {
    let world = Plan::usual().open().await;
    let later = "2026-11-22T00:00:00Z";
    for (number, time) in [("1.0.0", BEGIN), ("1.1.0", later)] {
        world.clock.set(Timestamp::parse(time).unwrap());
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    let rows = world.rows("main", "petal").await;
    assert_eq!(rows[0]["pubtime"], BEGIN);
    assert_eq!(rows[1]["pubtime"], later);
}

#[tokio::test]
async fn equal_bytes_again_are_success_that_says_so() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    let again = world.publish("acme", &petal).await.unwrap();
    assert_eq!(again.warnings.len(), 1);
    assert!(again.warnings[0].contains("same bytes"), "{again:?}");
    assert_eq!(world.facts().await.len(), 2);
}

#[tokio::test]
async fn a_version_with_other_content_or_build_is_refused() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0+first");
    world.publish("acme", &petal).await.unwrap();
    let kept = petal.checksum().to_string();
    for (again, why) in [
        (petal.clone().library("// other\n"), "other content"),
        (Package::new("petal", "1.0.0"), "build metadata only"),
        (Package::new("petal", "1.0.0+second"), "build metadata only"),
    ] {
        let refused = world.publish("acme", &again).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Exists);
        for part in [why, kept.as_str(), "publish a new version"] {
            assert!(refused.detail.contains(part), "{part}: {refused}");
        }
    }
    assert_eq!(world.versions("acme", "petal").await, ["1.0.0+first"]);
    assert_eq!(world.facts().await.len(), 2);
}

#[tokio::test]
async fn a_name_is_published_in_its_first_spelling() {
    let world = Plan::usual().open().await;
    let first = Package::new("Foo_Bar", "1.0.0");
    world.publish("acme", &first).await.unwrap();
    for other in ["foo-bar", "foo_bar", "Foo-Bar"] {
        let refused = world.publish("acme", &Package::new(other, "1.1.0")).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Invalid);
        assert!(refused.detail.contains("`Foo_Bar`"), "{refused}");
    }
    assert_eq!(world.versions("main", "foo_bar").await, ["1.0.0"]);
    // cargo tries `-` for `_`: another index file, and another name, which is not there.
    let other = world.index("main", "foo-bar").await.unwrap_err();
    assert_eq!(other.kind, RefusalKind::Absent);
}

#[tokio::test]
async fn a_publish_to_a_view_goes_to_the_owner_the_claim_or_the_default() {
    let plan = Plan::usual()
        .hosted("apps")
        .view("main", &["acme", "apps", "crates-io"]);
    let world = plan.claim("main", "app-*", "apps").open().await;
    let lost = Package::new("petal", "1.0.0");
    let refused = world.publish("main", &lost).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    assert!(refused.detail.contains("publish-to"), "{refused}");
    untouched(&world).await;
    world.publish("acme", &lost).await.unwrap();
    let next = Package::new("petal", "1.1.0");
    world.publish("main", &next).await.unwrap();
    assert_eq!(world.versions("acme", "petal").await, ["1.0.0", "1.1.0"]);
    let claimed = Package::new("app-one", "1.0.0");
    world.publish("main", &claimed).await.unwrap();
    assert_eq!(world.versions("apps", "app-one").await, ["1.0.0"]);
}

#[tokio::test]
async fn mirrors_and_faces_take_no_publish() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    for path in ["crates-io", "main/from/acme", "main/from/crates-io"] {
        let refused = world.publish(path, &petal).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unsupported, "{path}");
    }
    untouched(&world).await;
}

#[tokio::test]
async fn a_refused_publish_leaves_nothing() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    let other_root = packed(&[("other-1.0.0/Cargo.toml", "[package]\n")]);
    for (body, why) in [
        (Bytes::new(), "metadata"),
        (petal.body().slice(..40), "metadata"),
        (petal.body().slice(..200), "archive"),
        (
            [petal.body(), Bytes::from_static(b"x")].concat().into(),
            "after the archive",
        ),
        (body("petal", "1.0.0", b"no gzip"), "gzip"),
        (body("petal", "1.0.0", &other_root), "is not below"),
        (
            body("petal", "1.0.0", &packed(&[])),
            "petal-1.0.0/Cargo.toml",
        ),
        (body("petal", "1.0", &petal.archive()), "MAJOR.MINOR.PATCH"),
        (body("../petal", "1.0.0", &petal.archive()), "start with"),
        (body("stem", "1.0.0", &petal.archive()), "stem-1.0.0"),
        (Package::new("std", "1.0.0").body(), "reserved"),
        (petal.clone().needs("rose = \"*\"").body(), "`rose`"),
        (petal.clone().needs("petal = \"1\"").body(), "itself"),
        (
            petal.clone().with("[features]\n\"a b\" = []").body(),
            "feature name",
        ),
    ] {
        let surface = world.surface("acme");
        let refused = world
            .federation
            .publish(&surface, body, &crossdock_registry::Bearer::Trusted(ann()))
            .await;
        let refused: Refusal = refused.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Invalid, "{why}: {refused}");
        assert!(refused.detail.contains(why), "{why}: {refused}");
        untouched(&world).await;
    }
}

/// A manifest that says another name than upload and folder would be unpacked as
/// somebody else.
#[tokio::test]
async fn an_archive_of_another_release_is_refused() {
    let world = Plan::usual().open().await;
    for (inner, version) in [("petals", "1.0.0"), ("petal", "1.0.1")] {
        let manifest = format!("[package]\nname = \"{inner}\"\nversion = \"{version}\"\n");
        let archive = packed(&[("petal-1.0.0/Cargo.toml", &manifest)]);
        let surface = world.surface("acme");
        let body = body("petal", "1.0.0", &archive);
        let refused = world
            .federation
            .publish(&surface, body, &crossdock_registry::Bearer::Trusted(ann()))
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Invalid);
        assert!(refused.detail.contains(inner) && refused.detail.contains(version));
        untouched(&world).await;
    }
}

async fn untouched(world: &World) {
    assert_eq!(world.facts().await, [""; 0]);
    assert_eq!(world.blobs.checksums(), []);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}
