//! Versions minted for builds, and patches of overlays that stand beside each other.

use super::package::Package;
use super::plan::Plan;
use super::world::ann;
use bytes::Bytes;
use crossdock_registry::RefusalKind;

fn build(number: u8) -> Package {
    Package::new("petal", "1.0.3").library(&format!("pub const NUMBER: u8 = {number};\n"))
}

#[tokio::test]
async fn each_other_content_gets_the_next_number() {
    let plan = Plan::new().minting("lab").crates_io();
    let mut world = plan.view("main", &["lab", "crates-io"]).open().await;
    world.publish("lab", &build(0)).await.unwrap();
    for number in 1..=11 {
        let published = world.publish("lab", &build(number)).await.unwrap();
        let told = published.warnings.concat();
        let minted = format!("this build is 1.0.3+{number} ");
        assert!(told.contains(&minted), "{told}");
        let again = world.publish("lab", &build(number)).await.unwrap();
        let told = again.warnings.concat();
        let there = format!("1.0.3+{number} already is in `lab`");
        assert!(told.contains(&there), "{told}");
        if number == 5 {
            world.restart().await;
        }
    }
    let first = world.publish("lab", &build(0)).await.unwrap();
    assert!(first.warnings[0].contains("same bytes"), "{first:?}");
    let versions = world.versions("main", "petal").await;
    assert_eq!(versions.len(), 12);
    assert_eq!(versions[9..], ["1.0.3+9", "1.0.3+10", "1.0.3+11"]);
    let rows = world.rows("lab", "petal").await;
    assert_eq!(rows[0]["cksum"], build(0).checksum().to_string());
    let sum = rows[11]["cksum"].as_str().unwrap().parse().unwrap();
    let bytes = world.fetch_as("main", "petal", "1.0.3+11", &sum).await;
    assert_eq!(crossdock_core::checksum::Checksum::of(&bytes.unwrap()), sum);
}

#[tokio::test]
async fn a_batch_says_what_was_minted() {
    let plan = Plan::new().minting("lab");
    let world = plan.view("main", &["lab"]).open().await;
    world.publish("lab", &build(1)).await.unwrap();
    let rose = Package::new("rose", "1.0.0").needs("petal = \"1\"");
    let bodies: [Bytes; 2] = [rose.body(), build(2).body()];
    let surface = world.surface("lab");
    let (batch, ann) = (bodies.concat().into(), ann());
    let taken = world
        .federation
        .publish_batch(&surface, batch, &crossdock_registry::Bearer::Trusted(ann))
        .await;
    let taken = taken.unwrap();
    assert_eq!(taken[1].minted.as_deref(), Some("1.0.3+1"));
    let rows = world.rows("lab", "petal").await;
    assert_eq!(rows[1]["cksum"].as_str(), taken[1].checksum.as_deref());
    assert_eq!(
        (taken[0].status, taken[1].status),
        ("published", "published")
    );
}

#[tokio::test]
async fn a_second_patch_of_a_version_is_an_overlays_alone() {
    let plan = Plan::new().hosted("acme").hosted("patches");
    let plan = plan.view("main", &["acme", "patches"]);
    let world = plan.overlay("main", "patches", "petal").open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    for patch in ["1.0.0+acme.1", "1.0.0+acme.2"] {
        world
            .publish("patches", &Package::new("petal", patch))
            .await
            .unwrap();
    }
    let shown = ["1.0.0!", "1.0.0+acme.1!", "1.0.0+acme.2"];
    assert_eq!(world.versions("main", "petal").await, shown);
    let other = Package::new("petal", "1.0.0+acme.3");
    let refused = world.publish("acme", &other).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Exists);
}
