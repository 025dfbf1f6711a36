//! Transfers and reassignments: what they change, and what they say before.

use super::{partners_petal, plan};
use crate::package::Package;
use crate::row::Row;
use crate::world::{CRATES_IO, address, index_name, registry};
use crossdock_core::checksum::Checksum;
use crossdock_registry::RefusalKind;

#[tokio::test]
async fn a_transfer_changes_no_row() {
    let mut world = partners_petal(plan()).await;
    for number in ["1.0.0", "1.1.0"] {
        world
            .publish("apps", &Package::new("bud", number))
            .await
            .unwrap();
    }
    let (petal, rose) = (
        world.text("main", "petal").await,
        world.text("main", "rose").await,
    );
    let refused = world
        .transfer("petal", "partner", "crates-io")
        .await
        .unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Conflict);
    assert!(refused.detail.contains("1.1.0: missing"), "{refused}");
    let other = Row::new("petal", "1.1.0").checksum(Checksum::of(b"other"));
    world.shows("crates-io", "petal", &[Row::new("petal", "1.0.0"), other]);
    world.restart().await;
    world.versions("crates-io", "petal").await;
    let refused = world
        .transfer("petal", "partner", "crates-io")
        .await
        .unwrap_err();
    assert!(refused.detail.contains("1.1.0: "), "{refused}");
    assert!(!refused.detail.contains("1.0.0"), "{refused}");
    let wrong = world
        .transfer("petal", "acme", "partner")
        .await
        .unwrap_err();
    assert!(wrong.detail.contains("`partner`"), "{wrong}");
    assert_eq!(world.text("main", "petal").await, petal);

    let mut world = partners_petal(plan()).await;
    let mine = [
        Row::new("petal", "1.0.0").needs("other", "1"),
        Row::new("petal", "1.1.0"),
        Row::new("petal", "1.2.0"),
    ];
    world.shows("crates-io", "petal", &mine);
    world.restart().await;
    world.versions("crates-io", "petal").await;
    world.asked("crates-io");
    let done = world
        .transfer("petal", "partner", "crates-io")
        .await
        .unwrap();
    assert_eq!(done.releases, 2);
    assert!(
        world.asked("crates-io").is_empty(),
        "nobody is asked for it"
    );
    for _ in 0..2 {
        let now = world.text("main", "petal").await;
        let old: String = now
            .lines()
            .take(2)
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(old, petal, "the rows are partner's as they were");
        assert_eq!(
            world.versions("main", "petal").await.len(),
            3,
            "the rest is the new owner's"
        );
        assert_eq!(world.text("main", "rose").await, rose);
    }
    let again = world
        .transfer("petal", "partner", "crates-io")
        .await
        .unwrap_err();
    assert_eq!(again.kind, RefusalKind::Conflict);
}

#[tokio::test]
async fn a_transfer_outlives_a_restart_and_its_archives_are_given() {
    let mut world = partners_petal(plan()).await;
    let petal = world.text("main", "petal").await;
    for number in ["1.0.0", "1.1.0"] {
        world.has_archive("crates-io", &Package::new("petal", number));
    }
    world.shows(
        "crates-io",
        "petal",
        &[Row::new("petal", "1.0.0"), Row::new("petal", "1.1.0")],
    );
    world.restart().await;
    world.versions("crates-io", "petal").await;
    world
        .transfer("petal", "partner", "crates-io")
        .await
        .unwrap();
    world.restart().await;
    assert_eq!(world.text("main", "petal").await, petal);
    assert_eq!(
        world.owner_on_record("main", "petal").await.as_deref(),
        Some("crates-io")
    );
    world
        .fetch("main", &Package::new("petal", "1.1.0"))
        .await
        .unwrap();
}

/// From outside to inside, rows go on naming the crate as public.
#[tokio::test]
async fn a_public_name_that_becomes_private_is_named_as_before() {
    let split = || {
        plan().policy("main", |policy| {
            policy.identity = crossdock_core::policy::Identity::Split;
        })
    };
    let mut world = partners_petal(split()).await;
    let (petals, roses) = (
        world.text("main", "petal").await,
        world.text("main", "rose").await,
    );
    assert_eq!(world.points_to("main", "rose", "petal").await, CRATES_IO);
    let petal = Package::new("petal", "1.0.0");
    let refused = world.publish("acme", &petal).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    for word in ["claims = { petal = \"acme\" }", "transfer"] {
        assert!(refused.detail.contains(word), "{refused}");
    }
    // Claimed, it may come in, and is not shown before it is settled.
    world
        .restart_with(split().claim("main", "petal", "acme"))
        .await;
    for number in ["1.0.0", "1.1.0", "1.2.0"] {
        world
            .publish("acme", &Package::new("petal", number))
            .await
            .unwrap();
    }
    assert_eq!(world.text("main", "petal").await, petals);
    world.transfer("petal", "partner", "acme").await.unwrap();
    for _ in 0..2 {
        assert!(world.text("main", "petal").await.starts_with(&petals));
        assert_eq!(world.versions("main", "petal").await.len(), 3);
        assert_eq!(world.text("main", "rose").await, roses);
        let tulip = Row::new("tulip", "1.0.0").needs("petal", "1");
        world.shows("partner", "tulip", &[tulip]);
        assert_eq!(world.points_to("main", "tulip", "petal").await, CRATES_IO);
        world.restart().await;
    }
    world.asked("partner");
    world.versions("main", "petal").await;
    assert!(world.asked("partner").is_empty(), "it is private now");
    let reports = world.federation.conflicts(&registry("main")).await;
    assert_eq!(reports.unwrap().len(), 0, "the claim says what is so");
}

/// Beyond its limit a member shows nothing, and takes no name.
#[tokio::test]
async fn a_limited_member_takes_no_name_beyond_its_limit() {
    let limited = plan().policy("main", |policy| {
        let only = crossdock_core::pattern::NamePattern::parse("apps-*").unwrap();
        let apps = policy.members.get_mut("apps").unwrap();
        apps.only = Some([only].into());
    });
    let world = partners_petal(limited).await;
    let before = world.text("main", "petal").await;
    world
        .publish("apps", &Package::new("petal", "9.0.0"))
        .await
        .unwrap();
    assert_eq!(world.text("main", "petal").await, before);
    assert_eq!(world.versions("apps", "petal").await, ["9.0.0"]);
}

#[tokio::test]
async fn a_reassignment_says_what_breaks_and_then_does_it() {
    let mut world = partners_petal(plan()).await;
    let mine = [
        Row::new("petal", "1.0.0").checksum(Checksum::of(b"another")),
        Row::new("petal", "2.0.0"),
    ];
    let nothing = world
        .reassign("petal", "crates-io", true)
        .await
        .unwrap_err();
    assert_eq!(nothing.kind, RefusalKind::Conflict);
    world.shows("crates-io", "petal", &mine);
    world.restart().await;
    world.versions("crates-io", "petal").await;
    let asked = world.reassign("petal", "crates-io", false).await.unwrap();
    assert!(!asked.done);
    assert_eq!(asked.vanishing, ["1.1.0"]);
    assert_eq!(asked.changing, ["1.0.0"]);
    let rows: Vec<_> = asked
        .rewritten
        .iter()
        .map(|row| (row.name.as_str(), row.face.as_str()))
        .collect();
    assert_eq!(rows, [("rose", "partner")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);

    let done = world.reassign("petal", "crates-io", true).await.unwrap();
    assert!(done.done);
    assert_eq!(done.rewritten, asked.rewritten);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "2.0.0"]);
    let face = address("main/from/partner");
    assert_eq!(world.points_to("main", "rose", "petal").await, face);
    assert_eq!(
        world.versions("main/from/partner", "petal").await,
        ["1.0.0", "1.1.0"]
    );
    let again = world
        .reassign("petal", "crates-io", true)
        .await
        .unwrap_err();
    assert!(again.detail.contains("already"), "{again}");
}

/// What is transferred or reassigned is not undone by a stale reader or another node.
#[tokio::test]
async fn settings_that_say_otherwise_are_told() {
    let mut world = partners_petal(plan().claim("main", "petal", "partner")).await;
    world.shows("crates-io", "petal", &[Row::new("petal", "1.0.0")]);
    world.restart().await;
    world.versions("crates-io", "petal").await;
    let refused = world
        .reassign("petal", "crates-io", true)
        .await
        .unwrap_err();
    assert!(refused.detail.contains("claim `petal`"), "{refused}");
    assert!(
        refused
            .detail
            .contains("claims = { petal = \"crates-io\" }"),
        "{refused}"
    );
}

/// What the 503 of a name says that whose owner left the view does settle it.
#[tokio::test]
async fn the_name_of_a_member_that_left_can_be_given_to_another() {
    for reassigned in [false, true] {
        let mut world = partners_petal(plan()).await;
        let before = world.versions("main", "petal").await;
        let text = world.text("partner", "petal").await;
        let upstream = world.upstream("crates-io");
        upstream.set_entry(&index_name("petal"), text);
        // It was absent there a moment ago.
        world.restart().await;
        assert_eq!(world.versions("crates-io", "petal").await, before);
        world
            .restart_with(plan().view("main", &["acme", "crates-io"]))
            .await;
        assert!(world.index("main", "petal").await.is_err());
        match reassigned {
            false => {
                let transferred = world.transfer("petal", "partner", "crates-io").await;
                assert_eq!(transferred.unwrap().releases, before.len());
            }
            true => {
                let reassigned = world.reassign("petal", "crates-io", true).await;
                assert!(reassigned.unwrap().done);
            }
        }
        assert_eq!(world.versions("main", "petal").await, before);
    }
}
