//! What cargo will ask for next is fetched before it does, private names excepted.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::World;
use serde_json::json;
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
    // What was asked ahead is good for the first who asks, and nothing is asked ahead twice.
    for name in ["axum", "hyper", "hyper", "axum"] {
        world.versions("main", name).await;
    }
    for _ in 0..ROUNDS_MAX / 10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.asked("crates-io"), ["axum", "hyper", "axum"]);
}

/// Only what is behind the version that cargo will pick, with the features it is wanted with.
#[tokio::test]
async fn what_a_row_wants_decides_what_is_behind() {
    let world = Plan::usual().believing("crates-io").open().await;
    let optional = |name: &str, feature: &str| {
        json!({
            "name": name, "req": "^1", "features": [feature], "optional": true,
            "default_features": false, "target": null, "kind": "normal", "registry": null,
        })
    };
    let rows = [
        Row::new("hyper", "0.14.0").needs("older", "^1"),
        Row::new("hyper", "0.14.1")
            .with(
                "deps",
                json!([optional("wanted", "std"), optional("unwanted", "std")]),
            )
            .with("features", json!({"tls": ["dep:wanted", "wanted/more"]})),
        Row::new("hyper", "0.14.2").needs("yanked", "^1").yanked(),
        Row::new("hyper", "1.0.0").needs("newest", "^1"),
    ];
    world.shows("crates-io", "hyper", &rows);
    let row = Row::new("wanted", "1.0.0")
        .with(
            "deps",
            json!([
                optional("std-only", "x"),
                optional("more-only", "x"),
                optional("default-only", "x")
            ]),
        )
        .with(
            "features",
            json!({"std": ["dep:std-only"], "more": ["more-only"], "default": ["default-only"]}),
        );
    world.shows("crates-io", "wanted", &[row]);
    let tower = Row::new("tower", "1.0.0").needs("late", "^1");
    world.shows("crates-io", "tower", &[tower]);
    let with_tls = json!([
        {
            "name": "hyper", "req": "^0.14", "features": ["tls"], "optional": false,
            "default_features": true, "target": null, "kind": "normal", "registry": null,
        },
        optional("tower", "x"),
    ]);
    let axum = Row::new("axum", "1.0.0")
        .with("deps", with_tls)
        .with("features", json!({"default": ["tower"]}));
    world.shows("crates-io", "axum", &[axum]);
    world.versions("crates-io", "axum").await;
    let expected = [
        "axum",
        "hyper",
        "tower",
        "late",
        "wanted",
        "std-only",
        "more-only",
    ];
    let asked = asked_at_last(&world, &expected).await;
    assert_eq!(asked, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn a_need_that_comes_later_is_followed_too() {
    let world = forest().await;
    let rows = [
        Row::new("http", "1.0.0"),
        Row::new("http", "2.0.0").needs("bytes", "^1"),
    ];
    world.shows("crates-io", "http", &rows);
    world.shows("crates-io", "bytes", &[Row::new("bytes", "1.0.0")]);
    world.versions("crates-io", "axum").await;
    let asked = asked_at_last(&world, &["hyper", "tower", "http", "secret"]).await;
    assert!(!asked.contains("bytes"), "{asked:?}");
    let row = Row::new("service", "1.0.0").needs("http", "^2");
    world.shows("crates-io", "service", &[row]);
    world.versions("crates-io", "service").await;
    let asked = asked_at_last(&world, &["bytes"]).await;
    assert!(!asked.contains("http"), "it is held: {asked:?}");
}

#[tokio::test]
async fn what_is_held_is_confirmed_ahead_where_every_answer_is_confirmed() {
    let mut world = forest_of(Plan::usual()).await;
    world.versions("main", "axum").await;
    asked_at_last(&world, &["hyper", "tower", "http", "secret"]).await;
    world.restart().await;
    world.asked("crates-io");
    world.versions("main", "axum").await;
    let asked = asked_at_last(&world, &["hyper", "tower", "http", "secret"]).await;
    assert_eq!(asked.len(), 5, "{asked:?}");
    world.versions("main", "hyper").await;
    assert_eq!(world.asked("crates-io"), [""; 0]);
    // Asked by somebody a moment ago, and not ahead once more.
    let row = Row::new("service", "1.0.0").needs("axum", "~1.0");
    world.shows("crates-io", "service", &[row]);
    world.versions("main", "service").await;
    for _ in 0..ROUNDS_MAX / 10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.asked("crates-io"), ["service"]);
}

/// Who is answered may ask before anything is fetched ahead: that nobody has looked at a
/// crate yet must not mean that nobody knows what is wanted of it.
#[tokio::test]
async fn what_is_wanted_is_known_before_it_is_fetched_ahead() {
    let world = Plan::usual().believing("crates-io").open().await;
    let axum = Row::new("axum", "1.0.0").needs("hyper", "^0.14");
    world.shows("crates-io", "axum", &[axum]);
    let rows = [
        Row::new("hyper", "0.14.0").needs("older", "^1"),
        Row::new("hyper", "1.0.0").needs("newest", "^1"),
    ];
    world.shows("crates-io", "hyper", &rows);
    for leaf in ["older", "newest"] {
        world.shows("crates-io", leaf, &[Row::new(leaf, "1.0.0")]);
    }
    // Without a pause, in which the one who fetches ahead could have begun.
    let (axum, hyper) = (world.index("main", "axum"), world.index("main", "hyper"));
    axum.await.unwrap();
    hyper.await.unwrap();
    let asked = asked_at_last(&world, &["axum", "hyper", "older"]).await;
    for _ in 0..ROUNDS_MAX / 10 {
        tokio::task::yield_now().await;
    }
    assert!(!asked.contains("newest"), "{asked:?}");
    assert_eq!(world.asked("crates-io"), [""; 0]);
}
