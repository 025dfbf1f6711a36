//! Builds that take the place of others: what is read then, and at every epoch.

use super::package::Package;
use super::plan::Plan;
use super::world::{BEGIN, World, index_name, name, registry};
use crossdock_core::epoch::When;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::{ManualClock, MemoryLedger};
use crossdock_registry::ports::Ledger as _;
use crossdock_registry::{RefusalKind, rebuild};

const PATHS: [&str; 3] = ["lab", "main", "main/from/lab"];

fn build(number: u8) -> Package {
    Package::new("petal", "1.0.0").library(&format!("pub const NUMBER: u8 = {number};\n"))
}

async fn world() -> World {
    let plan = Plan::new().replacing("lab").crates_io();
    plan.view("main", &["lab", "crates-io"]).open().await
}

async fn checksum_at(world: &World, path: &str, epoch: u64) -> Option<String> {
    let moment = world
        .federation
        .moment(&registry("main"), &When::Epoch(epoch))
        .await
        .unwrap();
    let (surface, petal) = (world.surface(path), index_name("petal"));
    let file = world.federation.read_index_at(&surface, &petal, moment);
    let file = file.await.ok()?;
    let row: serde_json::Value = serde_json::from_slice(file.plain()).unwrap();
    Some(row["cksum"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_epoch_shows_the_build_of_its_day_and_all_are_given() {
    let mut world = world().await;
    let mut newest = Vec::new();
    for number in [1, 2, 3, 1] {
        let time = format!("2026-11-21T1{}:00:00Z", newest.len());
        world.clock.set(Timestamp::parse(&time).unwrap());
        let package = build(number);
        world.publish("lab", &package).await.unwrap();
        let (epoch, _) = world.ledger.latest().await.unwrap().unwrap();
        newest.push((epoch, package.checksum().to_string()));
        for path in PATHS {
            let rows = world.rows(path, "petal").await;
            assert_eq!(rows.len(), 1, "{path}");
            assert_eq!(rows[0]["cksum"], package.checksum().to_string(), "{path}");
            assert_eq!(rows[0]["pubtime"], time, "{path}");
        }
    }
    let kinds = [
        "published",
        "owner-recorded",
        "rebuilt",
        "rebuilt",
        "rebuilt",
    ];
    assert_eq!(world.facts().await, kinds);
    for restarted in [false, true] {
        for path in PATHS {
            for (epoch, checksum) in &newest {
                let at = checksum_at(&world, path, *epoch).await;
                assert_eq!(
                    at.as_ref(),
                    Some(checksum),
                    "{path} at {epoch}, {restarted}"
                );
            }
            for number in [1, 2, 3] {
                let package = build(number);
                let bytes = world.fetch(path, &package).await.unwrap();
                assert_eq!(bytes, package.archive(), "{path}");
            }
            let never = world.fetch(path, &build(9)).await.unwrap_err();
            assert_eq!(never.kind, RefusalKind::Absent);
        }
        world.restart().await;
    }
}

#[tokio::test]
async fn a_ledger_with_builds_is_made_again() {
    let world = world().await;
    for number in [1, 2, 1] {
        world.publish("lab", &build(number)).await.unwrap();
    }
    let clock = ManualClock::at(Timestamp::parse(BEGIN).unwrap());
    let again = MemoryLedger::new(clock.reading());
    let done = rebuild(&*world.ledger, &again, &|time| clock.set(time)).await;
    assert_eq!(done.unwrap(), 4);
    let (lab, petal) = (registry("lab"), name("petal").key());
    let rows = |releases: Vec<crossdock_registry::ports::HostedRelease>| {
        let rows = releases.into_iter();
        rows.map(|release| (release.sequence, release.row))
            .collect::<Vec<_>>()
    };
    let mut told = Vec::new();
    for ledger in [&*world.ledger, &again] as [&MemoryLedger; 2] {
        let krate = ledger.hosted(&lab, &petal).await.unwrap().unwrap();
        let earlier = ledger.earlier_builds(&lab, &petal).await.unwrap();
        told.push((rows(krate.releases), rows(earlier)));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0].0.len(), told[0].1.len()), (1, 2));
}

#[tokio::test]
async fn what_is_shown_with_others_is_not_held_against_a_newer_build() {
    let plan = Plan::new().hosted("acme").replacing("lab");
    let plan = plan.view("main", &["acme", "lab"]);
    let world = plan
        .same_crate("main", "petal", &["acme", "lab"])
        .open()
        .await;
    world
        .publish("acme", &Package::new("petal", "0.9.0"))
        .await
        .unwrap();
    world.publish("lab", &build(1)).await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["0.9.0", "1.0.0"]);
    world.publish("lab", &build(2)).await.unwrap();
    let rows = world.rows("main", "petal").await;
    assert_eq!(rows[1]["cksum"], build(2).checksum().to_string());
    for number in [1, 2] {
        world.fetch("main", &build(number)).await.unwrap();
    }
}
