//! One federation takes the place of another on a ledger that nobody else has, while the
//! one before still answers and records.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_registry::memory::{Clock, MemoryLedger};
use crossdock_registry::ports::Ledger;
use crossdock_registry::{AlarmKind, Federation, IndexFile, Refusal, RefusalKind, Surface};
use std::sync::Arc;

fn plan() -> Plan {
    Plan::usual()
        .mirror("partner")
        .believing("partner")
        .believing("crates-io")
        .view("main", &["acme", "partner", "crates-io"])
}

async fn open(plan: Plan) -> World {
    let open = async |clock: Clock| Arc::new(MemoryLedger::of_one_process(clock));
    plan.open_nodes(1, &open).await.remove(0)
}

/// Answers as the door does: after a look, where one is needed.
async fn read(
    federation: &Federation,
    world: &World,
    path: &str,
    krate: &str,
) -> Result<Arc<IndexFile>, Refusal> {
    federation.come_abreast().await;
    let (surface, name) = (world.surface(path), super::world::index_name(krate));
    federation.read_index(&surface, &name).await
}

async fn versions(federation: &Federation, world: &World, krate: &str) -> usize {
    let file = read(federation, world, "main", krate).await.unwrap();
    file.plain().iter().filter(|byte| **byte == b'\n').count()
}

async fn publish(federation: &Arc<Federation>, package: &Package) {
    let acme = Surface::Registry(registry("acme"));
    let published = federation
        .publish(
            &acme,
            package.body(),
            &crossdock_registry::Bearer::Trusted(ann()),
        )
        .await;
    published.unwrap();
}

#[tokio::test]
async fn what_one_records_the_other_shows_at_once() {
    let mut world = open(plan()).await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    assert_eq!(world.versions("main", "petal").await.len(), 1);
    assert!(
        world.federation.may_answer_unasked(),
        "nobody else is there"
    );

    let before = world
        .succeed(plan().claim("main", "acme-*", "acme"))
        .await
        .unwrap();
    let after = world.federation.clone();
    for (number, by) in ["1.1.0", "1.2.0", "1.3.0", "1.4.0"]
        .into_iter()
        .zip([&before, &after].into_iter().cycle())
    {
        assert!(!after.may_answer_unasked() && !before.may_answer_unasked());
        let shown = versions(&before, &world, "petal").await;
        assert_eq!(versions(&after, &world, "petal").await, shown);
        publish(by, &Package::new("petal", number)).await;
        for federation in [&before, &after] {
            assert_eq!(
                versions(federation, &world, "petal").await,
                shown + 1,
                "{number}"
            );
        }
    }
    // A name that the one before just got is asked of nobody outside.
    publish(&before, &Package::new("rose", "1.0.0")).await;
    let _ = read(&after, &world, "crates-io", "rose").await;
    assert_eq!(world.asked("crates-io"), [""; 0]);

    let (acme, petal, number) = (world.surface("acme"), name("petal"), version("1.0.0"));
    let set = before
        .set_yanked(
            &acme,
            &petal,
            &number,
            true,
            &crossdock_registry::Bearer::Trusted(ann()),
        )
        .await;
    set.unwrap();
    before.retire_itself().await;
    assert!(after.has_predecessors(), "a request may be under way");
    drop(before);
    after.settle_alone().await.unwrap();
    assert!(!after.has_predecessors() && after.may_answer_unasked());
    assert_eq!(world.versions("main", "petal").await[0], "1.0.0!");
    assert_eq!(
        after.followed().known,
        world.ledger.position().await.unwrap()
    );
}

#[tokio::test]
async fn who_still_records_keeps_the_other_looking() {
    let mut world = open(plan()).await;
    let before = world
        .succeed(plan().claim("main", "a-*", "acme"))
        .await
        .unwrap();
    let middle = world
        .succeed(plan().claim("main", "b-*", "acme"))
        .await
        .unwrap();
    drop(middle);
    let alone = tokio::spawn({
        let last = world.federation.clone();
        async move { last.settle_alone().await }
    });
    publish(&before, &Package::new("petal", "1.0.0")).await;
    assert!(!alone.is_finished() && world.federation.has_predecessors());
    assert_eq!(versions(&world.federation, &world, "petal").await, 1);
    drop(before);
    alone.await.unwrap().unwrap();
    assert!(!world.federation.has_predecessors());
}

#[tokio::test]
async fn a_claim_holds_from_the_moment_it_is_in_force() {
    let mut world = open(plan()).await;
    for (mirror, whose) in [("partner", "partner"), ("crates-io", "public")] {
        let row = Row::of(&Package::new("petal", "1.0.0").library(whose));
        world.shows(mirror, "petal", &[row]);
    }
    let refused = world.index("main", "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    let before = world
        .succeed(plan().claim("main", "petal", "partner"))
        .await
        .unwrap();
    assert_eq!(versions(&world.federation, &world, "petal").await, 1);
    // Whose it is by now is recorded, and the one before learnt it.
    assert_eq!(versions(&before, &world, "petal").await, 1);
    let in_force = world.federation.policy_in_force(&registry("main")).await;
    assert!(in_force.unwrap().unwrap().contains("claim petal partner"));
    assert!(before.is_superseded().await.unwrap());
    assert!(!world.federation.is_superseded().await.unwrap());
}

#[tokio::test]
async fn what_contradicts_a_decision_changes_nothing() {
    let mut world = open(plan()).await;
    world
        .federation
        .adopt_policies(&Actor::server())
        .await
        .unwrap();
    let petal = Package::new("petal", "1.0.0");
    for mirror in ["partner", "crates-io"] {
        world.shows(mirror, "petal", &[Row::of(&petal)]);
        world.has_archive(mirror, &petal);
    }
    world
        .succeed(plan().claim("main", "petal", "partner"))
        .await
        .map(drop)
        .unwrap();
    world.federation.settle_alone().await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    world.index("crates-io", "petal").await.unwrap();
    world.succeed(plan()).await.map(drop).unwrap();
    let (partner, public) = (registry("partner"), registry("crates-io"));
    let (main, petal) = (registry("main"), name("petal"));
    let transferred = world
        .federation
        .transfer(&main, &petal, &partner, &public, &ann())
        .await;
    transferred.unwrap();
    let facts = world.facts().await;
    let against = plan()
        .claim("main", "petal", "partner")
        .policy("main", |policy| {
            policy.aliases.declare(&name("rosa"), name("rose")).unwrap();
        });
    let refused = world.succeed(against).await.map(drop).unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.detail.contains("by command"), "{refused}");
    assert_eq!(
        world.facts().await,
        facts,
        "aliases are not declared either"
    );
    assert!(!world.federation.is_superseded().await.unwrap());
    world.federation.settle_alone().await.unwrap();
    assert!(world.federation.may_answer_unasked());
}

#[tokio::test]
async fn what_is_known_of_upstreams_is_taken_over() {
    let mut world = open(plan()).await;
    world.shows(
        "crates-io",
        "stem",
        &[Row::of(&Package::new("stem", "1.0.0"))],
    );
    world.versions("main", "stem").await;
    assert!(!world.asked("crates-io").is_empty());
    let now = world.ledger.now();
    for of in ["crates-io", "main"] {
        let alarms = world.federation.alarms();
        alarms.raise(
            &registry(of),
            None,
            AlarmKind::SilentUpstream,
            "down".to_owned(),
            now,
        );
    }
    let gone = registry("gone");
    let text = "down".to_owned();
    world
        .federation
        .alarms()
        .raise(&gone, None, AlarmKind::SilentUpstream, text, now);
    let before = world
        .succeed(plan().claim("main", "acme-*", "acme"))
        .await
        .unwrap();
    drop(before);
    assert_eq!(world.versions("main", "stem").await, ["1.0.0"]);
    assert_eq!(
        world.asked("crates-io"),
        [""; 0],
        "it was confirmed a moment ago"
    );
    let (alarms, _) = world.federation.alarms().all();
    let about: Vec<_> = alarms.iter().map(|alarm| alarm.registry.as_str()).collect();
    assert_eq!(about, ["crates-io"]);
}

#[tokio::test(start_paused = true)]
async fn a_mirror_is_asked_again_when_it_was_due() {
    let plan = || plan().synced("crates-io");
    let mut world = open(plan()).await;
    world.shows(
        "crates-io",
        "stem",
        &[Row::of(&Package::new("stem", "1.0.0"))],
    );
    world.versions("main", "stem").await;
    world.asked("crates-io");
    // Each of them lives for less than the time between two rounds.
    for round in 0..5 {
        tokio::time::sleep(super::plan::SYNC_EVERY / 2).await;
        let next = plan().claim("main", &format!("a{round}-*"), "acme");
        let before = world.succeed(next).await.unwrap();
        before.retire_itself().await;
    }
    assert!(
        world.asked("crates-io").len() >= 2,
        "rounds were made all the same"
    );
}
