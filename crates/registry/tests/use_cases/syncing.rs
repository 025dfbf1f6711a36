//! What a mirror holds is brought up to date, and nothing else is asked for.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, index_name, registry};
use crossdock_registry::{RefusalKind, SyncReport};

async fn sync(world: &World, names: &[&str]) -> SyncReport {
    let names: Vec<_> = names.iter().map(|name| index_name(name)).collect();
    let names = (!names.is_empty()).then_some(&names[..]);
    world
        .federation
        .sync(&registry("crates-io"), names)
        .await
        .unwrap()
}

/// `serde` and `leaf` are held, and believed for an hour.
async fn held() -> World {
    let world = Plan::usual().believing("crates-io").open().await;
    for name in ["serde", "leaf"] {
        world.shows("crates-io", name, &[Row::new(name, "1.0.0")]);
        world.versions("main", name).await;
    }
    world.asked("crates-io");
    world
}

#[tokio::test]
async fn what_is_new_is_told_and_shown_at_once() {
    let world = held().await;
    let rows = [
        Row::new("serde", "1.0.0").yanked(),
        Row::new("serde", "1.1.0"),
    ];
    world.shows("crates-io", "serde", &rows);
    world.shows("crates-io", "never", &[Row::new("never", "1.0.0")]);
    assert_eq!(
        world.versions("main", "serde").await,
        ["1.0.0"],
        "still believed"
    );
    let report = sync(&world, &[]).await;
    assert_eq!(
        (report.asked, report.silent.len(), report.private),
        (2, 0, 0)
    );
    let [changed] = &report.changed[..] else {
        panic!("{report:?}");
    };
    assert_eq!(
        (changed.name.as_str(), &changed.added[..]),
        ("serde", &["1.1.0".to_owned()][..])
    );
    assert_eq!(changed.changed, ["1.0.0"]);
    let mut asked = world.asked("crates-io");
    asked.sort();
    assert_eq!(
        asked,
        ["leaf", "serde"],
        "what is not held is not asked for"
    );
    for path in ["main", "crates-io", "main/from/crates-io"] {
        assert_eq!(
            world.versions(path, "serde").await,
            ["1.0.0!", "1.1.0"],
            "{path}"
        );
    }
    let report = sync(&world, &["serde", "never"]).await;
    assert!(report.changed.is_empty());
    assert_eq!((report.asked, report.not_held), (1, 1));
    assert_eq!(world.asked("crates-io"), ["serde"]);
}

/// What somebody wanted and was refused is asked for, though nothing is held of it.
#[tokio::test]
async fn what_was_refused_is_asked_for() {
    let world = held().await;
    let (upstream, never) = (world.upstream("crates-io"), index_name("never"));
    upstream.set_silent_about(&never, true);
    assert!(world.index("main", "never").await.is_err());
    world.asked("crates-io");
    let report = sync(&world, &["never"]).await;
    assert_eq!((report.asked, report.silent.len()), (1, 1));
    assert_eq!(world.asked("crates-io"), ["never"]);
}

/// A mirror that asks every time does so for what it found absent, too.
#[tokio::test]
async fn who_believes_nothing_does_not_believe_an_absence() {
    let world = Plan::usual().open().await;
    for _ in 0..2 {
        assert!(world.index("main", "serde").await.is_err());
        assert_eq!(world.asked("crates-io"), ["serde"]);
        assert!(
            world
                .federation
                .known_absent("main/index/se/rd/serde")
                .is_none()
        );
    }
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    assert_eq!(world.versions("main", "serde").await, ["1.0.0"]);
}

#[tokio::test]
async fn silence_is_told_and_private_names_stay_in() {
    let mut world = held().await;
    world
        .upstream("crates-io")
        .set_silent_about(&index_name("leaf"), true);
    let report = sync(&world, &[]).await;
    let silent: Vec<_> = report.silent.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(silent, ["leaf"]);
    assert_eq!(world.versions("main", "leaf").await, ["1.0.0"]);
    // `rose` is read through the mirror alone and then becomes private.
    world.shows("crates-io", "rose", &[Row::new("rose", "1.0.0")]);
    world.versions("crates-io", "rose").await;
    let claimed = Plan::usual().claim("main", "rose", "acme");
    world.restart_with(claimed).await;
    world
        .publish("acme", &Package::new("rose", "1.0.0"))
        .await
        .unwrap();
    world.asked("crates-io");
    let report = sync(&world, &["rose"]).await;
    assert_eq!((report.asked, report.private), (0, 1));
    assert_eq!(world.asked("crates-io"), [""; 0]);
    let hosted = world.federation.sync(&registry("acme"), None).await;
    assert_eq!(hosted.unwrap_err().kind, RefusalKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn every_so_often_it_happens_by_itself() {
    let world = Plan::usual()
        .believing("crates-io")
        .synced("crates-io")
        .open()
        .await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.versions("main", "serde").await;
    world.shows(
        "crates-io",
        "serde",
        &[Row::new("serde", "1.0.0"), Row::new("serde", "1.1.0")],
    );
    let begun = tokio::time::Instant::now();
    while world.versions("main", "serde").await.len() < 2 {
        assert!(
            begun.elapsed() < super::plan::SYNC_EVERY * 3,
            "it is not asked again"
        );
        tokio::time::sleep(super::plan::SYNC_EVERY / 10).await;
    }
    world.federation.shutdown().await;
}
