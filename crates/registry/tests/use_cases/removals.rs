//! What vanishes upstream: kept, then believed if it is little and confirmed, and
//! never if it is much, unless somebody accepts it. Over restarts, too.

use super::plan::{CONFIRM_AFTER, Plan};
use super::row::Row;
use super::world::{World, ann, index_name, name, registry};
use crossdock_core::removal::NAMES_MANY;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::Validating;
use crossdock_registry::{Alarm, RefusalKind};
use std::time::Duration;

const PATHS: [&str; 3] = ["main", "crates-io", "main/from/crates-io"];

/// A world in which two versions of `petal`, and `stem`, were read.
async fn seen(validating: Validating) -> World {
    let world = Plan::usual().validating(validating).open().await;
    world.shows("crates-io", "petal", &petals());
    world.shows("crates-io", "stem", &[Row::new("stem", "1.0.0")]);
    look(&world).await;
    world
}

fn petals() -> [Row; 2] {
    [Row::new("petal", "1.0.0"), Row::new("petal", "1.1.0")]
}

/// Looks at everything once; returns what is shown of `petal`.
async fn look(world: &World) -> Vec<String> {
    let shown = world.versions("main", "petal").await;
    world.versions("main", "stem").await;
    shown
}

fn passes(world: &World, time: Duration) {
    let now = (world.clock.reading())();
    let later = now.unix_seconds() + i64::try_from(time.as_secs()).unwrap();
    world
        .clock
        .set(Timestamp::from_unix_seconds(later).unwrap());
}

fn alarms(world: &World) -> Vec<(String, &'static str)> {
    let (all, _) = world.federation.alarms().all();
    let told = |alarm: Alarm| (alarm.name.unwrap_or_default(), alarm.kind);
    all.into_iter().map(told).collect()
}

fn vanished() -> [(String, &'static str); 1] {
    [("petal".to_owned(), "vanished")]
}

/// Takes 1.1.0, or the whole crate, out of the upstream.
fn vanish(world: &World, whole: bool) {
    if whole {
        world
            .upstream("crates-io")
            .remove_entry(&index_name("petal"));
    } else {
        world.shows("crates-io", "petal", &petals()[..1]);
    }
}

#[tokio::test]
async fn few_that_a_later_look_confirms_are_shown_yanked() {
    for validating in [
        Validating::ETag,
        Validating::LastModified,
        Validating::Nothing,
    ] {
        for (whole, removed) in [(false, ["1.0.0", "1.1.0!"]), (true, ["1.0.0!", "1.1.0!"])] {
            let mut world = seen(validating).await;
            vanish(&world, whole);
            for _ in 0..3 {
                assert_eq!(look(&world).await, ["1.0.0", "1.1.0"], "it stays");
                assert_eq!(alarms(&world), vanished());
                passes(&world, CONFIRM_AFTER / 4);
            }
            passes(&world, CONFIRM_AFTER / 4);
            world.restart().await;
            // After a restart the upstream has to show that it is well.
            assert_eq!(look(&world).await, ["1.0.0", "1.1.0"]);
            for path in PATHS {
                assert_eq!(world.versions(path, "petal").await, removed, "{path}");
            }
            assert_eq!(alarms(&world), [], "nothing is left to look at");
            world.restart().await;
            assert_eq!(look(&world).await, removed);
            // What returns is as the upstream shows it.
            world.shows("crates-io", "petal", &petals());
            assert_eq!(look(&world).await, ["1.0.0", "1.1.0"]);
            let kinds: Vec<_> = world.facts().await;
            let missed = kinds.iter().filter(|kind| **kind != "owner-recorded");
            assert_eq!(
                missed.copied().collect::<Vec<_>>(),
                [
                    "observed", "observed", "vanished", "observed", "returned", "observed"
                ]
            );
            passes(&world, CONFIRM_AFTER * 2);
            assert_eq!(look(&world).await, ["1.0.0", "1.1.0"], "and stays so");
        }
    }
}

#[tokio::test]
async fn what_returns_before_it_is_confirmed_was_never_gone() {
    let world = seen(Validating::Nothing).await;
    for whole in [true, false, true] {
        vanish(&world, whole);
        look(&world).await;
        passes(&world, CONFIRM_AFTER / 2);
        world.shows("crates-io", "petal", &petals());
        assert_eq!(look(&world).await, ["1.0.0", "1.1.0"]);
        assert_eq!(alarms(&world), []);
        passes(&world, CONFIRM_AFTER / 2);
    }
}

#[tokio::test]
async fn an_upstream_that_is_not_well_confirms_nothing() {
    let world = seen(Validating::ETag).await;
    vanish(&world, true);
    look(&world).await;
    passes(&world, CONFIRM_AFTER);
    // The last that was heard of it is silence.
    let upstream = world.upstream("crates-io");
    upstream.set_silent_about(&index_name("stem"), true);
    world.versions("main", "stem").await;
    for _ in 0..3 {
        passes(&world, Duration::from_secs(1));
        assert_eq!(look(&world).await, ["1.0.0", "1.1.0"]);
    }
    upstream.set_silent_about(&index_name("stem"), false);
    look(&world).await;
    assert_eq!(look(&world).await, ["1.0.0!", "1.1.0!"]);
}

#[tokio::test]
async fn a_yank_is_followed_in_a_row_that_is_refused() {
    let world = seen(Validating::ETag).await;
    let [first, second] = petals();
    let changed = second.clone().needs("evil", "^1");
    for (row, shown) in [
        (changed.clone().yanked(), ["1.0.0", "1.1.0!"]),
        (changed, ["1.0.0", "1.1.0"]),
    ] {
        world.shows("crates-io", "petal", &[first.clone(), row]);
        for path in PATHS {
            assert_eq!(world.versions(path, "petal").await, shown, "{path}");
            let rows = world.rows(path, "petal").await;
            assert_eq!(rows[1]["deps"], serde_json::json!([]), "the first stays");
        }
        assert_eq!(alarms(&world), [("petal".to_owned(), "other-row")]);
    }
    world.shows("crates-io", "petal", &[first, second]);
    look(&world).await;
    assert_eq!(alarms(&world), []);
}

fn crowd() -> Vec<String> {
    (0..NAMES_MANY)
        .map(|number| format!("crowd-{number}"))
        .collect()
}

/// Everything the crowd shows.
async fn crowd_shown(world: &World) -> Vec<String> {
    let mut shown = Vec::new();
    for name in crowd() {
        shown.extend(world.versions("main", &name).await);
    }
    shown
}

/// A world whose upstream was restored from a backup of the time before version 2.
async fn restored() -> World {
    let world = seen(Validating::ETag).await;
    for name in crowd() {
        let (old, new) = (Row::new(&name, "1.0.0"), Row::new(&name, "2.0.0"));
        world.shows("crates-io", &name, &[old, new]);
    }
    assert_eq!(
        crowd_shown(&world).await,
        ["1.0.0", "2.0.0"].repeat(NAMES_MANY)
    );
    for name in crowd() {
        world.shows("crates-io", &name, &[Row::new(&name, "1.0.0")]);
    }
    world
}

#[tokio::test]
async fn much_at_once_is_silence_until_it_is_accepted() {
    let mut world = restored().await;
    let as_before = ["1.0.0", "2.0.0"].repeat(NAMES_MANY);
    for _ in 0..3 {
        assert_eq!(crowd_shown(&world).await, as_before);
        look(&world).await;
        passes(&world, CONFIRM_AFTER);
    }
    assert_eq!(alarms(&world)[0], (String::new(), "mass-disappearance"));
    // Long after, and after a restart, it is still not believed.
    passes(&world, Duration::from_secs(7 * 24 * 3600));
    world.restart().await;
    for _ in 0..2 {
        look(&world).await;
        assert_eq!(crowd_shown(&world).await, as_before);
    }
    let crates_io = registry("crates-io");
    let missing = world.federation.missing(&crates_io).unwrap();
    assert_eq!(missing.len(), NAMES_MANY);
    assert_eq!(missing[0].versions, ["2.0.0"]);

    let accept = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|text| name(text)).collect();
        let federation = world.federation.clone();
        async move {
            federation
                .accept_removals(&ann(), &registry("crates-io"), &names)
                .await
        }
    };
    let refused = accept(&["stem"]).await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Absent, "{refused}");
    let one = accept(&["Crowd_3"]).await.unwrap();
    assert_eq!(one.len(), 1);
    assert_eq!(world.versions("main", "crowd-3").await, ["1.0.0", "2.0.0!"]);
    // The others are few now, and confirmed long since; but all are wanted at once.
    let rest = accept(&[]).await.unwrap();
    assert_eq!(rest.len(), NAMES_MANY);
    let removed = ["1.0.0", "2.0.0!"].repeat(NAMES_MANY);
    assert_eq!(crowd_shown(&world).await, removed);
    assert_eq!(alarms(&world), []);
    world.restart().await;
    assert_eq!(crowd_shown(&world).await, removed);
    assert_eq!(alarms(&world), []);
}

#[tokio::test]
async fn what_is_not_mirrored_cannot_vanish() {
    let world = Plan::usual().open().await;
    let refused = world
        .federation
        .accept_removals(&ann(), &registry("acme"), &[])
        .await;
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Unsupported);
    let nothing = world
        .federation
        .accept_removals(&ann(), &registry("crates-io"), &[])
        .await;
    assert_eq!(nothing.unwrap(), []);
    assert_eq!(world.facts().await, [""; 0], "nothing was decided");
}
