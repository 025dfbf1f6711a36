//! What `explain` says: the newest first, what is near what is missing, and the past.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_registry::Explanation;

async fn explained(world: &World, of: &str, number: Option<&str>) -> Explanation {
    let number = number.map(version);
    let (view, name) = (registry("main"), name(of));
    let explained = world.federation.explain(&view, &name, number.as_ref());
    explained.await.unwrap()
}

#[tokio::test]
async fn the_newest_is_told_first_and_a_missing_one_by_its_neighbours() {
    let world = Plan::usual().open().await;
    for number in ["1.0.0", "1.1.0", "1.10.0", "2.0.0"] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    let all = explained(&world, "petal", None).await;
    let versions: Vec<_> = all
        .versions
        .iter()
        .map(|one| one.version.as_str())
        .collect();
    assert_eq!(versions, ["2.0.0", "1.10.0", "1.1.0", "1.0.0"]);
    let missing = explained(&world, "petal", Some("1.2.0")).await;
    assert_eq!(missing.outcome, "no-such-version");
    assert_eq!(missing.near, ["2.0.0", "1.10.0", "1.1.0", "1.0.0"]);
    assert!(missing.versions.is_empty());
}

#[tokio::test]
async fn the_past_says_who_when_and_since_when_it_is_visible() {
    let world = Plan::usual().open().await;
    for number in ["1.0.0", "1.1.0"] {
        let petal = Package::new("petal", number);
        world.publish("acme", &petal).await.unwrap();
    }
    let facts = world.facts().await.len();
    let one = explained(&world, "petal", Some("1.0.0")).await;
    let told: Vec<_> = one
        .past
        .iter()
        .map(|past| (past.epoch, past.what.as_str()))
        .collect();
    let [(1, published), (2, visible)] = told[..] else {
        unreachable!("{told:?}");
    };
    assert!(
        published.starts_with("1.0.0 was published to `acme` (checksum "),
        "{published}"
    );
    assert_eq!(
        visible,
        "visible in `main` since: it is on record as the crate of `acme`"
    );
    assert_eq!(one.past[0].actor, "ann");
    assert_eq!(one.versions[0].held, Some(true));
    assert_eq!(one.versions[0].origin, "published to `acme`");
    let since = |of: &Option<crossdock_registry::Since>| of.as_ref().map(|since| since.epoch);
    let visible = |told: &Explanation| {
        (
            since(&told.versions[0].came),
            since(&told.versions[0].visible),
        )
    };
    assert_eq!(visible(&one), (Some(1), Some(2)));
    // A mirror's crate: where from, since when, and that nobody fetched it yet.
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    let serde = explained(&world, "serde", Some("1.0.0")).await;
    assert_eq!(serde.versions[0].held, Some(false));
    assert!(
        serde.versions[0].origin.starts_with("upstream "),
        "{serde:?}"
    );
    assert!(serde.past[0].what.contains("first observed"), "{serde:?}");
    assert_eq!(
        serde.past.len(),
        1,
        "explaining records no owner: {serde:?}"
    );
    assert_eq!(world.facts().await.len(), facts + 1);
    assert_eq!(
        visible(&serde),
        (Some(facts as u64 + 1), None),
        "nobody read it"
    );
    world.versions("main", "serde").await;
    let read = facts as u64 + 2;
    let serde = explained(&world, "serde", Some("1.0.0")).await;
    assert_eq!(visible(&serde), (Some(read - 1), Some(read)));
    // Later versions come with the observation that has them, and are visible at once.
    let mut rows = vec![Row::new("serde", "1.0.0")];
    for minor in 1..=5 {
        rows.push(Row::new("serde", &format!("1.{minor}.0")));
        world.shows("crates-io", "serde", &rows);
        world.versions("main", "serde").await;
    }
    for minor in 1..=5 {
        let one = explained(&world, "serde", Some(&format!("1.{minor}.0"))).await;
        let came = Some(read + minor);
        assert_eq!(visible(&one), (came, came), "1.{minor}.0");
    }
}

#[tokio::test]
async fn a_release_is_visible_since_its_member_speaks() {
    let plan = || {
        Plan::usual()
            .mirror("partner")
            .view("main", &["acme", "partner", "crates-io"])
    };
    let mut world = plan().open().await;
    for (mirror, whose) in [("partner", "theirs"), ("crates-io", "public")] {
        let petal = Package::new("petal", "1.0.0").library(whose);
        world.shows(mirror, "petal", &[Row::of(&petal)]);
    }
    world.index("main", "petal").await.unwrap_err();
    let came = world.facts().await.len() as u64;
    world
        .restart_with(plan().claim("main", "petal", "partner"))
        .await;
    world.versions("main", "petal").await;
    let one = explained(&world, "petal", Some("1.0.0")).await;
    let [came_at, visible] = [&one.versions[0].came, &one.versions[0].visible];
    assert!(came_at.as_ref().unwrap().epoch <= came);
    let settled = world.facts().await.len() as u64;
    assert_eq!(visible.as_ref().unwrap().epoch, settled);
    world.restart_with(plan()).await;
    let main = registry("main");
    let to = registry("crates-io");
    world
        .federation
        .reassign(&main, &name("petal"), &to, true, &ann())
        .await
        .unwrap();
    let one = explained(&world, "petal", Some("1.0.0")).await;
    assert_eq!(one.versions[0].from, "crates-io");
    let visible = one.versions[0].visible.as_ref().unwrap();
    assert!(visible.epoch > settled, "it is another crate: {visible:?}");
}

#[tokio::test]
async fn an_overlay_and_a_retirement_are_told_with_their_versions() {
    let members = ["acme", "patches", "crates-io"];
    let plan = Plan::usual().hosted("patches").view("main", &members);
    let world = plan.overlay("main", "patches", "serde").open().await;
    let rows = ["1.0.0", "1.0.1"].map(|number| Row::new("serde", number));
    world.shows("crates-io", "serde", &rows);
    assert_eq!(world.versions("main", "serde").await, ["1.0.0", "1.0.1"]);
    let patch = Package::new("serde", "1.0.0+patched.1");
    world.publish("patches", &patch).await.unwrap();
    assert_eq!(
        world.versions("main", "serde").await,
        ["1.0.0!", "1.0.0+patched.1", "1.0.1!"]
    );
    world.tells_what_it_shows(&["serde"]).await;
    let (main, serde) = (registry("main"), name("serde"));
    let (ann, newer) = (ann(), version("1.0.1"));
    let accepted = world
        .federation
        .accept_overlaid(&ann, &main, &serde, &newer, false);
    accepted.await.unwrap();
    world.tells_what_it_shows(&["serde"]).await;
    let public = registry("crates-io");
    world.federation.retire(&public, &ann).await.unwrap();
    let told = explained(&world, "serde", Some("1.0.0")).await;
    let past: Vec<_> = told.past.iter().map(|past| past.what.as_str()).collect();
    assert!(
        past.contains(
            &"`patches`'s 1.0.0+patched.1 is shown in `main` in place of 1.0.0, which it patches"
        ),
        "{past:?}"
    );
    assert!(
        !past.iter().any(|what| what.contains("was accepted")),
        "{past:?}"
    );
    assert!(
        past.contains(&"`crates-io` was retired: its upstream is not asked any more"),
        "{past:?}"
    );
    assert!(told.versions[0].origin.contains("retired"), "{told:?}");
    let told = explained(&world, "serde", Some("1.0.1")).await;
    let past: Vec<_> = told.past.iter().map(|past| past.what.as_str()).collect();
    assert!(
        past.contains(&"1.0.1 was accepted in `main` without the patch"),
        "{past:?}"
    );
}

#[tokio::test]
async fn who_left_is_named() {
    let mut world = Plan::usual()
        .mirror("partner")
        .view("main", &["acme", "partner"])
        .open()
        .await;
    world.shows("partner", "petal", &[Row::new("petal", "1.0.0")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    world
        .restart_with(Plan::usual().mirror("partner").view("main", &["acme"]))
        .await;
    let told = world.explain("petal").await;
    assert_eq!(told.outcome, "undecided");
    let main = registry("main");
    assert_eq!(world.federation.conflicts_held(&main).await.unwrap(), 1);
    let why = told.why.unwrap();
    assert!(
        why.contains("on record for `partner`, which is no longer a member"),
        "{why}"
    );
    assert!(
        told.members["partner"].contains("no longer a member"),
        "{:?}",
        told.members
    );
}
