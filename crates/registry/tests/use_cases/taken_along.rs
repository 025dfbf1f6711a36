//! Files that are taken along over a stop and a start are those that would be made anew.

use super::nodes::said;
use super::nodes_law::{History, NAMES, PATHS, happen, history};
use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, federation, index_name, registry};
use bytes::Bytes;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::{Clock, MemoryLedger};
use crossdock_registry::ports::Ledger;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A world in which `serde` of the mirror and `petal` of the house were read.
async fn read() -> World {
    let world = Plan::usual().believing("crates-io").open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    for name in ["serde", "petal"] {
        world.versions("main", name).await;
    }
    world.asked("crates-io");
    world
}

/// Whether a file is in memory and may be served without asking anybody.
fn is_served(world: &World, path: &str) -> bool {
    world.federation.served(path).is_some()
}

const SERDE: &str = "main/index/se/rd/serde";
const PETAL: &str = "main/index/pe/ta/petal";

#[tokio::test]
async fn what_was_in_memory_is_in_memory_after_a_start() {
    let mut world = read().await;
    let before = world.federation.served(SERDE).unwrap();
    for _ in 0..3 {
        world.restart().await;
        let after = world.federation.served(SERDE).unwrap();
        assert_eq!(before.gzip, after.gzip);
        assert_eq!(before.etag, after.etag);
        assert_eq!(before.etag_gzip, after.etag_gzip);
        assert_eq!(before.plain(), after.plain());
        assert!(is_served(&world, PETAL));
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn nothing_is_taken_along_that_was_recorded_past() {
    let mut world = read().await;
    world.federation.shutdown().await;
    world.federation.leave_files().await;
    let left = world.keepsake.left();
    let petal = Package::new("petal", "1.1.0");
    world.publish("acme", &petal).await.unwrap();
    world.restart().await;
    world.federation.shutdown().await;
    // As if somebody brought back what was left of before.
    world.keepsake.put(left);
    reopen(&mut world).await;
    assert!(!is_served(&world, SERDE) && !is_served(&world, PETAL));
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
}

/// Opens a federation without leaving anything first.
async fn reopen<L: Ledger + 'static>(world: &mut World<L>) {
    let configuration = world.federation.configuration().clone();
    let (ledger, blobs, upstreams) = (&world.ledger, &world.blobs, &world.upstreams);
    let keepsake = Some(&world.keepsake);
    world.federation = federation(&configuration, ledger, blobs, upstreams, keepsake).await;
}

#[tokio::test]
async fn other_settings_take_nothing_along() {
    let mut world = read().await;
    world.restart_with(Plan::usual()).await;
    assert!(!is_served(&world, SERDE) && !is_served(&world, PETAL));
}

#[tokio::test]
async fn a_file_that_is_too_old_waits_for_the_word_of_its_upstream() {
    let mut world = read().await;
    world.restart().await;
    let begin = Timestamp::parse(super::world::BEGIN).unwrap();
    let later = Timestamp::from_unix_seconds(begin.unix_seconds() + 3_600).unwrap();
    world.clock.set(later);
    world.restart().await;
    assert!(!is_served(&world, SERDE));
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
    assert_eq!(world.asked("crates-io"), ["serde"]);
    let rows = [Row::new("serde", "1.0.0"), Row::new("serde", "1.0.1")];
    world.shows("crates-io", "serde", &rows);
    let later = Timestamp::from_unix_seconds(begin.unix_seconds() + 7_200).unwrap();
    world.clock.set(later);
    world.restart().await;
    assert_eq!(world.versions("main", "serde").await, ["1.0.0", "1.0.1"]);
}

#[tokio::test]
async fn a_view_that_stands_still_is_read_anew() {
    let mut world = read().await;
    let main = registry("main");
    let frozen = world
        .federation
        .freeze(&super::world::ann(), &main, None, BTreeSet::new())
        .await;
    frozen.unwrap();
    world.versions("main", "serde").await;
    assert!(is_served(&world, SERDE));
    world.restart().await;
    assert!(!is_served(&world, SERDE));
}

/// Lets a history happen at one node, with stops and starts in between, some of which
/// find what an earlier stop left, and asks the node after a start what another one says
/// that took nothing along.
async fn hold(history: &History) -> Result<(), TestCaseError> {
    let open = async |clock: Clock| Arc::new(MemoryLedger::new(clock));
    let mut world = history.plan().open_nodes(1, &open).await.remove(0);
    let mut earlier = None;
    for step in &history.steps {
        happen(&world, *step).await;
        if step.node == 2 {
            stop_and_start(&mut world, &mut earlier, step.number % 2 == 1).await;
        }
    }
    let finds_earlier = history.steps.len() % 2 == 1;
    stop_and_start(&mut world, &mut earlier, finds_earlier).await;
    let taken_along = say_all(&world).await;
    world.keepsake.put(None);
    reopen(&mut world).await;
    prop_assert_eq!(taken_along, say_all(&world).await);
    Ok(())
}

async fn stop_and_start(world: &mut World, earlier: &mut Option<Bytes>, finds_earlier: bool) {
    // What nobody asked for is not in memory.
    drop(say_all(world).await);
    world.federation.shutdown().await;
    world.federation.leave_files().await;
    let left = world.keepsake.left();
    assert!(left.is_some());
    if finds_earlier && earlier.is_some() {
        world.keepsake.put(earlier.take());
    }
    *earlier = left;
    reopen(world).await;
}

async fn say_all(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    // What is asked for first may be recorded by the asking.
    for round in 0..2 {
        for path in PATHS {
            for name in NAMES {
                let file = world.surface(path).index_path(&index_name(name));
                // As at the door: from memory, else the long way.
                let said = match world.federation.served(&file) {
                    Some(file) => Ok(String::from_utf8(file.plain().to_vec()).unwrap()),
                    None => said(world, path, name).await,
                };
                if round == 1 {
                    all.push(format!("{path} {name}: {said:?}"));
                }
            }
        }
    }
    all
}

#[test]
fn what_is_taken_along_is_what_would_be_made_anew() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    });
    let law = |history: History| runtime.block_on(hold(&history));
    runner.run(&history(), law).unwrap();
}
