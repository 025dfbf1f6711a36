//! "No such crate" is told from memory for a moment, and taken back by what happens.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, index_name, registry};
use crossdock_core::decision::{Decision, Retired};
use crossdock_registry::RefusalKind;

/// Asks, and tells what the next one is told without asking.
async fn told(world: &World, path: &str, name: &str) -> Option<String> {
    let refusal = world.index(path, name).await.unwrap_err();
    let text = known(world, path, name);
    if let Some(text) = &text {
        assert_eq!(refusal.kind, RefusalKind::Absent, "{path} {name}");
        assert_eq!(*text, format!("{}\n", refusal.detail), "{path} {name}");
    }
    text
}

fn known(world: &World, path: &str, name: &str) -> Option<String> {
    let path = world.surface(path).index_path(&index_name(name));
    let text = world.federation.known_absent(&path)?;
    Some(String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test]
async fn a_publish_takes_back_every_spelling_on_every_surface() {
    let world = Plan::usual().believing("crates-io").open().await;
    let asked = [
        ("acme", "acme-petal"),
        ("main", "acme-petal"),
        ("main", "acme_petal"),
        ("main/from/acme", "acme-petal"),
        ("main/from/crates-io", "acme_petal"),
        ("crates-io", "acme-petal"),
    ];
    for (path, name) in asked {
        assert!(told(&world, path, name).await.is_some(), "{path} {name}");
    }
    world.asked("crates-io");
    let package = Package::new("acme-petal", "1.0.0");
    world.publish("acme", &package).await.unwrap();
    for (path, name) in asked {
        assert_eq!(known(&world, path, name), None, "{path} {name}");
    }
    assert_eq!(world.versions("main", "acme-petal").await, ["1.0.0"]);
    // What is private by now is absent elsewhere, and is told so without a request.
    for (path, name) in [("main", "acme_petal"), ("crates-io", "acme-petal")] {
        assert!(told(&world, path, name).await.is_some(), "{path} {name}");
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn a_decision_takes_back_everything() {
    let world = Plan::usual().believing("crates-io").open().await;
    assert!(told(&world, "main", "petal").await.is_some());
    let scope = registry("crates-io");
    let retired = Decision::Retired(Retired {
        registry: scope.clone(),
    });
    world
        .federation
        .decide(&ann(), &scope, retired)
        .await
        .unwrap();
    assert_eq!(known(&world, "main", "petal"), None);
}

#[tokio::test]
async fn silence_and_refusals_are_never_kept() {
    let world = Plan::usual().believing("crates-io").open().await;
    let upstream = world.upstream("crates-io");
    upstream.set_silent_about(&index_name("petal"), true);
    assert_eq!(told(&world, "main", "petal").await, None);
    world.shows("crates-io", "stem", &[Row::new("stem", "1.0.0")]);
    world.versions("main", "stem").await;
    assert_eq!(known(&world, "main", "stem"), None);
}
