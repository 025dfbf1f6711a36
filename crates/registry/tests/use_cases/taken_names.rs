//! A name that a view shows from elsewhere cannot be published for the first time.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::World;
use crossdock_registry::RefusalKind;

async fn refused(world: &World, registry: &str, name: &str, parts: &[&str]) {
    let facts = world.facts().await.len();
    let refused = world.publish(registry, &Package::new(name, "9.0.0")).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
    for part in parts {
        assert!(refused.detail.contains(part), "{part}: {refused}");
    }
    assert_eq!(world.facts().await.len(), facts);
    assert_eq!(world.blobs.checksums().len(), 0, "nothing is kept of it");
}

#[tokio::test]
async fn what_was_read_from_outside_is_taken() {
    let mut world = Plan::usual().open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.versions("main", "serde").await;
    for _ in 0..2 {
        refused(
            &world,
            "acme",
            "serde",
            &["`main`", "`crates-io`", "`serde`"],
        )
        .await;
        refused(&world, "acme", "Serde", &["`crates-io`"]).await;
        world.restart().await;
    }
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
}

#[tokio::test]
async fn what_a_served_row_names_is_taken() {
    let world = Plan::usual().open().await;
    let serde = Row::new("serde", "1.0.0").needs("serde_core", "^1");
    world.shows("crates-io", "serde", &[serde]);
    world.versions("main", "serde").await;
    refused(&world, "acme", "serde-core", &["`crates-io`"]).await;
}

#[tokio::test]
async fn what_nobody_read_is_free_and_private_from_then_on() {
    let world = Plan::usual().open().await;
    world.shows("crates-io", "petal", &[Row::new("petal", "9.9.9")]);
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn what_another_team_has_is_taken_unless_declared_one_crate() {
    let plan = || {
        let plan = Plan::usual().hosted("apps");
        plan.view("main", &["acme", "apps", "crates-io"])
    };
    let petal = Package::new("petal", "1.0.0");
    let world = plan().open().await;
    world.publish("acme", &petal).await.unwrap();
    let refused = world.publish("apps", &petal).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    assert!(refused.detail.contains("`acme`"), "{refused}");

    let declared = plan().same_crate("main", "petal", &["acme", "apps"]);
    let world = declared.open().await;
    world.publish("acme", &petal).await.unwrap();
    world.publish("apps", &petal).await.unwrap();
    world
        .publish("apps", &Package::new("petal", "1.1.5"))
        .await
        .unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.5"]);
    let owners = world.owner_on_record("main", "petal").await;
    assert_eq!(owners.as_deref(), Some("acme apps"));
}

#[tokio::test]
async fn what_is_claimed_for_another_is_taken_with_the_line_that_settles_it() {
    let plan = Plan::usual().hosted("apps");
    let plan = plan.view("main", &["acme", "apps", "crates-io"]);
    let world = plan.claim("main", "app-*", "apps").open().await;
    refused(
        &world,
        "acme",
        "app-one",
        &["`apps`", "claims = { app-one = \"acme\" }"],
    )
    .await;
    let one = Package::new("app-one", "1.0.0");
    world.publish("apps", &one).await.unwrap();
    assert_eq!(world.asked("crates-io"), [""; 0]);
}
