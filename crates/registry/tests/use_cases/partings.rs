//! After a conflict was settled: what the other member publishes from then on leads to
//! its own crate, and what was there before stays as it is.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, World, address, ann, index_name, name, registry};
use crossdock_core::checksum::Checksum;
use crossdock_core::epoch::Moment;
use crossdock_registry::ports::Ledger as _;

fn plan() -> Plan {
    let plan = Plan::usual().mirror("partner");
    plan.view("main", &["acme", "partner", "crates-io"])
}

fn settled() -> Plan {
    plan().claim("main", "petal", "crates-io")
}

fn rose(number: &str) -> Row {
    Row::new("rose", number).needs("petal", "1")
}

/// A crate of `acme` that means partner's petal.
fn bud(number: &str) -> Package {
    let line = "petal = { version = \"1\", registry-index = \"sparse+https://partner.example/\" }";
    Package::new("bud", number).needs(line)
}

/// `petal` of both mirrors, of which 1.0.0 is agreed; `rose` of partner and `bud` of
/// acme depend on partner's.
async fn shared_petal() -> World {
    let world = plan().open().await;
    let (alike, other) = (Row::new("petal", "1.0.0"), Row::new("petal", "1.1.0"));
    let unlike = other.clone().checksum(Checksum::of(b"other"));
    world.shows("crates-io", "petal", &[alike.clone(), other]);
    world.shows("partner", "petal", &[alike, unlike]);
    world.shows("partner", "rose", &[rose("1.0.0")]);
    world.publish("acme", &bud("1.0.0")).await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    for krate in ["rose", "bud"] {
        assert_eq!(world.points_to("main", krate, "petal").await, CRATES_IO);
    }
    world
}

/// Where each row of a file leads, lowest version first.
async fn ways(world: &World, path: &str, krate: &str) -> Vec<String> {
    let rows = world.rows(path, krate).await;
    let way = |row: &serde_json::Value| row["deps"][0]["registry"].as_str().unwrap().to_owned();
    rows.iter().map(way).collect()
}

async fn settle(world: &mut World) {
    world.restart_with(settled()).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(world.explain("petal").await.owners, ["crates-io"]);
}

#[tokio::test]
async fn new_rows_of_who_lost_lead_to_its_face_and_old_ones_stay() {
    let mut world = shared_petal().await;
    // Nobody read 1.1.0 through the view, but somebody might have.
    world.shows("partner", "rose", &[rose("1.0.0"), rose("1.1.0")]);
    world.versions("partner", "rose").await;
    settle(&mut world).await;
    let (epoch, time) = world.ledger.latest().await.unwrap().unwrap();
    let roses = ["1.0.0", "1.1.0", "1.2.0"].map(rose);
    world.shows("partner", "rose", &roses);
    world.publish("acme", &bud("1.1.0")).await.unwrap();
    let face = address("main/from/partner");
    for _ in 0..2 {
        for path in ["main", "main/from/partner"] {
            let led = ways(&world, path, "rose").await;
            assert_eq!(led, [CRATES_IO, CRATES_IO, &*face], "{path}");
        }
        let led = ways(&world, "main", "bud").await;
        assert_eq!(led, [CRATES_IO, &*face]);
        world.restart().await;
    }
    // There it finds its own crate, the bytes that it was built with included.
    let petals = world.rows("main/from/partner", "petal").await;
    assert_eq!(petals[1]["cksum"], Checksum::of(b"other").to_string());
    // What stood before the new rows came is what it was.
    let (main, bud) = (world.surface("main"), index_name("bud"));
    let moment = Moment { epoch, time };
    let then = world.federation.read_index_at(&main, &bud, moment);
    let then = String::from_utf8(then.await.unwrap().plain().to_vec()).unwrap();
    assert!(
        then.contains(CRATES_IO) && !then.contains("1.1.0\""),
        "{then}"
    );
}

/// Of two rows of partner's, only the one that leads by identity would be led elsewhere.
#[tokio::test]
async fn a_reassignment_lists_the_rows_that_lead_by_identity_and_no_others() {
    let mut world = shared_petal().await;
    settle(&mut world).await;
    world.shows("partner", "rose", &[rose("1.0.0"), rose("1.1.0")]);
    let face = address("main/from/partner");
    assert_eq!(ways(&world, "main", "rose").await, [CRATES_IO, &*face]);
    world
        .restart_with(plan().claim("main", "petal", "acme"))
        .await;
    world
        .publish("acme", &Package::new("petal", "3.0.0"))
        .await
        .unwrap();
    let (main, petal, to) = (registry("main"), name("petal"), registry("acme"));
    let actor = ann();
    let report = world.federation.reassign(&main, &petal, &to, true, &actor);
    let report = report.await.unwrap();
    let rewritten = report.rewritten.iter();
    let rewritten: Vec<_> = rewritten.map(|row| (&*row.name, &*row.version)).collect();
    assert_eq!(rewritten, [("bud", "1.0.0"), ("rose", "1.0.0")]);
    assert_eq!(ways(&world, "main", "rose").await, [&*face, &*face]);
}
