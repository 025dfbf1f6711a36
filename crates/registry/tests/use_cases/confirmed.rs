//! What an upstream confirmed stays confirmed over a stop and a start, for no longer
//! than the settings allow.

use super::plan::Plan;
use super::row::Row;
use super::world::World;
use crossdock_core::timestamp::Timestamp;

async fn asked_once(plan: Plan) -> World {
    let world = plan.open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.versions("main", "serde").await;
    assert_eq!(world.asked("crates-io"), ["serde"]);
    world
}

/// Lets it be so many seconds after the world began.
fn at(world: &World, seconds: i64) {
    let begin = Timestamp::parse(super::world::BEGIN).unwrap();
    let now = Timestamp::from_unix_seconds(begin.unix_seconds() + seconds).unwrap();
    world.clock.set(now);
}

/// Who is asked for `serde` by a server that starts then; what is in memory of one that
/// runs is as old as it runs, whatever the clock says.
async fn asked_after_a_start_at(world: &mut World, seconds: i64) -> Vec<String> {
    at(world, seconds);
    world.restart().await;
    asked_at(world, seconds).await
}

/// Who is asked for `serde`, so many seconds after the world began.
async fn asked_at(world: &World, seconds: i64) -> Vec<String> {
    at(world, seconds);
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
    world.asked("crates-io")
}

#[tokio::test]
async fn a_server_that_starts_again_asks_no_earlier_than_one_that_did_not_stop() {
    let mut world = asked_once(Plan::usual().believing("crates-io")).await;
    for _ in 0..2 {
        let asked = asked_after_a_start_at(&mut world, 3_598).await;
        assert_eq!(asked, [""; 0]);
    }
    let asked = asked_after_a_start_at(&mut world, 3_600).await;
    assert_eq!(asked, ["serde"]);
}

#[tokio::test]
async fn settings_of_today_say_how_long_an_answer_is_good() {
    let mut world = asked_once(Plan::usual().believing("crates-io")).await;
    world.restart_with(Plan::usual()).await;
    assert_eq!(asked_at(&world, 1).await, ["serde"]);
}

#[tokio::test]
async fn a_word_from_the_future_is_none() {
    let mut world = asked_once(Plan::usual().believing("crates-io")).await;
    let asked = asked_after_a_start_at(&mut world, -1).await;
    assert_eq!(asked, ["serde"]);
}

#[tokio::test]
async fn last_good_rows_of_a_silent_upstream_are_not_confirmed() {
    let mut world = asked_once(Plan::usual()).await;
    world.upstream("crates-io").set_silent(true);
    assert_eq!(asked_at(&world, 60).await, ["serde"]);
    let believing = Plan::usual().believing("crates-io");
    world.restart_with(believing).await;
    assert_eq!(asked_at(&world, 60).await, ["serde"]);
}
