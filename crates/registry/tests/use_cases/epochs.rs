//! Reading as of a moment: what was there, whatever came later.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{BEGIN, CRATES_IO, World, address, ann, index_name, registry};
use crossdock_core::epoch::{Moment, When};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::ports::Ledger;
use crossdock_registry::{IndexFile, Refusal, RefusalKind};
use serde_json::Value;
use std::sync::Arc;

/// The paths at which a public name is read.
const PATHS: [&str; 3] = ["main", "crates-io", "main/from/crates-io"];

impl World {
    /// The epoch of now.
    pub(crate) async fn epoch(&self) -> u64 {
        self.ledger.latest().await.unwrap().map_or(0, |(at, _)| at)
    }

    async fn meant(&self, path: &str, when: &str) -> Result<Moment, Refusal> {
        let (surface, when) = (self.surface(path), When::parse(when).unwrap());
        self.federation.moment(surface.scope(), &when).await
    }

    /// Reads an index file as of a moment.
    pub(crate) async fn index_at(
        &self,
        path: &str,
        when: &str,
        name: &str,
    ) -> Result<Arc<IndexFile>, Refusal> {
        let moment = self.meant(path, when).await?;
        let (surface, name) = (self.surface(path), index_name(name));
        self.federation.read_index_at(&surface, &name, moment).await
    }

    /// Lists the versions as of a moment; nothing if there was no such crate.
    pub(crate) async fn versions_at(&self, path: &str, when: &str, name: &str) -> Vec<String> {
        let file = match self.index_at(path, when, name).await {
            Err(refusal) if refusal.kind == RefusalKind::Absent => return Vec::new(),
            read => read.unwrap(),
        };
        let text = std::str::from_utf8(file.plain()).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let shown = rows.map(|row: Value| {
            let mark = if row["yanked"] == true { "!" } else { "" };
            format!("{}{mark}", row["vers"].as_str().unwrap())
        });
        shown.collect()
    }

    async fn snapshot(&self, name: &str, when: Option<&When>) -> Result<u64, Refusal> {
        let (main, name) = (registry("main"), registry(name));
        let made = self.federation.snapshot(&ann(), &main, &name, when).await;
        made.map(|made| made.epoch)
    }

    /// Freezes `main` at now, but for one name.
    pub(crate) async fn freeze(&self, except: &str) -> Result<u64, Refusal> {
        let except = [super::world::name(except).key()].into();
        let main = registry("main");
        let frozen = self.federation.freeze(&ann(), &main, None, except).await;
        frozen.map(|frozen| frozen.epoch)
    }

    /// Holds a search, what tools are told, and the explanations of `main` against its
    /// index; crates besides these are not to be found.
    pub(crate) async fn tells_what_it_shows(&self, names: &[&str]) {
        let main = self.surface("main");
        let found = self.federation.search(&main, "", 100, 1).await.unwrap();
        let mut listed: Vec<_> = found
            .crates
            .iter()
            .map(|krate| krate.name.as_str())
            .collect();
        listed.sort_unstable();
        assert_eq!((listed.as_slice(), found.total), (names, names.len()));
        for of in names {
            let shown = self.versions("main", of).await;
            let marked =
                |number: &str, yanked: bool| format!("{number}{}", if yanked { "!" } else { "" });
            let name = super::world::name(of);
            let told = self.federation.krate(&main, &name).await.unwrap();
            let told = told.versions.iter().rev();
            let told: Vec<_> = told.map(|one| marked(&one.num, one.yanked)).collect();
            assert_eq!(told, shown, "{of}");
            let explained = self.explain(of).await;
            let told = explained.versions.iter().rev();
            let told: Vec<_> = told.map(|one| marked(&one.version, one.yanked)).collect();
            assert_eq!(told, shown, "{of}");
        }
    }

    pub(crate) async fn fetch_at(
        &self,
        when: &str,
        package: &Package,
    ) -> Result<bytes::Bytes, Refusal> {
        let (name, version) = (&package.name, &package.version);
        let (name, version) = (super::world::name(name), super::world::version(version));
        let (surface, moment) = (self.surface("main"), self.meant("main", when).await?);
        let wanted = (&name, &version, &package.checksum());
        self.federation
            .fetch_crate_at(&surface, wanted, moment)
            .await
    }

    /// Lets an hour pass.
    pub(crate) fn later(&self) {
        let now = self.ledger.now().unix_seconds();
        let then = Timestamp::from_unix_seconds(now + 3600).unwrap();
        self.clock.set(then);
    }
}

fn dated(version: &str, published: &str) -> Row {
    Row::new("serde", version).with("pubtime", published)
}

#[tokio::test]
async fn what_comes_later_is_not_seen_at_an_epoch() {
    let mut world = Plan::usual().open().await;
    world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
    world.versions("main", "serde").await;
    let petal = Package::new("petal", "1.0.0");
    world.publish("acme", &petal).await.unwrap();
    let epoch = world.epoch().await.to_string();
    world.later();
    let newer = [
        Row::new("serde", "1.0.0").yanked(),
        Row::new("serde", "1.1.0"),
    ];
    world.shows("crates-io", "serde", &newer);
    let (acme, name) = (world.surface("acme"), super::world::name("petal"));
    let number = super::world::version("1.0.0");
    let federation = world.federation.clone();
    federation
        .set_yanked(
            &acme,
            &name,
            &number,
            true,
            &crossdock_registry::Bearer::Trusted(ann()),
        )
        .await
        .unwrap();
    world
        .publish("acme", &Package::new("petal", "1.1.0"))
        .await
        .unwrap();
    for _ in 0..2 {
        for path in PATHS {
            assert_eq!(world.versions(path, "serde").await, ["1.0.0!", "1.1.0"]);
            assert_eq!(world.versions_at(path, &epoch, "serde").await, ["1.0.0"]);
            let now = world.epoch().await.to_string();
            let now = world.versions_at(path, &now, "serde").await;
            assert_eq!(now, ["1.0.0!", "1.1.0"], "{path}");
        }
        for path in ["main", "acme", "main/from/acme"] {
            assert_eq!(world.versions(path, "petal").await, ["1.0.0!", "1.1.0"]);
            assert_eq!(world.versions_at(path, &epoch, "petal").await, ["1.0.0"]);
        }
        // What was on record is answered whatever becomes of upstreams.
        world.upstream("crates-io").set_silent(true);
        world.restart().await;
    }
    let given = world.fetch_at(&epoch, &petal).await;
    assert_eq!(given.unwrap(), petal.archive());
    let later = world
        .fetch_at(&epoch, &Package::new("petal", "1.1.0"))
        .await;
    assert_eq!(later.unwrap_err().kind, RefusalKind::Absent);
}

#[tokio::test]
async fn a_past_day_of_crates_io_is_told_by_pubtime() {
    let mut world = Plan::usual().open().await;
    let rows = [
        dated("1.0.0", "2020-01-01T00:00:00Z"),
        dated("1.1.0", "2021-01-01T00:00:00Z").needs("leaf", "^1"),
        Row::new("serde", "1.2.0"),
    ];
    world.shows("crates-io", "serde", &rows);
    for (when, shown) in [
        ("2019-12-31T23:59:59Z", &[][..]),
        ("2020-01-01T00:00:00Z", &["1.0.0"]),
        ("2020-12-31T00:00:00-05:00", &["1.0.0"]),
        ("2021-06-01T00:00:00Z", &["1.0.0", "1.1.0"]),
    ] {
        for path in PATHS {
            assert_eq!(
                world.versions_at(path, when, "serde").await,
                shown,
                "{path} {when}"
            );
        }
    }
    let observed = world.facts().await;
    let observed = observed.iter().filter(|kind| **kind == "observed");
    assert_eq!(observed.count(), 1, "that it was seen today is a fact");
    // The release without a time is shown from its first observation on.
    world.later();
    let epoch = world.epoch().await.to_string();
    let all = ["1.0.0", "1.1.0", "1.2.0"];
    assert_eq!(world.versions_at("main", &epoch, "serde").await, all);
    // What the upstream fills in or adds later changes no answer.
    let later = [
        dated("1.0.0", "2020-01-01T00:00:00Z").yanked(),
        rows[1].clone(),
        rows[2].clone().with("pubtime", "2018-01-01T00:00:00Z"),
        dated("1.0.1", "2020-06-01T00:00:00Z"),
    ];
    world.shows("crates-io", "serde", &later);
    assert_eq!(world.versions("main", "serde").await.len(), 4);
    world.restart().await;
    let then = world
        .versions_at("main", "2020-12-31T00:00:00Z", "serde")
        .await;
    assert_eq!(then, ["1.0.0"]);
    // Rows name what they always name.
    let file = world
        .index_at("main", "2021-06-01T00:00:00Z", "serde")
        .await;
    let text = String::from_utf8(file.unwrap().plain().to_vec()).unwrap();
    let row: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(row["deps"][0]["registry"], CRATES_IO);
}

#[tokio::test]
async fn what_is_private_today_was_never_public() {
    let world = Plan::usual().open().await;
    world.shows("crates-io", "rose", &[Row::new("rose", "9.0.0")]);
    world.versions("main", "rose").await;
    world.later();
    let epoch = world.epoch().await.to_string();
    let petal = Row::new("petal", "9.0.0").with("pubtime", "2020-01-01T00:00:00Z");
    world.shows("crates-io", "petal", &[petal]);
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    world.asked("crates-io");
    for when in [&epoch, "2021-01-01T00:00:00Z"] {
        assert_eq!(world.versions_at("main", when, "petal").await, [""; 0]);
    }
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

#[tokio::test]
async fn faces_inside_epochs_lead_where_live_rows_lead() {
    let world = Plan::usual().open().await;
    let bloom = Row::new("bloom", "1.0.0").with("pubtime", "2020-01-01T00:00:00Z");
    let petal = Row::new("petal", "9.0.0").with("pubtime", "2020-01-01T00:00:00Z");
    world.shows("crates-io", "bloom", &[bloom.needs("petal", "^9")]);
    world.shows("crates-io", "petal", &[petal]);
    world
        .publish("acme", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let then = "2021-01-01T00:00:00Z";
    let file = world.index_at("main", then, "bloom").await.unwrap();
    let row: Value = serde_json::from_slice(file.plain()).unwrap();
    let face = "main/from/crates-io";
    assert_eq!(row["deps"][0]["registry"], address(face));
    assert_eq!(world.versions_at(face, then, "petal").await, ["9.0.0"]);
    assert_eq!(world.versions_at("main", then, "petal").await, [""; 0]);
    assert_eq!(
        world.points_to("main", "bloom", "petal").await,
        address(face)
    );
}

#[tokio::test]
async fn a_moment_that_has_not_come_is_refused_with_words() {
    let world = Plan::usual().open().await;
    for (when, words) in [
        ("1", "there is no epoch 1 yet"),
        ("2027-01-01T00:00:00Z", "has not passed yet"),
        (BEGIN, "has not passed yet"),
        ("release", "crossdock snapshot release"),
    ] {
        let refused = world.meant("main", when).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Absent, "{when}");
        assert!(refused.detail.contains(words), "{}", refused.detail);
    }
}

#[tokio::test]
async fn a_snapshot_names_an_epoch_once() {
    let world = Plan::usual().open().await;
    let early = world.snapshot("empty", None).await;
    assert_eq!(early.unwrap_err().kind, RefusalKind::Invalid);
    let one = Row::new("serde", "1.0.0");
    world.shows("crates-io", "serde", std::slice::from_ref(&one));
    world.versions("main", "serde").await;
    let made = world.snapshot("release-7", None).await.unwrap();
    world.later();
    world.shows("crates-io", "serde", &[one, Row::new("serde", "2.0.0")]);
    world.versions("main", "serde").await;
    let then = world.versions_at("main", "release-7", "serde").await;
    assert_eq!(then, ["1.0.0"]);
    for (again, kind) in [
        ("release-7", RefusalKind::Exists),
        ("7", RefusalKind::Invalid),
    ] {
        let again = world.snapshot(again, None).await;
        assert_eq!(again.unwrap_err().kind, kind);
    }
    let first = When::parse("release-7").unwrap();
    assert_eq!(world.snapshot("same", Some(&first)).await.unwrap(), made);
    let main = registry("main");
    let listed = world.federation.snapshots(&main);
    let names: Vec<_> = listed.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["release-7", "same"]);
}

#[tokio::test]
async fn a_frozen_view_stands_still_but_for_what_is_excepted() {
    let mut world = Plan::usual().open().await;
    let rows = |count: u64| -> Vec<Row> {
        let row = |number| Row::new("serde", &format!("{number}.0.0"));
        (0..count).map(row).collect()
    };
    world.shows("crates-io", "serde", &rows(1));
    world.versions("main", "serde").await;
    let petal = |version: &str| Package::new("petal", version);
    world.publish("acme", &petal("1.0.0")).await.unwrap();
    let leaf = Package::new("leaf", "1.0.0");
    world.publish("acme", &leaf).await.unwrap();
    let frozen = world.freeze("leaf").await.unwrap();
    let main = registry("main");
    world.later();
    world.shows("crates-io", "serde", &rows(2));
    let told = world.publish("acme", &petal("1.1.0")).await.unwrap();
    assert!(
        told.warnings
            .iter()
            .any(|warning| warning.contains("is frozen at epoch"))
    );
    let late = Package::new("late", "1.0.0");
    world.publish("acme", &late).await.unwrap();
    let explained = world.explain("late").await;
    assert_eq!(
        (explained.outcome, explained.frozen),
        ("absent", Some(frozen))
    );
    let newer = Package::new("leaf", "1.1.0");
    let told = world.publish("acme", &newer).await.unwrap();
    assert!(told.warnings.is_empty(), "{:?}", told.warnings);
    for _ in 0..2 {
        for path in ["main", "main/from/acme"] {
            assert_eq!(world.versions(path, "petal").await, ["1.0.0"], "{path}");
            assert_eq!(
                world.versions(path, "leaf").await,
                ["1.0.0", "1.1.0"],
                "{path}"
            );
        }
        assert_eq!(world.versions("main", "serde").await, ["0.0.0"]);
        assert_eq!(world.versions("acme", "petal").await, ["1.0.0", "1.1.0"]);
        world.tells_what_it_shows(&["leaf", "petal", "serde"]).await;
        // An epoch during the freeze shows what the frozen view showed.
        let during = world.epoch().await.to_string();
        assert_eq!(world.versions_at("main", &during, "petal").await, ["1.0.0"]);
        assert_eq!(world.versions_at("main", &during, "leaf").await.len(), 2);
        world.restart().await;
    }
    let thawed = world.federation.thaw(&ann(), &main).await.unwrap();
    assert_eq!(thawed.unwrap().epoch, frozen);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(world.versions("main", "serde").await, ["0.0.0", "1.0.0"]);
    assert_eq!(world.federation.thaw(&ann(), &main).await.unwrap(), None);
}
