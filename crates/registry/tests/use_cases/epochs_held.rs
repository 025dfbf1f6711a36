//! Epochs and frozen views, and what today says of them: gates that block, upstreams
//! that are gone.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, address, ann};
use crossdock_core::gate::{Effect, Mode, ReleaseList, ReleasePattern, Rule};
use crossdock_registry::RefusalKind;

fn denying(effect: Effect) -> Plan {
    Plan::usual().policy("main", |policy| {
        let one = ReleasePattern::parse("petal@=1.1.0").unwrap();
        let list = ReleaseList::new([(one, "it is broken".to_owned())]);
        policy.gates.deny = Some((Rule::new(Mode::Enforce, effect), list));
    })
}

async fn restart_denying(world: &mut World, effect: Effect) {
    world.restart_with(denying(effect)).await;
    world.federation.adopt_policies(&ann()).await.unwrap();
}

#[tokio::test]
async fn what_a_gate_blocks_today_is_not_given_of_the_past() {
    let mut world = Plan::usual().open().await;
    world.federation.adopt_policies(&ann()).await.unwrap();
    let (old, new) = (
        Package::new("petal", "1.0.0"),
        Package::new("petal", "1.1.0"),
    );
    world.shows("crates-io", "petal", &[Row::of(&old), Row::of(&new)]);
    for package in [&old, &new] {
        world.has_archive("crates-io", package);
        world.fetch("main", package).await.unwrap();
    }
    let epoch = world.epoch().await.to_string();
    let before = world.index_at("main", &epoch, "petal").await.unwrap();
    world.fetch_at(&epoch, &new).await.unwrap();
    world.freeze("leaf").await.unwrap();
    let both = ["1.0.0", "1.1.0"];
    assert_eq!(world.versions("main", "petal").await, both);
    // What only yanks new locks away from it leaves a view that stands still alone.
    restart_denying(&mut world, Effect::Yank).await;
    assert_eq!(world.versions("main", "petal").await, both);
    world.fetch("main", &new).await.unwrap();
    world.fetch_at(&epoch, &new).await.unwrap();
    restart_denying(&mut world, Effect::Block).await;
    for path in ["main", "main/from/crates-io"] {
        let shown = world.versions(path, "petal").await;
        assert_eq!(shown, ["1.0.0", "1.1.0!"], "{path}");
        let refused = world.fetch(path, &new).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{path}");
        world.fetch(path, &old).await.unwrap();
    }
    let refused = world.fetch_at(&epoch, &new).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
    world.fetch_at(&epoch, &old).await.unwrap();
    let after = world.index_at("main", &epoch, "petal").await.unwrap();
    assert_eq!(before.plain(), after.plain(), "the bytes of an epoch stay");
    // The registry's own address has no gates, then as now.
    assert_eq!(world.versions("crates-io", "petal").await, both);
    world.fetch("crates-io", &new).await.unwrap();
}

/// That a dependency was absent is no fact; where the row leads is one.
#[tokio::test]
async fn an_epoch_is_answered_without_the_upstreams_that_routed_its_rows() {
    let plan = Plan::new()
        .crates_io()
        .mirror("partner")
        .view("main", &["partner", "crates-io"]);
    let mut world = plan.open().await;
    let rows = [Row::new("rose", "1.0.0").needs_of("leaf", "^1", super::world::CRATES_IO)];
    world.shows("partner", "rose", &rows);
    let leads = world.points_to("main", "rose", "leaf").await;
    assert_eq!(leads, address("main/from/crates-io"));
    let live = world.index("main", "rose").await.unwrap();
    let epoch = world.epoch().await.to_string();
    world.later();
    for mirror in ["crates-io", "partner"] {
        world.upstream(mirror).set_silent(true);
    }
    world.restart().await;
    world.asked("crates-io");
    world.asked("partner");
    let then = world.index_at("main", &epoch, "rose").await.unwrap();
    assert_eq!(then.plain(), live.plain());
    assert_eq!(world.asked("crates-io"), [""; 0]);
    assert_eq!(world.asked("partner"), [""; 0]);
}
