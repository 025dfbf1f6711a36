//! Retired mirrors, purged releases, conflicts that were agreed upon, several nodes.

use super::{partners_petal, plan};
use crate::package::Package;
use crate::plan::Plan;
use crate::row::Row;
use crate::world::{CRATES_IO, ann, name, registry, version};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Words;
use crossdock_registry::RefusalKind;

/// Eight who add an owner at once: all are owners.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_add_an_owner_none_is_lost() {
    let world = plan().open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let adding = (0..8).map(|number| {
        let (federation, acme) = (world.federation.clone(), world.surface("acme"));
        tokio::spawn(async move {
            let new = crossdock_core::actor::Actor::parse(&format!("user-{number}")).unwrap();
            federation
                .change_owners(
                    &acme,
                    &name("petal"),
                    &[new],
                    &[],
                    &crossdock_registry::Bearer::Trusted(ann()),
                )
                .await
        })
    });
    for added in adding.collect::<Vec<_>>() {
        added.await.unwrap().unwrap();
    }
    let acme = world.surface("acme");
    let owners = world
        .federation
        .owners(&acme, &name("petal"))
        .await
        .unwrap();
    assert_eq!(owners.len(), 9, "{owners:?}");
}

#[tokio::test]
async fn a_retired_mirror_is_what_is_held_of_it() {
    let world = partners_petal(plan()).await;
    let retire = || async {
        let retired = world.federation.retire(&registry("partner"), &ann()).await;
        retired.unwrap()
    };
    world.upstream("partner").set_silent(true);
    // A name that it might own is answered for by nobody.
    let silent = world.index("main", "serde").await.unwrap_err();
    assert_eq!(silent.kind, RefusalKind::Unavailable);
    assert!(!retire().await.already);
    assert!(retire().await.already);
    world.asked("partner");
    let absent = world.index("main", "serde").await.unwrap_err();
    assert_eq!(absent.kind, RefusalKind::Absent);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert!(world.asked("partner").is_empty(), "it is never asked again");
    let hosted = world.federation.retire(&registry("acme"), &ann()).await;
    assert_eq!(hosted.unwrap_err().kind, RefusalKind::Unsupported);
}

#[tokio::test]
async fn a_purged_release_is_gone_for_good() {
    let world = plan().open().await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    world
        .publish("acme", &Package::new("petal", "1.1.0"))
        .await
        .unwrap();
    world.fetch("main", &petal).await.unwrap();
    let reason = || Words::parse("court order 7").unwrap();
    let purge = || {
        let (registry, name, version) = (registry("acme"), name("petal"), version("1.0.0"));
        let federation = world.federation.clone();
        async move {
            federation
                .purge(&registry, &name, &version, reason(), &ann())
                .await
        }
    };
    let purged = purge().await.unwrap();
    assert!(purged.kept_for.is_empty());
    assert!(
        !world.blobs.checksums().contains(&petal.checksum()),
        "the bytes are gone"
    );
    for path in ["acme", "main", "main/from/acme"] {
        assert_eq!(world.versions(path, "petal").await, ["1.0.0!", "1.1.0"]);
        let refused = world.fetch(path, &petal).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Purged);
        assert!(refused.detail.contains("court order 7"), "{refused}");
    }
    purge().await.unwrap();
    for again in [petal.clone(), Package::new("petal", "1.0.0+b")] {
        let refused = world.publish("acme", &again).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
    }
    assert!(!world.blobs.checksums().contains(&petal.checksum()));
    let (acme, of, number) = (world.surface("acme"), name("petal"), version("1.0.0"));
    let bearer = crossdock_registry::Bearer::Trusted(ann());
    let unyanked = world
        .federation
        .set_yanked(&acme, &of, &number, false, &bearer);
    unyanked.await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!", "1.1.0"]);
}

#[tokio::test]
async fn bytes_that_another_registry_names_stay() {
    let plan = Plan::new()
        .hosted("acme")
        .hosted("apps")
        .view("main", &["acme"]);
    let world = plan.open().await;
    let petal = Package::new("petal", "1.0.0");
    for registry in ["acme", "apps"] {
        world.publish(registry, &petal).await.unwrap();
    }
    let reason = Words::parse("court order 7").unwrap();
    let purged = world
        .federation
        .purge(
            &registry("acme"),
            &name("petal"),
            &version("1.0.0"),
            reason,
            &ann(),
        )
        .await
        .unwrap();
    assert_eq!(purged.kept_for, ["apps"]);
    world.fetch("apps", &petal).await.unwrap();
    assert!(world.fetch("acme", &petal).await.is_err());
}

/// What several agreed on stays shown when one of them publishes other bytes later.
#[tokio::test]
async fn what_was_agreed_stays() {
    let plan = plan().same_crate("main", "petal", &["acme", "partner"]);
    let mut world = plan.open().await;
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    world.shows("partner", "petal", &[Row::new("petal", "1.1.0")]);
    let before = world.text("main", "petal").await;
    assert_eq!(before.lines().count(), 2);
    // acme publishes what only partner had, with other bytes.
    let other = Package::new("petal", "1.1.0").library("pub struct Thorn;");
    world.publish("acme", &other).await.unwrap();
    assert_eq!(world.text("main", "petal").await, before);
    let reports = world.federation.conflicts(&registry("main")).await.unwrap();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].withheld.contains_key("1.1.0"));
    world.restart_with(self::plan()).await;
    assert_eq!(
        world.text("main", "petal").await,
        before,
        "the declaration is withdrawn"
    );
}

/// Also if whoever speaks for the name without the declaration has nothing of it: what
/// was shown of the others is shown, and no cargo is told that there is no such crate.
#[tokio::test]
async fn what_was_shown_outlives_a_declaration_whose_inside_member_has_nothing() {
    for inside_too in [false, true] {
        let declared = plan().same_crate("main", "petal", &["acme", "partner"]);
        let mut world = declared.open().await;
        world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
        let before = world.text("main", "petal").await;
        world.restart_with(plan()).await;
        assert_eq!(world.text("main", "petal").await, before);
        let published = Package::new("petal", "1.1.0");
        if inside_too {
            world.publish("acme", &published).await.unwrap();
            assert!(world.text("main", "petal").await.starts_with(&before));
        }
        // What partner has later is not shown: the name is acme's to speak for.
        let later = ["1.0.0", "3.0.0"].map(|number| Row::new("petal", number));
        world.shows("partner", "petal", &later);
        world.restart().await;
        let shown = world.versions("main", "petal").await;
        assert!(shown.contains(&"1.0.0".to_owned()), "{shown:?}");
        assert_eq!(shown.contains(&"1.1.0".to_owned()), inside_too);
        assert!(!shown.contains(&"3.0.0".to_owned()), "{shown:?}");
    }
}

/// A declaration that is newer than the record takes effect, dependants included.
#[tokio::test]
async fn a_later_declaration_unites() {
    let mut world = partners_petal(plan()).await;
    let before = world.text("main", "petal").await;
    let mine = [
        Row::new("petal", "1.0.0").checksum(Checksum::of(b"another")),
        Row::new("petal", "1.5.0"),
    ];
    world.shows("crates-io", "petal", &mine);
    let bloom = Row::new("bloom", "1.0.0").needs("petal", "1.5");
    world.shows("crates-io", "bloom", &[bloom]);
    let declared = plan().same_crate("main", "petal", &["partner", "crates-io"]);
    world.restart_with(declared).await;
    assert_eq!(world.points_to("main", "bloom", "petal").await, CRATES_IO);
    let now = world.text("main", "petal").await;
    assert!(now.starts_with(&before), "{now}");
    assert_eq!(
        world.versions("main", "petal").await,
        ["1.0.0", "1.1.0", "1.5.0"]
    );
}

/// Two nodes over one ledger: whoever was first is obeyed by both.
#[tokio::test]
async fn two_nodes_serve_one_owner() {
    let world = plan().open().await;
    let other = crate::world::federation(
        world.federation.configuration(),
        &world.ledger,
        &world.blobs,
        &world.upstreams,
        None,
    )
    .await;
    world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    // The other node sees partner's petal gone and another one at crates.io.
    world.shows("partner", "petal", &[]);
    world.shows("crates-io", "petal", &[Row::new("petal", "9.0.0")]);
    let surface = other.surface("main").unwrap();
    let index_name = crate::world::index_name("petal");
    let file = other.read_index(&surface, &index_name).await.unwrap();
    let text = std::str::from_utf8(file.plain()).unwrap();
    assert!(text.contains("1.0.0") && !text.contains("9.0.0"), "{text}");
    other.shutdown().await;
}
