//! Faces: a row keeps its target, and the record of it is the evidence for asking.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, World, address, registry};
use crossdock_core::name::CrateName;
use crossdock_core::policy::Identity;
use crossdock_registry::RefusalKind;
use crossdock_registry::ports::Ledger;

/// Private `petal`, and public `bloom` that needs the public `petal`.
async fn garden(plan: Plan) -> World {
    let world = plan.open().await;
    let bloom = Row::new("bloom", "1.0.0").needs("petal", "^9");
    world.shows("crates-io", "bloom", &[bloom]);
    world.shows("crates-io", "petal", &[Row::new("petal", "9.0.0")]);
    world.has_archive("crates-io", &Package::new("petal", "9.0.0"));
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    world
}

const FACE: &str = "main/from/crates-io";

#[tokio::test]
async fn a_public_row_keeps_its_public_target_beside_a_private_one() {
    for identity in [Identity::CratesIo, Identity::Split] {
        let plan = Plan::usual().policy("main", |policy| policy.identity = identity);
        let mut world = garden(plan).await;
        let refused = world.index(FACE, "petal").await.unwrap_err();
        assert_eq!(
            refused.kind,
            RefusalKind::Absent,
            "without evidence nobody is asked"
        );
        assert_eq!(world.asked("crates-io"), [""; 0]);
        for _ in 0..2 {
            let shown = world.points_to("main", "bloom", "petal").await;
            assert_eq!(shown, address(FACE), "{identity:?}");
            assert_eq!(world.versions(FACE, "petal").await, ["9.0.0"]);
            assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
            let public = Package::new("petal", "9.0.0");
            assert_eq!(world.fetch(FACE, &public).await.unwrap(), public.archive());
            world.restart().await;
        }
        let faces = world.ledger.faces(&registry("main")).await.unwrap();
        let key = |text: &str| CrateName::parse(text).unwrap().key();
        assert_eq!(faces, [(registry("crates-io"), key("petal"), key("bloom"))]);
        let owner = world.owner_on_record("main", "petal").await;
        assert_eq!(owner.as_deref(), Some("acme"));
    }
}

/// The name is private in both views; a row that one of them served names it, so the
/// upstream knows it anyway.
#[tokio::test]
async fn evidence_in_one_view_is_evidence_in_all() {
    let plan = Plan::usual().view("other", &["acme", "crates-io"]);
    let world = garden(plan).await;
    let other = "other/from/crates-io";
    let refused = world.index(other, "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Absent);
    assert_eq!(world.asked("crates-io"), [""; 0]);
    world.points_to("main", "bloom", "petal").await;
    for face in [FACE, other] {
        assert_eq!(world.versions(face, "petal").await, ["9.0.0"], "{face}");
    }
    for view in ["main", "other"] {
        assert_eq!(world.versions(view, "petal").await, ["1.0.0"], "{view}");
    }
}

#[tokio::test]
async fn rows_of_a_face_follow_the_view() {
    let world = garden(Plan::usual()).await;
    for path in ["main", FACE] {
        let shown = world.points_to(path, "bloom", "petal").await;
        assert_eq!(shown, address(FACE), "{path}");
    }
    let flower = Package::new("flower", "1.0.0").needs("petal = \"1\"");
    world.publish("acme", &flower).await.unwrap();
    for path in ["main", "main/from/acme"] {
        assert_eq!(world.points_to(path, "flower", "petal").await, CRATES_IO);
    }
}

/// A crate that was reached by the view's identity is reached so for ever, and one
/// that was reached by a face, too.
#[tokio::test]
async fn a_served_row_does_not_change_its_way() {
    let mut world = garden(Plan::usual()).await;
    let early = Row::new("early", "1.0.0").needs("leaf", "^1");
    world.shows("crates-io", "early", &[early]);
    assert_eq!(world.points_to("main", "early", "leaf").await, CRATES_IO);
    let refused = world.publish("acme", &Package::new("leaf", "1.0.0")).await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Forbidden);
    assert_eq!(
        world.points_to("main", "bloom", "petal").await,
        address(FACE)
    );
    world.restart().await;
    assert_eq!(world.points_to("main", "early", "leaf").await, CRATES_IO);
    assert_eq!(
        world.points_to("main", "bloom", "petal").await,
        address(FACE)
    );
}

#[tokio::test]
async fn a_member_limited_to_other_names_is_reached_by_its_face() {
    let plan = Plan::usual().mirror("partner");
    let plan = plan.view("main", &["acme", "partner", "crates-io"]);
    let plan = plan.policy("main", |policy| {
        let only = crossdock_core::pattern::NamePattern::parse("bloom").unwrap();
        let partner = policy.members.get_mut("partner").unwrap();
        partner.only = Some([only].into());
    });
    let world = plan.open().await;
    let bloom = Row::new("bloom", "1.0.0").needs("sprout", "^1");
    world.shows("partner", "bloom", &[bloom]);
    world.shows("partner", "sprout", &[Row::new("sprout", "1.0.0")]);
    world.shows("crates-io", "sprout", &[Row::new("sprout", "5.0.0")]);
    let face = "main/from/partner";
    assert_eq!(
        world.points_to("main", "bloom", "sprout").await,
        address(face)
    );
    assert_eq!(world.versions(face, "sprout").await, ["1.0.0"]);
    assert_eq!(world.versions("main", "sprout").await, ["5.0.0"]);
}

/// Its address is in locks, so it is refused with the cure, and cargo keeps its copies.
#[tokio::test]
async fn the_face_of_who_left_is_refused_and_not_absent() {
    let plan = || Plan::usual().mirror("partner");
    let members = ["acme", "partner", "crates-io"];
    let world = plan().view("main", &members).open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let bloom = Row::new("bloom", "1.0.0").needs("petal", "^1");
    world.shows("partner", "bloom", &[bloom]);
    let petal = Package::new("petal", "9.0.0");
    world.shows("partner", "petal", &[Row::of(&petal)]);
    world.has_archive("partner", &petal);
    let face = "main/from/partner";
    assert_eq!(
        world.points_to("main", "bloom", "petal").await,
        address(face)
    );
    world.fetch(face, &petal).await.unwrap();
    let mut world = world;
    world.restart_with(plan()).await;
    for refused in [
        world.index(face, "petal").await.err().unwrap(),
        world.fetch(face, &petal).await.unwrap_err(),
    ] {
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
        assert!(refused.detail.contains("put `partner` back"), "{refused}");
    }
    // Of who never was a member there is no face at all.
    assert!(world.federation.face("main", "nobody").is_none());
    world.restart_with(plan().view("main", &members)).await;
    assert_eq!(world.versions(face, "petal").await, ["9.0.0"]);
}
