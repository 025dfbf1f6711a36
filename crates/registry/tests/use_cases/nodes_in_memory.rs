//! Several nodes on a ledger in memory, and what a node does as time passes.

use super::nodes::{Two, every_case, plan};
use super::nodes_law::{History, history, hold};
use super::package::Package;
use super::world::{ann, registry};
use crossdock_registry::FOLLOW_EVERY;
use crossdock_registry::memory::{Clock, MemoryLedger};
use crossdock_registry::ports::{Ledger, StoreError};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Opens an empty ledger in memory.
async fn in_memory(clock: Clock) -> Arc<MemoryLedger> {
    Arc::new(MemoryLedger::new(clock))
}

#[tokio::test]
async fn what_is_done_on_one_node_is_seen_on_another() {
    every_case(&in_memory).await;
}

#[tokio::test]
async fn owners_are_one_on_several_nodes() {
    super::nodes_owners::every_case(&in_memory).await;
}

#[tokio::test]
async fn a_node_that_follows_sees_a_publish_within_a_second() {
    let two = Two::open(plan(), &in_memory).await;
    two.b.federation.follow(FOLLOW_EVERY);
    two.a
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let followed = |began: Instant| async move {
        while two.b.federation.followed().known < two.a.ledger.position().await.unwrap() {
            assert!(
                began.elapsed() < Duration::from_secs(1),
                "it did not follow"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        two
    };
    let two = followed(Instant::now()).await;
    assert_eq!(two.b.versions("main", "petal").await, ["1.0.0"]);
    // Woken, it does not wait for the next look.
    two.b.federation.follow(Duration::from_secs(3600));
    two.a
        .publish("acme", &Package::new("petal", "1.1.0"))
        .await
        .unwrap();
    let began = Instant::now();
    while two.b.versions("main", "petal").await.len() < 2 {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "it was not woken"
        );
        two.b.federation.wake_follower();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    two.b.federation.shutdown().await;
}

/// What this node recorded without hearing so is learnt like what others did.
#[tokio::test]
async fn an_append_whose_answer_was_lost_is_learnt() {
    let world = plan().open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    world.versions("main", "petal").await;
    let lost = StoreError::Unavailable("the connection broke".to_owned());
    world.ledger.fail_next_append_once_recorded(lost);
    let main = registry("main");
    let frozen = world
        .federation
        .freeze(&ann(), &main, None, BTreeSet::new())
        .await;
    assert!(frozen.is_err());
    assert!(world.federation.frozen(&main).is_none());
    world.federation.catch_up().await.unwrap();
    assert!(world.federation.frozen(&main).is_some());
}

#[test]
fn nodes_that_followed_say_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // Of the usual 256 cases a hundred, which take seconds; `PROPTEST_CASES` counts whole.
    let often = Config::default();
    let mut runner = TestRunner::new(Config {
        cases: if often.cases == 256 { 100 } else { often.cases },
        failure_persistence: None,
        ..often
    });
    let law = |history: History| runtime.block_on(hold(&history, &in_memory));
    runner.run(&history(), law).unwrap();
}
