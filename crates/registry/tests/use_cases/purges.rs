//! Purges: what they reach at once, what a start finishes, what is told of them.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_core::decision::{Decision, Purged, Words};
use crossdock_registry::{Purge, RefusalKind};

impl World {
    async fn purge(&self, member: &str, package: &Package, reason: &str) -> Purge {
        let (member, reason) = (registry(member), Words::parse(reason).unwrap());
        let (name, version) = (name(&package.name), version(&package.version));
        self.federation
            .purge(&member, &name, &version, reason, &ann())
            .await
            .unwrap()
    }

    fn holds(&self, package: &Package) -> bool {
        self.blobs.checksums().contains(&package.checksum())
    }
}

async fn with_petals() -> (World, Package) {
    let world = Plan::usual().open().await;
    let old = Package::new("petal", "1.0.0");
    world.publish("acme", &old).await.unwrap();
    let petal = Package::new("petal", "1.1.0");
    world.publish("acme", &petal).await.unwrap();
    (world, petal)
}

#[tokio::test]
async fn a_purge_is_seen_at_once_in_frozen_views_and_epochs() {
    let (mut world, petal) = with_petals().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    let before = world.epoch().await.to_string();
    world.freeze("leaf").await.unwrap();
    let during = world.epoch().await.to_string();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    // Opened before the purge, and kept open.
    for when in [&before, &during] {
        let then = world.versions_at("main", when, "petal").await;
        assert_eq!(then, ["1.0.0", "1.1.0"]);
        world.fetch_at(when, &petal).await.unwrap();
    }
    world.purge("acme", &petal, "court order 7").await;
    for _ in 0..2 {
        assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
        let live = world.fetch("main", &petal).await.unwrap_err();
        assert_eq!(live.kind, RefusalKind::Purged);
        for when in [&before, &during] {
            let then = world.versions_at("main", when, "petal").await;
            assert_eq!(then, ["1.0.0", "1.1.0!"], "at/{when}");
            let refused = world.fetch_at(when, &petal).await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Purged, "{refused}");
        }
        world.restart().await;
    }
}

/// Killed between the fact and the deletion: the next start finishes the job.
#[tokio::test]
async fn a_start_deletes_what_a_purge_left() {
    let plan = Plan::new()
        .hosted("acme")
        .hosted("apps")
        .crates_io()
        .view("main", &["acme", "crates-io"]);
    let mut world = plan.open().await;
    let (mine, ours) = (
        Package::new("petal", "1.0.0"),
        Package::new("rose", "1.0.0"),
    );
    for (member, package) in [("acme", &mine), ("acme", &ours), ("apps", &ours)] {
        world.publish(member, package).await.unwrap();
    }
    let public = Package::new("sea-weed", "1.0.0");
    world.shows("crates-io", "sea-weed", &[Row::of(&public)]);
    world.has_archive("crates-io", &public);
    world.fetch("main", &public).await.unwrap();
    for (member, package) in [("acme", &mine), ("acme", &ours), ("crates-io", &public)] {
        let purged = Decision::Purged(Purged {
            name: name(&package.name).key(),
            version: version(&package.version),
            checksum: package.checksum(),
            reason: Words::parse("court order 7").unwrap(),
        });
        let member = registry(member);
        let decided = world.federation.decide(&ann(), &member, purged).await;
        decided.unwrap();
        assert!(world.holds(package));
    }
    world.restart().await;
    assert!(!world.holds(&mine) && !world.holds(&public));
    assert!(world.holds(&ours), "another registry has it");
    world.fetch("apps", &ours).await.unwrap();
}

#[tokio::test]
async fn a_purged_release_is_explained_as_one_and_the_first_reason_stands() {
    let (world, petal) = with_petals().await;
    let first = world.purge("acme", &petal, "court order 7").await;
    assert_eq!(first.before, None);
    let again = world.purge("acme", &petal, "another reason").await;
    let before = again.before.unwrap();
    assert_eq!(
        (before.actor.as_str(), before.reason.as_str()),
        ("ann", "court order 7")
    );
    let (main, petal) = (registry("main"), name("petal"));
    for (number, outcome) in [("1.0.0", "served"), ("1.1.0", "purged")] {
        let number = version(number);
        let explained = world.federation.explain(&main, &petal, Some(&number));
        let explained = explained.await.unwrap();
        assert_eq!(explained.outcome, outcome);
        let purged = explained.versions[0].purged.as_ref();
        assert_eq!(purged, (outcome == "purged").then_some(&before));
        let told = explained.past.iter().map(|past| past.what.as_str());
        let told: Vec<_> = told.filter(|what| what.contains("purged")).collect();
        let words = "1.1.0 was purged from `acme`: court order 7";
        assert_eq!(told.contains(&words), outcome == "purged", "{told:?}");
    }
    let explained = world.explain("petal").await;
    assert_eq!(explained.outcome, "served");
    assert!(explained.versions[0].purged.is_some());
}
