//! Gates at work: rows by the hour, finished files that end with it, decisions.

use super::package::Package;
use super::plan::Plan;
use super::row::Row;
use super::world::{CRATES_IO, World, address, name, registry, version};
use crossdock_core::actor::Actor;
use crossdock_core::decision::{Decision, GateDecision, Words};
use crossdock_core::gate::{Effect, Gate, MinAge, Mode, Rule};
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::{Approved, Approving};
use std::time::{Duration, Instant};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn young(effect: Effect) -> Plan {
    Plan::usual()
        .believing("crates-io")
        .policy("main", |policy| {
            let day = MinAge::of_seconds(24 * 3600).unwrap();
            policy.gates.min_age = Some((Rule::new(Mode::Enforce, effect), day));
        })
}

async fn with_young_petal() -> World {
    let world = young(Effect::Yank).open().await;
    let rows = [
        Row::new("petal", "1.0.0").with("pubtime", "2026-11-01T00:00:00Z"),
        Row::new("petal", "1.1.0").with("pubtime", "2026-11-20T10:00:02Z"),
    ];
    world.shows("crates-io", "petal", &rows);
    world
}

#[tokio::test]
async fn a_finished_file_ends_when_a_release_comes_of_age() {
    let world = with_young_petal().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    let path = "main/index/pe/ta/petal";
    assert!(world.federation.served(path).is_some(), "it is kept");
    // Two seconds before the hour it is fresh for these two seconds and no longer.
    let began = Instant::now();
    while world.federation.served(path).is_some() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is kept for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clock.set(time("2026-11-21T10:00:02Z"));
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    assert_eq!(
        world.asked("crates-io"),
        ["petal"],
        "nobody had to be asked for it"
    );
}

#[tokio::test]
async fn a_confirmed_file_ends_as_well() {
    let world = with_young_petal().await;
    world.versions("main/from/crates-io", "petal").await;
    world.clock.set(time("2026-11-21T10:00:02Z"));
    let path = "main/from/crates-io";
    let began = Instant::now();
    while world.versions(path, "petal").await != ["1.0.0", "1.1.0"] {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is confirmed for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_waiver_holds_at_once_and_ends_by_itself() {
    let world = with_young_petal().await;
    world.versions("main", "petal").await;
    let waived = GateDecision::Waived {
        name: "petal".parse().unwrap(),
        version: version("1.1.0"),
        gate: Gate::MinAge,
        reason: Words::parse("we wrote it").unwrap(),
        until: time("2026-11-21T10:00:01Z"),
    };
    let (admin, view) = (Actor::admin(), registry("main"));
    let decided = world
        .federation
        .decide(&admin, &view, Decision::Gate(waived));
    decided.await.unwrap();
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
    world.clock.set(time("2026-11-21T10:00:01Z"));
    let began = Instant::now();
    while world.versions("main", "petal").await != ["1.0.0", "1.1.0!"] {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "it is waived for ever"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_undated_release_is_as_old_as_its_first_observation() {
    let mut world = young(Effect::Yank).open().await;
    let [old, new] = ["1.0.0", "1.1.0"].map(|version| Row::new("petal", version));
    world.shows("crates-io", "petal", std::slice::from_ref(&old));
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!"]);
    world.clock.set(time("2026-11-22T09:00:00Z"));
    world.shows("crates-io", "petal", &[old, new]);
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0!", "1.1.0!"]);
    // An hour later the first is a day old, and the second is not.
    world.clock.set(time("2026-11-22T10:00:00Z"));
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    world.clock.set(time("2026-11-23T09:00:00Z"));
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
}

fn admitting() -> Plan {
    Plan::usual()
        .believing("crates-io")
        .policy("main", |policy| {
            policy.gates.admit = Some(Rule::new(Mode::Enforce, Effect::Block));
        })
}

fn locked(name: &str, version: &str, source: &str, checksum: &str) -> String {
    format!(
        "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
         source = \"{source}\"\nchecksum = \"{checksum}\"\n\n"
    )
}

async fn approve_lock(world: &World, packages: &[String]) -> Approved {
    let lock = format!("version = 4\n\n{}", packages.concat());
    let (admin, view) = (Actor::admin(), registry("main"));
    let approved = world.federation.approve_lock(&admin, &view, &lock);
    approved.await.unwrap()
}

#[tokio::test]
async fn of_a_lock_only_what_the_view_shows_is_approved() {
    let world = admitting().open().await;
    let of = |name: &str| Package::new(name, "1.0.0").checksum().to_string();
    for name in ["serde_json", "stem", "leaf", "twig"] {
        world.shows("crates-io", name, &[Row::new(name, "1.0.0")]);
        world.versions("main", name).await;
    }
    let crates_io = format!("registry+{CRATES_IO}");
    let (view, face) = (address("main"), address("main/from/crates-io"));
    let (mirror, other) = (address("crates-io"), "sparse+https://other.example/index/");
    let foreign = "ee".repeat(32);
    let approved = approve_lock(
        &world,
        &[
            locked("serde_json", "1.0.0", &crates_io, &of("serde_json")),
            locked("stem", "1.0.0", &view, &of("stem")),
            locked("leaf", "1.0.0", &face, &of("leaf")),
            locked("twig", "1.0.0", &crates_io, &foreign),
            locked("twig", "1.0.0", other, &of("twig")),
            locked("twig", "1.0.0", &mirror, &of("twig")),
            locked("twig", "2.0.0", &crates_io, &foreign),
            locked("never", "1.0.0", &crates_io, &foreign),
        ],
    )
    .await;
    let done = ["serde_json@1.0.0", "stem@1.0.0", "leaf@1.0.0"];
    assert_eq!(approved.done, done, "{approved:?}");
    assert_eq!(approved.elsewhere.len(), 2, "{approved:?}");
    assert!(approved.elsewhere[0].reason.contains(other));
    let refused: Vec<_> = approved
        .refused
        .iter()
        .map(|one| one.release.as_str())
        .collect();
    assert_eq!(refused, ["twig@1.0.0", "twig@2.0.0", "never@1.0.0"]);
    assert!(approved.refused[0].reason.contains("its checksum"));
    assert!(approved.refused[2].reason.contains("holds no such release"));
    assert_eq!(world.versions("main", "serde_json").await, ["1.0.0"]);
    assert_eq!(world.versions("main", "twig").await, ["1.0.0!"]);
}

#[tokio::test]
async fn what_would_have_no_effect_is_said() {
    let world = with_young_petal().await;
    world.versions("main", "petal").await;
    let (admin, main) = (Actor::admin(), registry("main"));
    let federation = &world.federation;
    let petal = ["petal@1.1.0".to_owned()];
    for action in [Approving::Approve, Approving::Request] {
        let refused = federation.approve(&admin, &main, action, &petal).await;
        let words = refused.unwrap_err().to_string();
        assert!(
            words.contains("no gate `admit`") && words.contains("its gates are: min-age"),
            "{words}"
        );
    }
    let waive = async |release: &str, gate: &str, expires: &str| {
        let terms = (gate, "a fix", expires);
        federation.waive(&admin, &main, release, terms).await
    };
    let refused = waive("petal@1.1.0", "closed", "2998-01-01").await;
    let words = refused.unwrap_err().to_string();
    assert!(words.contains("no gate `closed`"), "{words}");
    let ended = waive("petal@1.1.0", "closed", "now").await;
    assert!(ended.is_ok(), "what is gone can be ended");
    let waived = waive("petal@1.1.0", "min-age", "2998-01-01").await.unwrap();
    assert!(waived.warnings.is_empty() && waived.view == "main");
    let waived = waive("petal@9.9.9", "min-age", "2998-01-01").await.unwrap();
    assert!(waived.warnings[0].contains("holds no release `petal@9.9.9`"));
}

#[tokio::test]
async fn what_comes_late_is_as_old_as_it_is_known() {
    let day = MinAge::of_seconds(24 * 3600).unwrap();
    let plan = Plan::new().hosted("acme").mirror("partner");
    let mut world = plan
        .view("main", &["acme", "partner"])
        .policy("main", |policy| {
            policy.gates.min_age = Some((Rule::new(Mode::Enforce, Effect::Yank), day));
        })
        .open()
        .await;
    let old = |version| Row::new("petal", version).with("pubtime", "2020-02-02T02:02:02Z");
    // Nobody knew the crate: what its upstream says of it is all there is.
    world.shows("partner", "petal", &[old("1.0.0")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0"]);
    // The next release is new, whatever its row says, and stays so over a restart.
    world.clock.set(time("2026-11-22T09:00:00Z"));
    world.shows("partner", "petal", &[old("1.0.0"), old("1.1.0")]);
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0!"]);
    world.clock.set(time("2026-11-23T09:00:00Z"));
    world.restart().await;
    assert_eq!(world.versions("main", "petal").await, ["1.0.0", "1.1.0"]);
}

#[tokio::test]
async fn a_past_tells_waivers_with_their_reason_and_end() {
    let world = young(Effect::Block).open().await;
    let young = Row::new("petal", "1.1.0").with("pubtime", "2026-11-20T10:00:02Z");
    world.shows("crates-io", "petal", &[young]);
    world.versions("main", "petal").await;
    let (admin, main) = (Actor::admin(), registry("main"));
    let (petal, asked) = (name("petal"), version("1.1.0"));
    let explain = async || {
        let explained = world.federation.explain(&main, &petal, Some(&asked));
        explained.await.unwrap()
    };
    assert_eq!(explain().await.outcome, "blocked");
    for (expires, reason) in [("2998-01-01", "a fix"), ("now", "a better fix")] {
        let terms = ("min-age", reason, expires);
        let waived = world.federation.waive(&admin, &main, "petal@1.1.0", terms);
        waived.await.unwrap();
        let expected = if expires == "now" {
            "blocked"
        } else {
            "served"
        };
        assert_eq!(explain().await.outcome, expected);
    }
    let explained = serde_json::to_value(explain().await).unwrap();
    let past = explained["past"].as_array().unwrap();
    let told: Vec<_> = past
        .iter()
        .filter_map(|happened| happened["what"].as_str())
        .filter(|what| what.contains("gate"))
        .collect();
    assert_eq!(
        told,
        [
            "gate min-age was waived for 1.1.0 in `main` until 2998-01-01T00:00:00Z: a fix",
            "the waiver of gate min-age for 1.1.0 in `main` was ended: a better fix",
        ]
    );
}
