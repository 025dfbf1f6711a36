//! Gates at work: rows by the hour, finished files that end with it, decisions.

use super::plan::Plan;
use super::row::Row;
use super::world::{World, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision, Words};
use crossdock_core::gate::{Effect, Gate, MinAge, Mode, Rule};
use crossdock_core::timestamp::Timestamp;
use std::time::{Duration, Instant};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn young(effect: Effect) -> Plan {
    Plan::usual()
        .believing("crates-io")
        .policy("main", |policy| {
            let day = MinAge::of_seconds(24 * 3600).unwrap();
            policy.gates.min_age = Some((Rule::new(Mode::Enforce, effect), day));
        })
}

async fn with_young_petal() -> World {
    let world = young(Effect::Yank).open().await;
    let rows = [
        Row::new("petal", "1.0.0").with("pubtime", "2026-11-01T00:00:00Z"),
        Row::new("petal", "1.1.0").with("pubtime", "2026-11-20T10:00:02Z"),
    ];
    world.shows("crates-io", "petal", &rows);
    world
}

#[tokio::test]
async fn a_finished_file_ends_when_a_release_comes_of_age() {
    let world = with_young_petal().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    let path = "main/index/pe/ta/petal";
    assert!(world.federation.served(path).is_some(), "it is kept");
    // Two seconds before the hour it is fresh for these two seconds and no longer.
    let began = Instant::now();
    while world.federation.served(path).is_some() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is kept for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clock.set(time("2026-11-21T10:00:02Z"));
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(
        world.asked("crates-io"),
        ["petal"],
        "nobody had to be asked for it"
    );
}

#[tokio::test]
async fn a_confirmed_file_ends_as_well() {
    let world = with_young_petal().await;
    world.versions("main/from/crates-io", "petal").await;
    world.clock.set(time("2026-11-21T10:00:02Z"));
    let path = "main/from/crates-io";
    let began = Instant::now();
    while world.versions(path, "petal").await != ["1.0.0", "1.1.0"] {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is confirmed for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_waiver_holds_at_once_and_ends_by_itself() {
    let world = with_young_petal().await;
    world.versions("main", "petal").await;
    let waived = GateDecision::Waived {
        name: "petal".parse().unwrap(),
        version: version("1.1.0"),
        gate: Gate::MinAge,
        reason: Words::parse("we wrote it").unwrap(),
        until: time("2026-11-21T10:00:01Z"),
    };
    let (admin, view) = (Actor::admin(), registry("main"));
    let decided = world
        .federation
        .decide(&admin, &view, Decision::Gate(waived));
    decided.await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    world.clock.set(time("2026-11-21T10:00:01Z"));
    let began = Instant::now();
    while world.versions("main", "petal").await != ["1.0.0", "1.1.0!"] {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is waived for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_undated_release_is_as_old_as_its_first_observation() {
    let mut world = young(Effect::Yank).open().await;
    let [old, new] = ["1.0.0", "1.1.0"].map(|version| Row::new("petal", version));
    world.shows("crates-io", "petal", std::slice::from_ref(&old));
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!"]);
    world.clock.set(time("2026-11-22T09:00:00Z"));
    world.shows("crates-io", "petal", &[old, new]);
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!", "1.1.0!"]);
    // An hour later the first is a day old, and the second is not.
    world.clock.set(time("2026-11-22T10:00:00Z"));
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    world.clock.set(time("2026-11-23T09:00:00Z"));
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
}
