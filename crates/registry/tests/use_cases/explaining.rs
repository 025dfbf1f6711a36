//! What `explain` says: the newest first, what is near what is missing, and the past.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, name, registry, version};
use crossdock_registry::Explanation;

async fn explained(world: &World, of: &str, number: Option<&str>) -> Explanation {
    let number = number.map(version);
    let (view, name) = (registry("main"), name(of));
    let explained = world.federation.explain(&view, &name, number.as_ref());
    explained.await.unwrap()
}

#[tokio::test]
async fn the_newest_is_told_first_and_a_missing_one_by_its_neighbours() {
    let world = Plan::usual().open().await;
    for number in ["1.0.0", "1.1.0", "1.10.0", "2.0.0"] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    let all = explained(&world, "petal", None).await;
    let versions: Vec<_> = all
        .versions
        .iter()
        .map(|one| one.version.as_str())
        .collect();
    assert_eq!(versions, ["2.0.0", "1.10.0", "1.1.0", "1.0.0"]);
    let missing = explained(&world, "petal", Some("1.2.0")).await;
    assert_eq!(missing.outcome, "no-such-version");
    assert_eq!(missing.near, ["2.0.0", "1.10.0", "1.1.0", "1.0.0"]);
    assert!(missing.versions.is_empty());
}

#[tokio::test]
async fn the_past_says_who_when_and_since_when_it_is_visible() {
    let world = Plan::usual().open().await;
    for number in ["1.0.0", "1.1.0"] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    let facts = world.facts().await.len();
    let one = explained(&world, "petal", Some("1.0.0")).await;
    let told: Vec<_> = one
        .past
        .iter()
        .map(|past| (past.epoch, past.what.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (1, "1.0.0 was published to `acme`"),
            (
                2,
                "visible in `main` since: it is on record as the crate of `acme`"
            ),
        ]
    );
    assert_eq!(one.past[0].actor, "ann");
    assert_eq!(one.versions[0].held, Some(true));
    assert_eq!(one.versions[0].origin, "published to `acme`");
    // A mirror's crate: where from, since when, and that nobody fetched it yet.
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    let serde = explained(&world, "serde", Some("1.0.0")).await;
    assert_eq!(serde.versions[0].held, Some(false));
    assert!(
        serde.versions[0].origin.starts_with("upstream "),
        "{serde:?}"
    );
    assert!(serde.past[0].what.contains("first observed"), "{serde:?}");
    assert_eq!(
        serde.past.len(),
        1,
        "explaining records no owner: {serde:?}"
    );
    assert_eq!(world.facts().await.len(), facts + 1);
}
