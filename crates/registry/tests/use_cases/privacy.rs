//! A private name is never sent outside, on whatever path it is asked for.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, address, name, registry};
use crossdock_core::checksum::Checksum;
use crossdock_core::policy::Side;
use crossdock_registry::RefusalKind;
use crossdock_registry::memory::Request;
use crossdock_registry::ports::Reason;
use std::collections::BTreeSet;

/// Asks for a name in every way there is, in each of cargo's spellings.
async fn ask_everywhere(world: &World, private: &str) {
    let spellings = [
        private.to_owned(),
        private.replace('-', "_"),
        private.replace('_', "-"),
    ];
    let anything = Checksum::of(b"anything");
    for spelling in spellings {
        for path in ["main", "main/from/crates-io", "crates-io"] {
            let _ = world.index(path, &spelling).await;
            let _ = world.fetch_as(path, &spelling, "1.0.0", &anything).await;
            let surface = world.surface(path);
            let _ = world.federation.search(&surface, &spelling, 10, 1).await;
            let _ = world.federation.krate(&surface, &name(&spelling)).await;
        }
        let main = registry("main");
        let _ = world
            .federation
            .explain(&main, &name(&spelling), None)
            .await;
    }
    let _ = world.federation.conflicts(&registry("main")).await;
}

#[tokio::test]
async fn a_hosted_name_stays_in() {
    let mut world = Plan::usual().open().await;
    for private in ["acme-petal", "acme_stem"] {
        world.shows("crates-io", private, &[Row::new(private, "9.9.9")]);
        let package = Package::new(private, "1.0.0");
        world.publish("acme", &package).await.unwrap();
    }
    for _ in 0..2 {
        for private in ["acme-petal", "acme_stem"] {
            ask_everywhere(&world, private).await;
            assert_eq!(world.versions("main", private).await, ["1.0.0"]);
            for path in ["crates-io", "main/from/crates-io"] {
                let refused = world.index(path, private).await.unwrap_err();
                assert_eq!(refused.kind, RefusalKind::Absent, "{path}");
            }
        }
        assert_eq!(world.asked("crates-io"), [""; 0]);
        world.restart().await;
    }
}

#[tokio::test]
async fn a_claimed_name_stays_in_before_it_exists() {
    let world = Plan::usual().claim("main", "acme-*", "acme").open().await;
    world.shows(
        "crates-io",
        "acme-petal",
        &[Row::new("acme-petal", "9.9.9")],
    );
    ask_everywhere(&world, "acme-petal").await;
    let refused = world.index("main", "acme-petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Absent);
    assert_eq!(world.asked("crates-io"), [""; 0]);
    assert_eq!(world.facts().await, [""; 0], "404 records nothing");
}

#[tokio::test]
async fn what_an_upload_mentions_stays_in() {
    let world = Plan::usual().open().await;
    let flower = Package::new("flower", "1.0.0").needs("secret = \"1\"");
    world.publish("acme", &flower).await.unwrap();
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

/// A mirror that was asked before the name became private holds rows of it; neither
/// their age nor their archives may lead outside now.
#[tokio::test]
async fn a_name_that_becomes_private_is_asked_for_no_more() {
    let mut world = Plan::usual().open().await;
    let public = Package::new("petal", "9.9.9");
    world.shows("crates-io", "petal", &[Row::of(&public)]);
    world.has_archive("crates-io", &public);
    assert_eq!(world.versions("crates-io", "petal").await, ["9.9.9"]);
    assert_eq!(world.asked("crates-io"), ["petal"]);
    let claimed = Plan::usual().claim("main", "petal", "acme");
    world.restart_with(claimed).await;
    let private = Package::new("petal", "1.0.0");
    world.publish("acme", &private).await.unwrap();
    for _ in 0..2 {
        ask_everywhere(&world, "petal").await;
        for path in ["crates-io", "main/from/crates-io", "main"] {
            let _ = world.fetch(path, &public).await;
        }
        assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
        assert_eq!(world.asked("crates-io"), [""; 0]);
        world.restart().await;
    }
}

/// The member is outside in both views, and the name is private in one of them.
#[tokio::test]
async fn a_name_that_is_private_in_one_view_is_not_asked_for_by_another() {
    let plan = Plan::usual().view("public", &["crates-io"]);
    let world = plan.open().await;
    world.shows("crates-io", "petal", &[Row::new("petal", "9.9.9")]);
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let _ = world.index("public", "petal").await;
    let _ = world.index("public/from/crates-io", "petal").await;
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

/// A view with an inside member that is a mirror: another house of the same company.
async fn world_with_a_sister() -> World {
    let plan = Plan::usual().mirror("sister");
    let plan = plan.view("main", &["acme", "sister", "crates-io"]);
    let plan = plan.policy("main", |policy| {
        policy.members.get_mut("sister").unwrap().side = Side::Inside;
    });
    let world = plan.open().await;
    for private in ["her-petal", "her_stem"] {
        world.shows("sister", private, &[Row::new(private, "1.0.0")]);
    }
    world
}

#[tokio::test]
async fn a_name_that_an_inside_mirror_has_stays_in_whatever_its_spelling() {
    let world = world_with_a_sister().await;
    for (asked, has) in [("her_petal", "her-petal"), ("her-stem", "her_stem")] {
        let refused = world.index("main", asked).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{asked}");
        assert_eq!(world.asked("crates-io"), [""; 0], "{asked}");
        assert_eq!(world.versions("main", has).await, ["1.0.0"]);
    }
    world.upstream("sister").set_silent(true);
    let refused = world.index("main", "anything").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn an_upload_that_needs_an_inside_mirror_s_crate_means_that_one() {
    let world = world_with_a_sister().await;
    for private in ["her-petal", "her_stem"] {
        let flower = Package::new(&format!("for-{private}"), "1.0.0");
        let flower = flower.needs(&format!("{private} = \"1\""));
        world.publish("acme", &flower).await.unwrap();
        let shown = world.points_to("acme", &flower.name, private).await;
        assert_eq!(shown, address("sister"), "{private}");
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn a_silent_ledger_of_private_names_opens_nothing() {
    let world = Plan::usual().open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let error = crossdock_registry::ports::StoreError::Unavailable("told so".to_owned());
    world.ledger.fail_next_read(error);
    let refused = world.index("main", "petal").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn a_row_of_ours_is_no_evidence_that_others_know_the_name() {
    // No view of that name resolves uploads, so a bare dependency stays crates.io's.
    let both = ["acme", "crates-io"];
    let plan = Plan::new().hosted("acme").crates_io();
    let world = plan.view("red", &both).view("blue", &both).open().await;
    world.shows("crates-io", "stem", &[Row::new("stem", "9.9.9")]);
    for package in [
        Package::new("stem", "1.0.0"),
        Package::new("petal", "1.0.0").needs("stem = \"1\""),
    ] {
        world.publish("acme", &package).await.unwrap();
    }
    let shown = world.points_to("red", "petal", "stem").await;
    assert_eq!(shown, address("red/from/crates-io"));
    let refused = world.index("red/from/crates-io", "stem").await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Absent);
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn a_name_stays_in_when_its_registry_leaves_the_view() {
    let plan = || Plan::new().hosted("acme").hosted("apps").crates_io();
    let members = ["acme", "apps", "crates-io"];
    let mut world = plan().view("main", &members).open().await;
    let secret = Package::new("secret", "1.0.0");
    world.publish("acme", &secret).await.unwrap();
    assert_eq!(world.versions("main", "secret").await, ["1.0.0"]);
    world.restart_with(plan().view("main", &members[1..])).await;
    let refused = world.index("main", "secret").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Unavailable, "{refused}");
    let refused = world.fetch("main", &secret).await;
    assert_ne!(refused.ok(), Some(secret.archive()));
    let refused = world
        .publish("main", &Package::new("secret", "1.0.1"))
        .await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Forbidden);
    ask_everywhere(&world, "secret").await;
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

/// `her-petal` is the sister's, and nobody has ever asked for it; then a public row
/// names it, the mirror itself is asked for it, and it is asked for in every mix.
#[tokio::test]
async fn what_an_inside_mirror_has_is_kept_in_by_the_outside_one_too() {
    let world = world_with_a_sister().await;
    world.shows(
        "sister",
        "her_mixed-up",
        &[Row::new("her_mixed-up", "1.0.0")],
    );
    let needs_it = Row::new("bait", "1.0.0").needs("her-petal", "^1");
    world.shows("crates-io", "bait", &[needs_it]);
    let _ = world.index("main", "bait").await;
    for asked in ["her-petal", "her_petal", "her-mixed-up", "her_mixed_up"] {
        for path in ["crates-io", "main/from/crates-io", "main"] {
            let _ = world.index(path, asked).await;
        }
    }
    // What was hinted at has had its chance.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    // The public row is evidence for the name that it mentions, and for no other.
    let dependent = name("bait").key();
    let reasons = reasons(&world);
    assert!(!reasons.is_empty());
    for (asked, reason) in reasons {
        match asked.as_str() {
            "bait" => assert_eq!(reason, Reason::Asked),
            "her-petal" | "her_petal" => {
                let dependent = dependent.clone();
                assert_eq!(reason, Reason::Evidence { dependent });
            }
            other => panic!("{other} was asked for: {reason:?}"),
        }
    }
}

/// Which index files crates.io was asked for, and why that was allowed.
fn reasons(world: &World) -> BTreeSet<(String, Reason)> {
    let requests = world.upstream("crates-io").take_requests();
    let index = requests.into_iter().filter_map(|request| match request {
        Request::Index { name, reason, .. } => Some((name.to_string(), reason)),
        Request::Download { .. } => None,
    });
    index.collect()
}

#[tokio::test]
async fn what_was_read_of_an_inside_mirror_is_private_in_every_spelling_for_good() {
    let mut world = world_with_a_sister().await;
    let many = "her_a-b_c-d_e-f";
    world.shows("sister", many, &[Row::new(many, "1.0.0")]);
    assert_eq!(world.versions("main", many).await, ["1.0.0"]);
    for _ in 0..2 {
        for asked in ["her-a-b-c-d-e-f", "her_a_b_c_d_e-f"] {
            let refused = world.index("crates-io", asked).await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Absent, "{asked}");
        }
        assert_eq!(world.asked("crates-io"), [""; 0]);
        world.restart().await;
    }
}

#[tokio::test]
async fn a_silent_inside_mirror_keeps_unknown_names_in() {
    let world = world_with_a_sister().await;
    world.upstream("sister").set_silent(true);
    for path in ["crates-io", "main/from/crates-io", "main"] {
        let refused = world.index(path, "anything").await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable, "{path}");
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

/// Law 8's one exception, and why each request was allowed.
#[tokio::test]
async fn a_private_name_is_asked_for_on_evidence_alone_and_with_it() {
    let world = Plan::usual().open().await;
    let stem = Package::new("stem", "1.0.0");
    world.publish("acme", &stem).await.unwrap();
    world.shows("crates-io", "stem", &[Row::new("stem", "9.9.9")]);
    let petal = Row::new("petal", "1.0.0").needs("stem", "^9");
    world.shows("crates-io", "petal", &[petal]);
    let refused = world.index("main/from/crates-io", "stem").await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Absent);
    let shown = world.points_to("main", "petal", "stem").await;
    assert_eq!(shown, address("main/from/crates-io"));
    assert_eq!(
        world.versions("main/from/crates-io", "stem").await,
        ["9.9.9"]
    );
    let dependent = name("petal").key();
    let expected = [
        ("petal".to_owned(), Reason::Asked),
        ("stem".to_owned(), Reason::Evidence { dependent }),
    ];
    assert_eq!(reasons(&world), BTreeSet::from(expected));
}

/// Nobody asked for the name: where a row leads is settled before it is shown.
#[tokio::test]
async fn what_is_asked_for_a_rows_sake_is_on_record_with_the_row() {
    let plan = Plan::usual().mirror("partner");
    let world = plan
        .view("main", &["acme", "partner", "crates-io"])
        .open()
        .await;
    let garden = Package::new("garden", "1.0.0")
        .needs("petal = \"1\"")
        .with("[dev-dependencies]\nstem = \"1\"");
    world.publish("acme", &garden).await.unwrap();
    world.upstream("crates-io").take_requests();
    assert_eq!(world.versions("main", "garden").await, ["1.0.0"]);
    let dependent = name("garden").key();
    let expected = ["petal", "stem"].map(|asked| {
        let dependent = dependent.clone();
        (asked.to_owned(), Reason::Row { dependent })
    });
    assert_eq!(reasons(&world), BTreeSet::from(expected));
    assert!(world.index("main", "tulip").await.is_err());
    let expected = [("tulip".to_owned(), Reason::Asked)];
    assert_eq!(reasons(&world), BTreeSet::from(expected));
}

#[tokio::test]
async fn a_list_of_names_decides_about_the_unknown_alone() {
    let world = Plan::usual().open().await;
    for public in ["rose", "tulip"] {
        world.shows("crates-io", public, &[Row::new(public, "1.0.0")]);
    }
    assert_eq!(world.versions("main", "rose").await, ["1.0.0"]);
    let crates_io = world.upstream("crates-io");
    crates_io.set_listed([name("Tulip").key()]);
    world.asked("crates-io");
    for path in ["main", "crates-io"] {
        for unlisted in ["secret", "my-plan"] {
            let refused = world.index(path, unlisted).await.unwrap_err();
            assert_eq!(refused.kind, RefusalKind::Absent, "{path} {unlisted}");
        }
    }
    crates_io.set_silent(true);
    let refused = world.index("main", "secret").await.unwrap_err();
    assert_eq!(
        refused.kind,
        RefusalKind::Absent,
        "nobody is needed to say so"
    );
    crates_io.set_silent(false);
    assert_eq!(world.asked("crates-io"), [""; 0]);
    // What is held is known, and is asked for again whatever the list says.
    assert_eq!(world.versions("main", "rose").await, ["1.0.0"]);
    assert_eq!(world.versions("main", "tulip").await, ["1.0.0"]);
    assert_eq!(world.asked("crates-io"), ["rose", "tulip"]);
}
