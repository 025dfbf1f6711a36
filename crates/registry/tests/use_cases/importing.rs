//! Copies within the server: of a view what it shows, and under no other crate's name.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{World, ann, name, registry, version};
use crossdock_core::gate::{Effect, MinAge, Mode, Rule};
use crossdock_core::pattern::NamePattern;
use crossdock_registry::{Import, ImportedRelease, Refusal, RefusalKind, Versions};
use std::collections::BTreeSet;

impl World {
    /// Copies `FROM/NAME` or `FROM/NAME@VERSION` to `acme`.
    async fn import(&self, what: &str, rename: &str) -> Result<Vec<String>, Refusal> {
        self.import_as(what, rename, false).await
    }

    async fn import_as(
        &self,
        what: &str,
        rename: &str,
        into_existing: bool,
    ) -> Result<Vec<String>, Refusal> {
        let (from, krate) = what.split_once('/').unwrap();
        let (of, number) = krate
            .split_once('@')
            .map_or((krate, None), |(of, number)| (of, Some(number)));
        let import = Import {
            from: self.surface(from),
            name: name(of),
            versions: number.map(|number| Versions::Exactly(version(number))),
            rename: Some(name(rename)),
            into_existing,
        };
        let to = registry("acme");
        let planned = self.federation.import(&to, &import, &ann(), true).await?;
        let done = self.federation.import(&to, &import, &ann(), false).await?;
        let told = |release: &ImportedRelease| format!("{} of {}", release.version, release.from);
        let done: Vec<String> = done.iter().map(told).collect();
        assert_eq!(planned.iter().map(told).collect::<Vec<_>>(), done);
        Ok(done)
    }
}

/// `acme` to copy into, and a view of `pa`, which `patch` patches.
async fn overlaid() -> World {
    let plan = Plan::new()
        .hosted_alone("acme")
        .hosted("pa")
        .hosted("patch");
    let plan = plan.view("main", &["pa", "patch"]);
    let world = plan.overlay("main", "patch", "ovt").open().await;
    for (of, number) in [("pa", "1.0.0"), ("pa", "1.1.0"), ("patch", "1.0.1")] {
        let library = format!("// {of}");
        let package = Package::new("ovt", number).library(&library);
        world.publish(of, &package).await.unwrap();
    }
    let shown = ["1.0.0!", "1.0.1", "1.1.0!"];
    assert_eq!(world.versions("main", "ovt").await, shown);
    world
}

#[tokio::test]
async fn a_copy_of_a_view_has_the_patched_release_and_not_what_it_patches() {
    let world = overlaid().await;
    let copied = world.import("main/ovt", "copy").await.unwrap();
    assert_eq!(copied, ["1.0.1 of patch"]);
    assert_eq!(world.versions("acme", "copy").await, ["1.0.1"]);
    let copied = world.import("main/ovt@1.0.1", "copy-2").await.unwrap();
    assert_eq!(copied, ["1.0.1 of patch"]);
}

#[tokio::test]
async fn what_a_view_shows_yanked_is_copied_yanked_and_only_if_it_is_named() {
    let world = overlaid().await;
    world.import("main/ovt", "copy").await.unwrap();
    world.import("main/ovt@1.0.0", "copy").await.unwrap();
    assert_eq!(world.versions("acme", "copy").await, ["1.0.0!", "1.0.1"]);
}

#[tokio::test]
async fn what_a_gate_stops_is_not_copied_into_the_house() {
    for (effect, named) in [(Effect::Yank, true), (Effect::Block, false)] {
        let plan = Plan::usual().policy("main", |policy| {
            let day = MinAge::of_seconds(24 * 3600).unwrap();
            policy.gates.min_age = Some((Rule::new(Mode::Enforce, effect), day));
        });
        let world = plan.open().await;
        let (old, young) = (
            Package::new("petal", "1.0.0"),
            Package::new("petal", "1.1.0"),
        );
        let rows = [
            Row::of(&old).with("pubtime", "2026-11-01T00:00:00Z"),
            Row::of(&young).with("pubtime", "2026-11-21T09:00:00Z"),
        ];
        world.shows("crates-io", "petal", &rows);
        world.has_archive("crates-io", &old);
        world.has_archive("crates-io", &young);
        let copied = world.import("main/petal", "copy").await.unwrap();
        assert_eq!(copied, ["1.0.0 of crates-io"]);
        let exactly = world.import("main/petal@1.1.0", "copy").await;
        assert_eq!(exactly.is_ok(), named, "{exactly:?}");
        let there: &[&str] = if named {
            &["1.0.0", "1.1.0!"]
        } else {
            &["1.0.0"]
        };
        assert_eq!(world.versions("acme", "copy").await, there);
    }
}

#[tokio::test]
async fn a_copy_of_a_view_that_stands_still_has_what_it_showed_then() {
    let world = Plan::usual().open().await;
    let publish = async |of: &str, number: &str| {
        let package = Package::new(of, number);
        world.publish("acme", &package).await.unwrap();
    };
    publish("petal", "1.0.0").await;
    let main = registry("main");
    let none = BTreeSet::new();
    let frozen = world.federation.freeze(&ann(), &main, None, none).await;
    frozen.unwrap();
    publish("petal", "1.1.0").await;
    publish("late", "1.0.0").await;
    let copied = world.import("main/petal", "copy").await.unwrap();
    assert_eq!(copied, ["1.0.0 of acme"]);
    let refused = world.import("main/late", "copy-2").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Absent, "{refused}");
    world.federation.thaw(&ann(), &main).await.unwrap();
    assert_eq!(
        world.import("main/late", "copy-2").await.unwrap(),
        ["1.0.0 of acme"]
    );
}

#[tokio::test]
async fn a_slip_in_the_copys_name_does_not_put_it_into_another_crate() {
    let world = Plan::new().hosted("acme").hosted("pa").open().await;
    for number in ["1.0.0", "1.1.0"] {
        let petal = Package::new("petal", number).library("// petal");
        world.publish("pa", &petal).await.unwrap();
    }
    let own = Package::new("hc128", "0.3.0");
    world.publish("acme", &own).await.unwrap();
    let refused = world.import("pa/petal", "hc128").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden);
    for part in ["`hc128` of its own", "0.3.0", "`petal`", "--into-existing"] {
        assert!(refused.detail.contains(part), "{part}: {refused}");
    }
    assert_eq!(world.versions("acme", "hc128").await, ["0.3.0"]);
    world.import_as("pa/petal", "hc128", true).await.unwrap();
    assert_eq!(
        world.versions("acme", "hc128").await,
        ["0.3.0", "1.0.0", "1.1.0"]
    );

    // Copies of the same crate may be added to.
    world.import("pa/petal@1.0.0", "copy").await.unwrap();
    world.import("pa/petal", "copy").await.unwrap();
    assert_eq!(world.versions("acme", "copy").await, ["1.0.0", "1.1.0"]);
    world
        .publish("pa", &Package::new("stem", "2.0.0"))
        .await
        .unwrap();
    let refused = world.import("pa/stem", "copy").await.unwrap_err();
    assert_eq!(refused.kind, RefusalKind::Forbidden, "{refused}");
}

/// What the settings name literally as an outside member's is public, though nobody
/// has asked for it yet.
#[tokio::test]
async fn what_an_outside_member_is_limited_to_by_name_is_taken_only_by_a_claim() {
    let plan = || {
        Plan::usual().hosted_alone("pa").policy("main", |policy| {
            let patterns = ["itoa", "ser*"].map(|text| NamePattern::parse(text).unwrap());
            let member = policy.members.get_mut(&registry("crates-io")).unwrap();
            member.only = Some(BTreeSet::from(patterns));
        })
    };
    let mut world = plan().open().await;
    world
        .publish("pa", &Package::new("petal", "1.0.0"))
        .await
        .unwrap();
    let imported = world.import("pa/petal", "itoa").await.unwrap_err();
    let published = world.publish("acme", &Package::new("itoa", "1.0.0")).await;
    for refused in [imported, published.unwrap_err()] {
        assert_eq!(refused.kind, RefusalKind::Forbidden);
        for part in [
            "`crates-io` is limited to it by name",
            "itoa = \"acme\"",
            "claims",
        ] {
            assert!(refused.detail.contains(part), "{part}: {refused}");
        }
    }
    // A prefix says nothing of one name.
    world.import("pa/petal", "sergeant").await.unwrap();
    world
        .restart_with(plan().claim("main", "itoa", "acme"))
        .await;
    world.import("pa/petal", "itoa").await.unwrap();
    assert_eq!(world.asked("crates-io"), [""; 0]);
}

/// What is rebuilt at home is another build of the copy, and goes on being a copy.
#[tokio::test]
async fn a_copy_that_is_minted_says_so_and_stays_a_copy() {
    let plan = Plan::new().minting("acme").replacing("pa").hosted("apps");
    let world = plan.view("main", &["acme", "pa", "apps"]).open().await;
    world
        .publish("apps", &Package::new("stem", "1.0.0"))
        .await
        .unwrap();
    let built = async |number: u8| {
        let library = format!("pub const NUMBER: u8 = {number};\n");
        let petal = Package::new("petal", "1.0.3").needs("stem = \"1\"");
        world.publish("pa", &petal.library(&library)).await.unwrap();
        let import = Import {
            from: world.surface("pa"),
            name: name("petal"),
            versions: None,
            rename: Some(name("bud")),
            into_existing: false,
        };
        let to = registry("acme");
        let done = world.federation.import(&to, &import, &ann(), false).await;
        let release = done.unwrap().pop().unwrap();
        (release.outcome, release.minted)
    };
    assert_eq!(built(0).await, ("imported", None));
    assert_eq!(built(0).await, ("already-there", None));
    for number in 1..=2_u8 {
        let minted = Some(format!("1.0.3+{number}"));
        assert_eq!(built(number).await, ("imported", minted));
        assert_eq!(built(number).await, ("already-there", None));
    }
    let rows = world.rows("acme", "bud").await;
    assert_eq!(rows.len(), 3);
    // What it depends on was settled by the original.
    for row in &rows {
        let stem = row["deps"][0]["registry"].as_str().unwrap();
        assert!(stem.contains("/apps/index/"), "{stem}");
    }
}
