//! Names that several members have: what is agreed is served, the rest is told.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, registry};
use crossdock_core::checksum::Checksum;
use crossdock_registry::RefusalKind;

fn plan() -> Plan {
    let plan = Plan::usual().mirror("partner");
    plan.view("main", &["acme", "partner", "crates-io"])
}

/// `petal` in two outside members: 1.0.0 alike, 1.1.0 unlike, 1.2.0 in one only.
async fn split_house(plan: Plan) -> World {
    let world = plan.open().await;
    let (alike, only) = (Row::new("petal", "1.0.0"), Row::new("petal", "1.2.0"));
    let unlike = Row::new("petal", "1.1.0");
    let other = unlike.clone().checksum(Checksum::of(b"other"));
    world.shows("crates-io", "petal", &[alike.clone(), unlike]);
    world.shows("partner", "petal", &[alike, other, only]);
    world
}

#[tokio::test]
async fn what_is_agreed_is_served_and_the_rest_withheld_and_told() {
    let world = split_house(plan()).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    let owners = world.owner_on_record("main", "petal").await;
    assert_eq!(owners.as_deref(), Some("crates-io partner"));
    let reports = world.federation.conflicts(&registry("main")).await.unwrap();
    assert_eq!(reports.len(), 1);
    let withheld: Vec<&String> = reports[0].withheld.keys().collect();
    assert_eq!(withheld, ["1.1.0", "1.2.0"]);
    let cure = reports[0].cure.as_ref().unwrap();
    assert!(
        cure.contains("claims") && cure.contains("same-crate"),
        "{cure}"
    );
    let explained = world.explain("petal").await;
    assert_eq!(explained.outcome, "served");
    assert!(explained.conflict.unwrap().contains("1.1.0"));
    // What is withheld is not given either.
    let withheld = Package::new("petal", "1.2.0");
    world.has_archive("partner", &withheld);
    let refused = world.fetch("main", &withheld).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Absent);
}

#[tokio::test]
async fn the_cure_is_an_entry_where_the_key_is_there_already() {
    let world = split_house(plan().claim("main", "acme-*", "acme")).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    let main = registry("main");
    let reports = world.federation.conflicts(&main).await.unwrap();
    let cure = reports[0].cure.as_ref().unwrap();
    assert!(
        cure.contains("add petal = \"crates-io\" to the claims of [views.main]"),
        "{cure}"
    );
    assert!(cure.contains("same-crate = [{"), "{cure}");
    // Counted without asking anyone.
    world.asked("partner");
    assert_eq!(world.federation.conflicts_held(&main).await.unwrap(), 1);
    assert_eq!(world.asked("partner"), [""; 0]);
}

#[tokio::test]
async fn nothing_agreed_is_refused_with_the_cure_and_records_nothing() {
    let world = plan().open().await;
    for (mirror, number) in [("crates-io", "1.0.0"), ("partner", "2.0.0")] {
        world.shows(mirror, "petal", &[Row::new("petal", number)]);
    }
    let refused = world.index("main", "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    for part in [
        "`crates-io`",
        "`partner`",
        "1.0.0",
        "2.0.0",
        "claims",
        "same-crate",
    ] {
        assert!(refused.detail.contains(part), "{part}: {refused}");
    }
    assert_eq!(world.owner_on_record("main", "petal").await, None);
    let explained = world.explain("petal").await;
    assert_eq!(explained.outcome, "conflict");
    let fates = [
        &explained.members["crates-io"],
        &explained.members["partner"],
    ];
    assert_eq!(fates, ["has it; nobody speaks for the name"; 2]);
}

/// Whoever left does not come back by itself: that is told with what settles it, and it
/// is not said to try again.
#[tokio::test]
async fn who_left_the_view_is_told_with_what_settles_it() {
    let plan = || Plan::usual().hosted("lab");
    let mut world = plan()
        .view("main", &["acme", "lab", "crates-io"])
        .open()
        .await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    world
        .restart_with(plan().view("main", &["lab", "crates-io"]))
        .await;
    let refused = world.index("main", "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    for part in [
        "`acme`, which is no longer a member of view `main`",
        "[views.main] members",
        "crossdock transfer petal --from acme",
        "crossdock reassign petal",
        "crossdock retire acme",
    ] {
        assert!(refused.detail.contains(part), "{part}: {refused}");
    }
    assert!(!refused.detail.contains("try again"), "{refused}");
    let explained = world.explain("petal").await;
    assert_eq!(explained.outcome, "undecided");
    let is_told = |start: &str| {
        explained
            .past
            .iter()
            .any(|past| past.what.starts_with(start))
    };
    assert!(
        is_told("recorded in `main`: as the crate of"),
        "{:?}",
        explained.past
    );
    assert!(!is_told("visible"), "{:?}", explained.past);
}

#[tokio::test]
async fn a_claim_settles_it_and_what_was_served_stays() {
    let mut world = split_house(plan()).await;
    let before = world.rows("main", "petal").await;
    let claimed = plan().claim("main", "petal", "partner");
    world.restart_with(claimed).await;
    let rows = world.rows("main", "petal").await;
    assert_eq!(rows[0], before[0]);
    assert_eq!(
        world.versions("main", "petal").await,
        ["1.0.0", "1.1.0", "1.2.0"]
    );
    assert_eq!(
        world.owner_on_record("main", "petal").await.as_deref(),
        Some("partner")
    );
    assert_eq!(
        world
            .federation
            .conflicts(&registry("main"))
            .await
            .unwrap()
            .len(),
        0
    );
    assert!(world.facts().await.contains(&"conflict-settled"));
    let facts = world.facts().await.len();
    world.versions("main", "petal").await;
    assert_eq!(world.facts().await.len(), facts, "settled once");
}

#[tokio::test]
async fn one_crate_by_declaration_shows_all_but_what_contradicts() {
    let declared = plan().same_crate("main", "petal", &["partner", "crates-io"]);
    let world = split_house(declared).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.2.0"]);
}

/// A claim that contradicts the record is told, and switches nothing.
#[tokio::test]
async fn a_claim_against_the_record_is_no_switch() {
    let mut world = plan().open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.versions("main", "serde").await;
    world
        .restart_with(plan().claim("main", "serde", "acme"))
        .await;
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
    let reports = world.federation.conflicts(&registry("main")).await.unwrap();
    assert_eq!(reports.len(), 1);
    assert!(
        reports[0].text.contains("the record stands"),
        "{}",
        reports[0].text
    );
}
