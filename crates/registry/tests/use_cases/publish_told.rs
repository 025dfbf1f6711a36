//! What a publisher hears of the views that show the release, or do not.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::World;
use crossdock_core::gate::{Effect, MinAge, Mode, Rule};

/// Two hosted registries that have `petal` 1.0.0 alike, since a view shows both.
async fn shared_petal(plan: impl Fn(Plan) -> Plan) -> World {
    let hosted = || Plan::new().hosted("acme").hosted("apps");
    let apart = hosted().view("main", &[]).view("other", &["apps"]);
    let mut world = apart.open().await;
    for registry in ["acme", "apps"] {
        let petal = Package::new("petal", "1.0.0");
        let published = world.publish(registry, &petal).await.unwrap();
        assert_eq!(published.warnings, [""; 0]);
    }
    world
        .restart_with(plan(hosted().view("main", &["acme", "apps"])))
        .await;
    world
}

async fn warnings(world: &World, package: &Package) -> Vec<String> {
    world.publish("acme", package).await.unwrap().warnings
}

#[track_caller]
fn one(warnings: &[String], words: &[&str]) {
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for word in words {
        assert!(warnings[0].contains(word), "{word}: {warnings:?}");
    }
}

#[tokio::test]
async fn a_version_that_a_view_withholds_is_told_with_the_cure() {
    let world = shared_petal(|plan| plan).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    let told = warnings(&world, &Package::new("petal", "1.1.5")).await;
    let words = [
        "view `main` withholds `petal` 1.1.5",
        "`acme`, `apps` have it",
        "1.1.5: acme has",
        "apps lacks it",
        "[views.main] claims = { petal = \"acme\" }",
        "same-crate = [{ names = [\"petal\"], members = [\"acme\", \"apps\"] }]",
    ];
    one(&told, &words);
    assert!(!told[0].contains("1.0.0"), "what is agreed is no trouble");
}

#[tokio::test]
async fn what_the_settings_settle_is_not_told() {
    let world = shared_petal(|plan| plan.same_crate("main", "petal", &["acme", "apps"])).await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    let told = warnings(&world, &Package::new("petal", "1.1.5")).await;
    assert_eq!(told, [""; 0]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.5"]);
}

#[tokio::test]
async fn a_gate_that_concerns_the_registry_is_told() {
    for (mode, effect, words) in [
        (
            Mode::Enforce,
            Effect::Yank,
            &["shows it yanked by its gate `min-age`"][..],
        ),
        (
            Mode::Enforce,
            Effect::Block,
            &["refuses its archive", "crossdock waive petal@1.0.0"],
        ),
        (Mode::Audit, Effect::Block, &[]),
    ] {
        let plan = Plan::usual().policy("main", |policy| {
            let mut rule = Rule::new(mode, effect);
            rule.applies_to.insert(super::world::registry("acme"));
            policy.gates.min_age = Some((rule, MinAge::of_seconds(3600).unwrap()));
        });
        let world = plan.open().await;
        let told = warnings(&world, &Package::new("petal", "1.0.0")).await;
        match words {
            [] => assert_eq!(told, [""; 0]),
            words => one(&told, words),
        }
    }
}

/// The petal story: bloom needs what the view withholds.
#[tokio::test]
async fn a_dependency_that_a_view_withholds_is_told_with_the_cure() {
    let plan = Plan::usual().mirror("partner");
    let world = plan
        .view("main", &["acme", "partner", "crates-io"])
        .open()
        .await;
    let (old, new) = (Row::new("petal", "1.1.1"), Row::new("petal", "1.1.5"));
    world.shows("crates-io", "petal", std::slice::from_ref(&old));
    world.shows("partner", "petal", &[old, new]);
    let bloom = |version: &str, needs: &str| {
        let partner = "registry-index = \"sparse+https://partner.example/\"";
        Package::new("bloom", version)
            .needs(&format!("petal = {{ version = \"{needs}\", {partner} }}"))
    };
    // Nobody outside is asked for what an upload names.
    assert_eq!(warnings(&world, &bloom("1.0.0", "1.1.5")).await, [""; 0]);
    assert_eq!(world.asked("partner"), [""; 0]);
    assert_eq!(world.versions("main", "petal").await, ["1.1.1"]);
    let told = warnings(&world, &bloom("1.0.1", "1.1.5")).await;
    let words = [
        "dependency `petal` needs ^1.1.5, which view `main` withholds",
        "1.1.5: partner has",
        "crates-io lacks it",
        "[views.main] claims",
        "same-crate",
    ];
    one(&told, &words);
    assert_eq!(warnings(&world, &bloom("1.0.2", "1.1")).await, [""; 0]);
    assert_eq!(warnings(&world, &bloom("1.0.3", "2")).await, [""; 0]);
}

/// Two teams with a `petal` each, of which a view may know whose it is.
async fn two_petals(plan: impl Fn(Plan) -> Plan) -> World {
    let hosted = || Plan::new().hosted("acme").hosted("apps").crates_io();
    let apart = hosted().view("main", &[]).view("other", &["apps"]);
    let mut world = apart.open().await;
    for (registry, number) in [("acme", "1.0.0"), ("apps", "1.3.0")] {
        let petal = Package::new("petal", number);
        world.publish(registry, &petal).await.unwrap();
    }
    let together = hosted().view("main", &["acme", "apps", "crates-io"]);
    world.restart_with(plan(together)).await;
    world
}

fn bloom(needs: &str, of: &str) -> Package {
    let index = super::world::address(of);
    Package::new("bloom", "1.0.0").needs(&format!(
        "petal = {{ version = \"{needs}\", registry-index = \"{index}\" }}"
    ))
}

#[tokio::test]
async fn a_conflict_of_others_is_not_told_of_a_row_that_leads_past_it() {
    let world = two_petals(|plan| plan).await;
    let told = warnings(&world, &bloom("1.3", "crates-io")).await;
    assert_eq!(told, [""; 0]);
}

#[tokio::test]
async fn a_requirement_that_nothing_shown_meets_is_told_with_who_has_it() {
    let world = two_petals(|plan| plan.claim("main", "petal", "acme")).await;
    let told = warnings(&world, &bloom("1.3", "acme")).await;
    let words = [
        "dependency `petal` needs ^1.3",
        "view `main` leads to (of `acme` up to 1.0.0)",
        "`apps` has it, which is not shown there",
    ];
    one(&told, &words);
    for (number, needs, of) in [("1.0.1", "1", "acme"), ("1.0.2", "1.3", "apps")] {
        let mut bloom = bloom(needs, of);
        number.clone_into(&mut bloom.version);
        assert_eq!(warnings(&world, &bloom).await, [""; 0], "{needs} of {of}");
    }
}
