//! Changes of crates that exist: yanks and owners.

use super::package::Package;
use super::plan::Plan;
use super::world::{World, ann, name, version};
use crossdock_core::actor::Actor;
use crossdock_registry::{Bearer, Refusal, RefusalKind};

async fn world_with_petal() -> World {
    let world = Plan::usual().open().await;
    for number in ["1.0.0", "1.1.0"] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    world
}

async fn yank(
    world: &World,
    path: &str,
    of: &str,
    number: &str,
    yanked: bool,
) -> Result<(), Refusal> {
    let (surface, name, version) = (world.surface(path), name(of), version(number));
    world
        .federation
        .set_yanked(&surface, &name, &version, yanked, &Bearer::Trusted(ann()))
        .await
}

#[tokio::test]
async fn a_yank_shows_wherever_the_crate_does() {
    let mut world = world_with_petal().await;
    let paths = ["acme", "main", "main/from/acme"];
    for path in paths {
        assert_eq!(world.versions(path, "petal").await, ["1.0.0", "1.1.0"]);
    }
    yank(&world, "acme", "petal", "1.0.0", true).await.unwrap();
    for path in paths {
        assert_eq!(world.versions(path, "petal").await, ["1.0.0!", "1.1.0"]);
    }
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!", "1.1.0"]);
    // Old locks go on building.
    let petal = Package::new("petal", "1.0.0");
    assert_eq!(world.fetch("main", &petal).await.unwrap(), petal.archive());
    // A view routes to the owner, and doing it twice is success.
    for _ in 0..2 {
        yank(&world, "main", "petal", "1.0.0", false).await.unwrap();
    }
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    let facts = world.facts().await;
    assert_eq!(facts[facts.len() - 2..], ["yanked", "unyanked"]);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_yanked() {
    let world = world_with_petal().await;
    for (of, number) in [("petal", "1.2.0"), ("petal", "1.0.0+b"), ("stem", "1.0.0")] {
        let refused = yank(&world, "acme", of, number, true).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{of} {number}");
        assert!(refused.detail.contains(of), "{refused}");
    }
    let refused = yank(&world, "crates-io", "petal", "1.0.0", true).await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Unsupported);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn owners_come_and_go_but_one_stays() {
    let world = world_with_petal().await;
    let (surface, petal) = (world.surface("main"), name("petal"));
    let actor = |text: &str| Actor::parse(text).unwrap();
    let change = async |add: &[&str], remove: &[&str]| {
        let [add, remove] =
            [add, remove].map(|names| names.iter().map(|n| actor(n)).collect::<Vec<_>>());
        world
            .federation
            .change_owners(&surface, &petal, &add, &remove, &Bearer::Trusted(ann()))
            .await
    };
    let owners = change(&["bob", "ann", "bob"], &[]).await.unwrap();
    assert_eq!(owners, ["ann", "bob"].map(actor));
    let owners = change(&["carol"], &["ann"]).await.unwrap();
    assert_eq!(owners, ["bob", "carol"].map(actor));
    let read = world.federation.owners(&surface, &petal).await.unwrap();
    assert_eq!(read, owners);
    for (add, remove) in [(&[][..], &["bob", "carol"][..]), (&[], &["ann"])] {
        let refused = change(add, remove).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Invalid);
    }
    assert_eq!(
        world.federation.owners(&surface, &petal).await.unwrap(),
        owners
    );
    let nobody = world.federation.owners(&surface, &name("stem")).await;
    assert_eq!(nobody.unwrap_err().kind, RefusalKind::Absent);
}
