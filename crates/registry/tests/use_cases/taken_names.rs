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

/// Two had it before the view did: who publishes next decides nothing.
#[tokio::test]
async fn what_two_had_before_is_not_decided_by_the_next_publish() {
    let plan = || Plan::usual().hosted("apps");
    let apart = plan().view("main", &["acme", "crates-io"]);
    let mut world = apart.view("other", &["apps"]).open().await;
    let first = |text: &str| Package::new("petal", "1.0.0").library(text);
    world.publish("acme", &first("// acme")).await.unwrap();
    world.publish("apps", &first("// apps")).await.unwrap();
    let together = plan().view("together", &["acme", "apps", "crates-io"]);
    world.restart_with(together).await;
    let next = Package::new("petal", "1.1.0");
    world.publish("acme", &next).await.unwrap();
    assert_eq!(world.owner_on_record("together", "petal").await, None);
    let refused = world.index("together", "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict, "{refused}");
}

/// Held without ever being shown, as what is fetched ahead.
#[tokio::test]
async fn what_is_known_to_be_public_is_taken_only_by_a_claim() {
    let mut world = Plan::usual().open().await;
    world.shows("crates-io", "fnv_rs", &[Row::new("fnv_rs", "1.0.0")]);
    world.versions("crates-io", "fnv_rs").await;
    let parts = ["`crates-io`", "public", "claims"];
    refused(&world, "acme", "fnv_rs", &parts).await;
    refused(&world, "acme", "fnv-rs", &parts).await;
    world
        .restart_with(Plan::usual().claim("main", "fnv-rs", "acme"))
        .await;
    let meant = Package::new("fnv-rs", "9.0.0");
    world.publish("acme", &meant).await.unwrap();
    assert_eq!(world.versions("main", "fnv-rs").await, ["9.0.0"]);
}
