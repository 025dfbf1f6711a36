//! Releases that come together: what they are to each other, and what a failure leaves.

use super::package::Package;
use super::plan::Plan;
use super::world::{World, address, ann};
use bytes::Bytes;
use crossdock_core::fact::Event;
use crossdock_registry::ports::StoreError;
use crossdock_registry::{BatchCrate, BatchRefused, Bearer, RefusalKind};
use serde_json::Value;

async fn publish(
    world: &World,
    path: &str,
    packages: &[&Package],
) -> Result<Vec<BatchCrate>, BatchRefused> {
    let bodies: Vec<Bytes> = packages.iter().map(|package| package.body()).collect();
    let surface = world.surface(path);
    let batch = bodies.concat().into();
    world
        .federation
        .publish_batch(&surface, batch, &Bearer::Trusted(ann()))
        .await
}

fn statuses(crates: &[BatchCrate]) -> Vec<&str> {
    crates.iter().map(|one| one.status).collect()
}

async fn published(world: &World) -> Vec<String> {
    let events = world.events().await;
    let published = events.iter().filter_map(|event| match event {
        Event::Published { name, version, .. } => Some(format!("{name} {version}")),
        _ => None,
    });
    published.collect()
}

#[tokio::test]
async fn bare_dependencies_on_each_other_are_private_and_facts_come_in_their_order() {
    let world = Plan::usual().open().await;
    let leaf = Package::new("leaf", "1.0.0");
    let petal = Package::new("petal", "1.0.0").needs("leaf = \"1\"");
    let bloom = Package::new("bloom", "1.0.0").needs("petal = \"1\"\nserde = \"1\"");
    let taken = publish(&world, "acme", &[&bloom, &petal, &leaf]).await;
    assert_eq!(statuses(&taken.unwrap()), ["published"; 3]);
    let order = ["leaf 1.0.0", "petal 1.0.0", "bloom 1.0.0"];
    assert_eq!(published(&world).await, order);
    // In the registry null is itself; in the view they are its own.
    assert_eq!(world.points_to("acme", "petal", "leaf").await, Value::Null);
    let of_view = super::world::CRATES_IO;
    assert_eq!(world.points_to("main", "bloom", "petal").await, of_view);
    let owner = world.owner_on_record("main", "leaf").await;
    assert_eq!(owner.as_deref(), Some("acme"));
    let asked = world.asked("crates-io");
    assert!(asked.iter().all(|name| name == "serde"), "{asked:?}");
    let again = publish(&world, "acme", &[&leaf, &petal, &bloom]).await;
    assert_eq!(statuses(&again.unwrap()), ["present"; 3]);
    assert_eq!(published(&world).await.len(), 3);
}

#[tokio::test]
async fn where_no_view_says_it_a_bare_dependency_beside_is_meant() {
    let world = Plan::new().hosted_alone("acme").open().await;
    let petal = Package::new("petal", "1.0.0").needs("leaf = \"1\"");
    let leaf = Package::new("leaf", "1.0.0");
    publish(&world, "acme", &[&petal, &leaf]).await.unwrap();
    assert_eq!(world.points_to("acme", "petal", "leaf").await, Value::Null);
}

#[tokio::test]
async fn a_circle_of_tests_is_no_obstacle() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0").with("[dev-dependencies]\nbloom = \"1\"");
    let bloom = Package::new("bloom", "1.0.0").needs("petal = \"1\"");
    publish(&world, "main", &[&bloom, &petal])
        .await
        .map_err(|refused| assert_eq!(refused.refusal.kind, RefusalKind::Forbidden))
        .unwrap_err();
    publish(&world, "acme", &[&bloom, &petal]).await.unwrap();
    assert_eq!(published(&world).await, ["petal 1.0.0", "bloom 1.0.0"]);
}

#[tokio::test]
async fn a_name_of_the_batch_in_another_registry_is_led_there() {
    let plan = Plan::usual().hosted("apps");
    let plan = plan.view("main", &["acme", "apps", "crates-io"]);
    let plan = plan.claim("main", "app-*", "apps");
    let world = plan.claim("main", "petal", "acme").open().await;
    let petal = Package::new("petal", "1.0.0");
    let app = Package::new("app-one", "1.0.0").needs("petal = \"1\"");
    publish(&world, "main", &[&app, &petal]).await.unwrap();
    let target = world.points_to("apps", "app-one", "petal").await;
    assert_eq!(target, address("acme"));
}

#[tokio::test]
async fn a_failed_append_leaves_nothing_and_a_lost_answer_everything() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    let bloom = Package::new("bloom", "1.0.0").needs("petal = \"1\"");
    let full = || StoreError::Full("told so".to_owned());
    world.ledger.fail_next_append(full());
    let refused = publish(&world, "acme", &[&bloom, &petal]).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.refusal.kind, RefusalKind::Full);
    assert!(
        refused.crates.is_empty(),
        "the reason is none of a single one"
    );
    assert_eq!(world.facts().await, [""; 0]);
    let absent = world.index("acme", "petal").await.unwrap_err();
    assert_eq!(absent.kind, RefusalKind::Absent);
    world.ledger.fail_next_append_once_recorded(full());
    let refused = publish(&world, "acme", &[&bloom, &petal]).await;
    assert_eq!(refused.unwrap_err().refusal.kind, RefusalKind::Full);
    // Recorded all the same: both are private, and the next try finds them.
    for name in ["bloom", "petal"] {
        assert_eq!(world.versions("main", name).await, ["1.0.0"], "{name}");
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
    let again = publish(&world, "acme", &[&bloom, &petal]).await;
    assert_eq!(statuses(&again.unwrap()), ["present"; 2]);
}

#[tokio::test]
async fn what_one_depends_on_in_vain_keeps_all_out() {
    let world = Plan::usual().open().await;
    let petal = Package::new("petal", "1.0.0");
    let here = address("acme");
    let lost = format!("rose = {{ version = \"1\", registry-index = \"{here}\" }}");
    let bloom = Package::new("bloom", "1.0.0").needs(&lost);
    let refused = publish(&world, "acme", &[&petal, &bloom]).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.refusal.kind, RefusalKind::Invalid);
    assert_eq!(statuses(&refused.crates), ["not-published", "refused"]);
    let detail = refused.crates[1].detail.as_deref().unwrap();
    assert!(detail.contains("`rose`"), "{detail}");
    assert_eq!(world.facts().await, [""; 0]);
    assert_eq!(world.blobs.checksums(), []);
}
