//! Names that go to another owner by command, and what was shown before.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, World, address, ann, index_name, name, registry, version};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Words;
use crossdock_registry::{Reassignment, Refusal, RefusalKind, Transfer};

fn plan() -> Plan {
    let plan = Plan::usual().hosted("apps").mirror("partner");
    plan.view("main", &["acme", "apps", "partner", "crates-io"])
}

impl World {
    async fn transfer(&self, of: &str, from: &str, to: &str) -> Result<Transfer, Refusal> {
        let (view, of) = (registry("main"), name(of));
        let (from, to) = (registry(from), registry(to));
        self.federation
            .transfer(&view, &of, &from, &to, &ann())
            .await
    }

    async fn reassign(&self, of: &str, to: &str, breaks: bool) -> Result<Reassignment, Refusal> {
        let (view, of, to) = (registry("main"), name(of), registry(to));
        let actor = ann();
        let reassigned = self.federation.reassign(&view, &of, &to, breaks, &actor);
        reassigned.await
    }

    async fn text(&self, path: &str, name: &str) -> String {
        let file = self.index(path, name).await.unwrap();
        String::from_utf8(file.plain.to_vec()).unwrap()
    }
}

/// `petal` of partner, on record, with a dependant there.
async fn partners_petal(plan: Plan) -> World {
    let world = plan.open().await;
    let petals = [
        Row::new("petal", "1.0.0"),
        Row::new("petal", "1.1.0").needs("stem", "1"),
    ];
    world.shows("partner", "petal", &petals);
    world.shows("partner", "stem", &[Row::new("stem", "1.0.0")]);
    let rose = Row::new("rose", "1.0.0").needs("petal", "1");
    world.shows("partner", "rose", &[rose]);
    world.versions("main", "rose").await;
    world.versions("main", "petal").await;
    world.versions("main", "stem").await;
    world
}

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
                .change_owners(&acme, &name("petal"), &[new], &[], &ann())
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
    let actor = ann();
    let unyanked = world
        .federation
        .set_yanked(&acme, &of, &number, false, &actor);
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
    let other = super::world::federation(
        world.federation.configuration(),
        &world.ledger,
        &world.blobs,
        &world.upstreams,
    )
    .await;
    world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    // The other node sees partner's petal gone and another one at crates.io.
    world.shows("partner", "petal", &[]);
    world.shows("crates-io", "petal", &[Row::new("petal", "9.0.0")]);
    let surface = other.surface("main").unwrap();
    let index_name = super::world::index_name("petal");
    let file = other.read_index(&surface, &index_name).await.unwrap();
    let text = std::str::from_utf8(&file.plain).unwrap();
    assert!(text.contains("1.0.0") && !text.contains("9.0.0"), "{text}");
    other.shutdown().await;
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
