//! What cargo will ask for next is fetched before it does, private names excepted.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::World;
use std::collections::BTreeSet;

/// Rounds of the scheduler after which what was hinted at has long been fetched.
const ROUNDS_MAX: usize = 10_000;

/// Waits until these names were asked for, and returns all that were.
async fn asked_at_last(world: &World, expected: &[&str]) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        asked.extend(world.asked("crates-io"));
        if expected.iter().all(|name| asked.contains(*name)) {
            return asked;
        }
        tokio::task::yield_now().await;
    }
    panic!("{expected:?} were not fetched ahead, only {asked:?}");
}

async fn forest() -> World {
    forest_of(Plan::usual().believing("crates-io")).await
}

async fn forest_of(plan: Plan) -> World {
    let world = plan.open().await;
    for (name, needs) in [
        ("axum", &["hyper", "secret", "tower"][..]),
        ("hyper", &["http"]),
        ("tower", &[]),
    ] {
        let row = needs
            .iter()
            .fold(Row::new(name, "1.0.0"), |row, name| row.needs(name, "^1"));
        world.shows("crates-io", name, &[row]);
    }
    for leaf in ["http", "secret"] {
        world.shows("crates-io", leaf, &[Row::new(leaf, "1.0.0")]);
    }
    world
}

#[tokio::test]
async fn dependencies_are_fetched_ahead_wave_by_wave() {
    let world = forest().await;
    world.versions("main", "axum").await;
    let asked = asked_at_last(&world, &["hyper", "tower", "http", "secret"]).await;
    assert_eq!(asked.len(), 5, "{asked:?}");
    // They are there when cargo comes for them, and nobody is asked twice.
    for name in ["hyper", "tower", "http"] {
        world.versions("main", name).await;
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn a_private_name_is_not_fetched_ahead() {
    let world = forest().await;
    world
        .publish("acme", &Package::new("secret", "1.0.0"))
        .await
        .unwrap();
    // Through the mirror itself, where no view's row becomes evidence.
    world.versions("crates-io", "axum").await;
    // Behind `secret` in the queue is `tower`; behind `hyper`, `http`.
    let asked = asked_at_last(&world, &["hyper", "tower", "http"]).await;
    assert!(!asked.contains("secret"), "{asked:?}");
}

#[tokio::test]
async fn where_every_answer_is_confirmed_the_tree_behind_it_is_fetched_ahead_once() {
    let world = forest_of(Plan::usual()).await;
    world.versions("main", "axum").await;
    asked_at_last(&world, &["hyper", "tower", "http", "secret"]).await;
    world.asked("crates-io");
    // What is asked for is confirmed each time, and nothing behind it.
    for name in ["axum", "hyper", "axum"] {
        world.versions("main", name).await;
    }
    for _ in 0..ROUNDS_MAX / 10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.asked("crates-io"), ["axum", "hyper", "axum"]);
}
