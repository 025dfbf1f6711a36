//! Which registry's crate a dependency means, settled when its release comes in.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, HERE, World, address};
use crossdock_registry::RefusalKind;
use serde_json::{Value, json};

/// Two teams and crates.io.
async fn house() -> World {
    let plan = Plan::usual().hosted("apps");
    let world = plan
        .view("main", &["acme", "apps", "crates-io"])
        .open()
        .await;
    for (registry, name) in [("acme", "petal"), ("apps", "stem")] {
        let package = Package::new(name, "1.0.0");
        world.publish(registry, &package).await.unwrap();
    }
    world
}

fn at(path: &str) -> String {
    format!(
        "{{ version = \"1\", registry-index = \"{}\" }}",
        address(path)
    )
}

#[tokio::test]
async fn each_way_to_write_a_dependency_means_one_registry() {
    let world = house().await;
    let flower = Package::new("flower", "1.0.0")
        .with("[dependencies]\npetal = \"1\"\nserde = \"1\"\nstem = \"1\"");
    let published = world.publish("acme", &flower).await.unwrap();
    // What cargo wrote as crates.io's is told where it was settled otherwise.
    assert_eq!(published.warnings.len(), 3, "{published:?}");
    assert!(published.warnings[0].contains("`petal`") && published.warnings[0].contains("`acme`"));
    assert!(published.warnings[1].contains("`stem`") && published.warnings[1].contains("`apps`"));
    // Nobody met it, and nobody outside is asked.
    assert!(published.warnings[2].contains("nobody here has met dependency `serde`"));
    for (name, alone) in [
        ("petal", Value::Null),
        ("stem", json!(address("apps"))),
        ("serde", json!(CRATES_IO)),
    ] {
        assert_eq!(
            world.points_to("acme", "flower", name).await,
            alone,
            "{name}"
        );
        let in_view = world.points_to("main", "flower", name).await;
        assert_eq!(in_view, CRATES_IO, "{name}: one identity for everything");
    }
}

#[tokio::test]
async fn an_address_of_ours_means_what_is_there() {
    let world = house().await;
    for (number, name, path, alone) in [
        ("1.0.0", "petal", "acme", Value::Null),
        ("1.0.1", "petal", "main", Value::Null),
        ("1.0.2", "petal", "main/from/acme", Value::Null),
        ("1.0.3", "stem", "apps", json!(address("apps"))),
        ("1.0.4", "stem", "main", json!(address("apps"))),
        ("1.0.5", "serde", "crates-io", json!(CRATES_IO)),
        ("1.0.6", "serde", "main/from/crates-io", json!(CRATES_IO)),
    ] {
        let flower = Package::new("flower", number).needs(&format!("{name} = {}", at(path)));
        world.publish("acme", &flower).await.unwrap();
        let rows = world.rows("acme", "flower").await;
        let newest = rows.last().unwrap();
        assert_eq!(newest["vers"], number);
        assert_eq!(newest["deps"][0]["registry"], alone, "{path}");
    }
    assert_eq!(
        world.asked("crates-io"),
        [""; 0],
        "an upload sends no name outside"
    );
}

#[tokio::test]
async fn what_cannot_be_settled_is_refused_with_the_cure() {
    let world = house().await;
    let facts = world.facts().await.len();
    for (dependency, cure) in [
        (format!("rose = {}", at("acme")), "publish it there first"),
        (format!("rose = {}", at("main")), "publish it first"),
        (format!("rose = {}", at("nowhere")), "no registry or view"),
        (
            "rose = { version = \"1\", registry-index = \"file:///etc\" }".to_owned(),
            "http",
        ),
        (
            "rose = { version = \"1\", registry-index = \"git+ssh://h/x\" }".to_owned(),
            "http",
        ),
        (
            "rose = { version = \"1\", registry-index = \"not a url\" }".to_owned(),
            "`rose`",
        ),
    ] {
        let flower = Package::new("flower", "1.0.0").needs(&dependency);
        let refused = world.publish("acme", &flower).await.unwrap_err();
        assert_eq!(
            refused.kind,
            RefusalKind::Invalid,
            "{dependency}: {refused}"
        );
        assert!(refused.detail.contains(cure), "{dependency}: {refused}");
        assert!(refused.detail.contains("rose"), "{dependency}: {refused}");
        assert_eq!(world.facts().await.len(), facts);
    }
}

#[tokio::test]
async fn a_crate_does_not_need_itself_at_any_address() {
    let world = house().await;
    for (patch, dependency) in [
        "petal = \"1\"".to_owned(),
        format!("petal = {}", at("acme")),
        format!("petal = {}", at("main")),
    ]
    .iter()
    .enumerate()
    {
        let petal = Package::new("petal", "1.1.0").needs(dependency);
        let refused = world.publish("acme", &petal).await.unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Invalid, "{dependency}");
        assert!(refused.detail.contains("itself"), "{dependency}: {refused}");
        // Its tests may use an earlier version of it.
        let line = format!("[dev-dependencies]\n{dependency}");
        let tested = Package::new("petal", &format!("1.2.{patch}")).with(&line);
        world.publish("acme", &tested).await.unwrap();
    }
    // An old version may be made of a newer one, so that their types are one.
    let newer = at("acme").replace("\"1\"", "\"2\"");
    let old = Package::new("petal", "1.3.0").needs(&format!("petal = {newer}"));
    world.publish("acme", &old).await.unwrap();
}

#[tokio::test]
async fn a_registry_elsewhere_stays_what_it_is() {
    let world = house().await;
    let flower = Package::new("flower", "1.0.0").needs(
        "leaf = { version = \"1\", registry-index = \"sparse+https://Elsewhere.example:443/i\" }",
    );
    let published = world.publish("acme", &flower).await.unwrap();
    assert_eq!(published.warnings.len(), 1, "{published:?}");
    assert!(
        published.warnings[0].contains("none of this server"),
        "{published:?}"
    );
    for path in ["acme", "main"] {
        let shown = world.points_to(path, "flower", "leaf").await;
        assert_eq!(shown, "sparse+https://elsewhere.example/i/", "{path}");
    }
}

#[tokio::test]
async fn a_mirror_s_rows_mean_their_upstream_unless_they_say_otherwise() {
    let plan = Plan::usual().mirror("partner");
    let world = plan
        .view("main", &["acme", "partner", "crates-io"])
        .open()
        .await;
    let row = Row::new("bloom", "1.0.0")
        .needs("own", "^1")
        .needs_of("public", "^1", CRATES_IO)
        .needs_of("ours", "^1", format!("sparse+{HERE}/acme/index/"));
    world.shows("partner", "bloom", &[row]);
    for (name, alone) in [
        ("own", Value::Null),
        ("public", json!(CRATES_IO)),
        ("ours", json!(address("acme"))),
    ] {
        let shown = world.points_to("partner", "bloom", name).await;
        assert_eq!(shown, alone, "{name}");
    }
}

/// What crates.io would refuse is told here: a dependency that nobody knows.
#[tokio::test]
async fn a_dependency_that_nobody_met_is_told() {
    let told = async |plan: Plan, package: Package| {
        let world = plan.open().await;
        world.shows("crates-io", "serde", &[Row::new("serde", "1.0.0")]);
        world
            .publish("acme", &Package::new("stem", "1.0.0"))
            .await
            .unwrap();
        world.versions("crates-io", "serde").await;
        world.publish("acme", &package).await.unwrap().warnings
    };
    let petal = |needs: &str| Package::new("petal", "1.0.0").with(needs);
    let hosted = || Plan::new().hosted("acme").hosted("apps").crates_io();
    let with = || hosted().view("main", &["acme", "crates-io"]);
    let without = || {
        hosted()
            .view("other", &["apps", "crates-io"])
            .view("main", &["acme"])
    };
    let alone = || hosted().view("apart", &["apps", "crates-io"]);
    // By a view that has crates.io: what was met is not told, what is said is not either.
    let needs = "[dependencies]\nserde = \"1\"\nsred = \"1\"\nyours = \"1\"\n\
        [dev-dependencies]\nbenches = \"1\"";
    let warnings = told(with(), petal(needs)).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].starts_with("nobody here has met dependencies `sred`, `yours`, and"));
    assert_eq!(
        told(with(), petal("[dependencies]\nserde = \"1\"")).await,
        [""; 0]
    );
    // By one that has not: whoever builds through it alone never finds it.
    let warnings = told(without(), petal("[dependencies]\nserde = \"1\"")).await;
    assert!(warnings[0].contains("`serde`") && warnings[0].contains("no member of view `main`"));
    // Where no view decides, only what the registry has is worth a word.
    let needs = "[dependencies]\nserde = \"1\"\nstem = \"1\"";
    let warnings = told(alone(), petal(needs)).await;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("`stem` means the crate of crates.io"),
        "{warnings:?}"
    );
    assert!(
        warnings[0].contains("write registry = \"acme\""),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn the_only_view_of_a_registry_resolves_its_uploads() {
    let plan = Plan::new().hosted("acme").crates_io();
    let world = plan.view("main", &["acme", "crates-io"]).open().await;
    for package in [
        Package::new("stem", "1.0.0"),
        Package::new("petal", "1.0.0").needs("stem = \"1\""),
    ] {
        world.publish("acme", &package).await.unwrap();
    }
    let shown = world.points_to("acme", "petal", "stem").await;
    assert_eq!(
        shown,
        serde_json::Value::Null,
        "null is the registry itself"
    );
}
