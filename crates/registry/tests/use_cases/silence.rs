//! Silence is not absence: last good answers, and none where there is no such.

use super::plan::Plan;
use super::row::{Row, file};
use super::world::{World, index_name};
use crossdock_registry::memory::{Request, Validating};
use crossdock_registry::ports::Validators;
use crossdock_registry::{Refusal, RefusalKind};
use std::time::Duration;

async fn refused(world: &World, path: &str, name: &str) -> Refusal {
    world.index(path, name).await.unwrap_err()
}

const PATHS: [&str; 3] = ["main", "crates-io", "main/from/crates-io"];

#[tokio::test]
async fn a_name_nobody_can_speak_for_is_undecided_and_nothing_is_recorded() {
    let world = Plan::usual().open().await;
    world.upstream("crates-io").set_silent(true);
    for path in PATHS {
        let refused = refused(&world, path, "serde").await;
        assert_eq!(refused.kind, RefusalKind::Unavailable, "{path}");
        assert!(refused.detail.contains("serde") && refused.detail.contains("crates-io"));
    }
    assert_eq!(world.facts().await, [""; 0]);
    world.upstream("crates-io").set_silent(false);
    for path in PATHS {
        assert_eq!(
            refused_kind(&world, path).await,
            RefusalKind::Absent,
            "{path}"
        );
    }
    assert_eq!(world.facts().await, [""; 0], "404 records nothing");
}

async fn refused_kind(world: &World, path: &str) -> RefusalKind {
    refused(world, path, "serde").await.kind
}

#[tokio::test]
async fn last_good_rows_answer_for_a_silent_upstream() {
    let mut world = Plan::usual().open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    let mut before = Vec::new();
    for path in PATHS {
        before.push(world.index(path, "serde").await.unwrap().plain().clone());
    }
    world.upstream("crates-io").set_silent(true);
    for _ in 0..2 {
        for (path, before) in PATHS.iter().zip(&before) {
            assert_eq!(
                world.index(path, "serde").await.unwrap().plain(),
                before,
                "{path}"
            );
        }
        world.restart().await;
    }
}

#[tokio::test]
async fn garbage_is_silence() {
    for garbage in [
        "",
        "\n\n",
        "<html>log in to the network</html>",
        "{\"name\":\"serde\"}",
        "\0\0\0",
        // A row of another crate, and one that cargo could not read.
        "{\"name\":\"other\",\"vers\":\"1.0.0\",\"deps\":[],\"cksum\":\"00\",\"features\":{},\"yanked\":false}",
    ] {
        let world = Plan::usual().open().await;
        let (upstream, serde) = (world.upstream("crates-io"), index_name("serde"));
        upstream.set_entry(&serde, garbage.as_bytes().to_vec());
        for path in PATHS {
            assert_eq!(
                refused_kind(&world, path).await,
                RefusalKind::Unavailable,
                "{garbage:?}"
            );
        }
        assert_eq!(world.facts().await, [""; 0]);
        world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
        assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
        upstream.set_entry(&serde, garbage.as_bytes().to_vec());
        for path in PATHS {
            assert_eq!(
                world.versions(path, "serde").await,
                ["1.0.0"],
                "{garbage:?}"
            );
        }
    }
}

/// Whoever asks for names that nobody has does not fill the list of alarms.
#[tokio::test]
async fn an_upstream_that_answers_with_no_index_is_one_alarm_until_it_does_better() {
    let world = Plan::usual().open().await;
    let upstream = world.upstream("crates-io");
    for asked in ["serde", "petal", "rose"] {
        upstream.set_entry(&index_name(asked), "<html>log in</html>");
        assert!(world.index("crates-io", asked).await.is_err());
    }
    let (alarms, _) = world.federation.alarms().all();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    let told = (alarms[0].kind, alarms[0].name.as_ref(), alarms[0].count);
    assert_eq!(told, ("no-index", None, 3));
    assert!(alarms[0].text.contains("no index"), "{alarms:?}");
    // An answer, though it is that there is none.
    assert!(world.index("crates-io", "nothing").await.is_err());
    assert_eq!(world.federation.alarms().all().0, []);
}

#[tokio::test]
async fn one_bad_row_does_not_hide_the_others() {
    let world = Plan::usual().open().await;
    let good = file(&[Row::new("serde", "1.0.0"), Row::new("serde", "2.0.0")]);
    let junk = "{\"name\":\"serde\",\"vers\":\"3\"}\n\0\n";
    let serde = index_name("serde");
    let rows = format!("{junk}{good}{junk}");
    world.upstream("crates-io").set_entry(&serde, rows);
    assert_eq!(world.versions("main", "serde").await, ["1.0.0", "2.0.0"]);
}

#[tokio::test]
async fn a_silent_outside_member_does_not_promote_the_next() {
    let plan = Plan::usual().mirror("partner");
    let world = plan
        .view("main", &["acme", "partner", "crates-io"])
        .open()
        .await;
    world.shows("crates-io", "bloom", &[Row::new("bloom", "1.0.0")]);
    world.upstream("partner").set_silent(true);
    let refused = refused(&world, "main", "bloom").await;
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert!(refused.detail.contains("partner"), "{refused}");
    assert_eq!(world.owner_on_record("main", "bloom").await, None);
    world.upstream("partner").set_silent(false);
    assert_eq!(world.versions("main", "bloom").await, ["1.0.0"]);
    // The owner is on record now; the other is waited for no more.
    world.upstream("partner").set_silent(true);
    assert_eq!(world.versions("main", "bloom").await, ["1.0.0"]);
}

#[tokio::test]
async fn an_upstream_is_asked_again_with_what_it_gave_to_ask_with() {
    for validating in [
        Validating::ETag,
        Validating::LastModified,
        Validating::Nothing,
    ] {
        let mut world = Plan::usual().validating(validating).open().await;
        world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
        world.versions("crates-io", "serde").await;
        world.versions("crates-io", "serde").await;
        world.restart().await;
        world.versions("crates-io", "serde").await;
        let requests = world.upstream("crates-io").take_requests();
        let sent: Vec<&Validators> = requests
            .iter()
            .map(|request| match request {
                Request::Index { validators, .. } => validators,
                Request::Download { .. } => panic!("nothing was downloaded"),
            })
            .collect();
        assert_eq!(*sent[0], Validators::default(), "{validating:?}");
        assert_eq!(sent[1], sent[2], "{validating:?}: kept over the restart");
        let (etag, modified) = (sent[1].etag.is_some(), sent[1].last_modified.is_some());
        let expected = match validating {
            Validating::ETag => (true, false),
            Validating::LastModified => (false, true),
            Validating::Nothing => (false, false),
        };
        assert_eq!((etag, modified), expected);
        assert_eq!(
            world.facts().await,
            ["observed"],
            "the same rows are one fact"
        );
    }
}

#[tokio::test]
async fn many_who_ask_are_one_request() {
    let world = Plan::usual().believing("crates-io").open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.upstream("crates-io").hold();
    let readers = PATHS
        .iter()
        .cycle()
        .take(60)
        .map(|path| world.index(path, "serde"));
    let released = async {
        // All of them are waiting by the time this is polled.
        tokio::task::yield_now().await;
        world.upstream("crates-io").release();
    };
    let (read, ()) = futures::join!(futures::future::join_all(readers), released);
    assert!(read.iter().all(Result::is_ok));
    assert_eq!(world.asked("crates-io"), ["serde"]);
    for path in PATHS {
        world.versions(path, "serde").await;
    }
    assert_eq!(world.asked("crates-io"), [""; 0], "believed for an hour");
}

#[tokio::test(start_paused = true)]
async fn a_slow_upstream_is_not_waited_for_longer_than_cargo_would() {
    let world = Plan::usual().open().await;
    world.upstream("crates-io").hold();
    let began = tokio::time::Instant::now();
    let refused = refused(&world, "main", "serde").await;
    assert_eq!(refused.kind, RefusalKind::Unavailable);
    assert!(refused.detail.contains("in time"), "{refused}");
    let waited = began.elapsed();
    assert!(
        waited < Duration::from_secs(30),
        "cargo's patience: {waited:?}"
    );
    world.upstream("crates-io").release();
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
    world.upstream("crates-io").hold();
    let began = tokio::time::Instant::now();
    assert_eq!(
        world.versions("main", "serde").await,
        ["1.0.0"],
        "last good"
    );
    assert!(began.elapsed() < waited, "with rows in hand, sooner");
    world.upstream("crates-io").release();
}
