//! Metadata that says otherwise than the manifest in the archive.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]

use crossdock_wire::contradictions::contradictions;
use crossdock_wire::manifest::{self, Manifest};
use serde_json::{Value, json};

const MANIFEST: &str = r#"
[package]
name = "bloom"
version = "1.0.0"
links = "sap"
rust-version = "1.85"
[features]
default = ["scent"]
scent = ["dep:oil"]
[dependencies.petal]
version = "1.1.5"
features = ["red", "soft"]
[dependencies.stalk]
package = "stem"
version = "1"
default-features = false
registry-index = "sparse+https://florist.example/"
[dependencies.oil]
version = "2"
optional = true
[target.'cfg( all(unix,) )'.build-dependencies.soil]
version = "*"
"#;

fn inside() -> Manifest {
    manifest::parse(MANIFEST).unwrap()
}

fn dependency(name: &str, req: &str) -> Value {
    json!({ "name": name, "version_req": req, "features": [], "optional": false,
        "default_features": true, "target": null, "kind": "normal",
        "registry": "https://github.com/rust-lang/crates.io-index" })
}

/// What cargo sends for the manifest.
fn sent() -> Value {
    let mut deps = [
        dependency("petal", "^1.1.5"),
        dependency("stem", "^1"),
        dependency("oil", "^2"),
        dependency("soil", "*"),
    ];
    deps[0]["features"] = json!(["soft", "red"]);
    deps[1]["explicit_name_in_toml"] = json!("stalk");
    deps[1]["default_features"] = json!(false);
    // The registry that is published to is null.
    deps[1]["registry"] = Value::Null;
    deps[2]["optional"] = json!(true);
    deps[3]["kind"] = json!("build");
    deps[3]["target"] = json!("cfg(all(unix))");
    json!({ "name": "bloom", "vers": "1.0.0", "links": "sap", "rust_version": "1.85",
        "features": { "default": ["scent"], "scent": ["dep:oil"] }, "deps": deps })
}

fn found(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut sent = sent();
    change(&mut sent);
    contradictions(&sent.to_string(), &inside())
}

#[test]
fn what_cargo_sends_contradicts_nothing() {
    assert_eq!(found(|_| {}), [""; 0]);
    // Neither does what is not said, or said as old cargos do.
    assert_eq!(contradictions(r#"{"name":"bloom"}"#, &inside()), [""; 0]);
    let implied = found(|sent| sent["features"]["oil"] = json!(["dep:oil"]));
    assert_eq!(implied, [""; 0]);
}

#[test]
fn each_thing_that_cargo_resolves_by_is_compared() {
    let dep = |at: usize, key: &'static str, value: Value| {
        found(move |sent| sent["deps"][at][key] = value)
    };
    for (found, told) in [
        (
            found(|sent| sent["links"] = Value::Null),
            "links is nothing there and `sap` in the archive",
        ),
        (
            found(|sent| sent["rust_version"] = json!("1.60")),
            "rust-version is `1.60` there and `1.85` in the archive",
        ),
        (
            dep(0, "version_req", json!("^1.1")),
            "the requirement of dependency `petal` is `^1.1` there and `^1.1.5` in the archive",
        ),
        (
            dep(0, "features", json!(["red"])),
            "`features` of dependency `petal` is `red` there and `red,soft` in the archive",
        ),
        (
            dep(0, "optional", json!(true)),
            "`optional` of dependency `petal` is `true` there and `false` in the archive",
        ),
        (
            dep(1, "default_features", json!(true)),
            "`default-features` of dependency `stalk` is `true` there and `false` in the archive",
        ),
        (
            dep(1, "name", json!("steam")),
            "the crate of dependency `stalk` is `steam` there and `stem` in the archive",
        ),
        (
            dep(1, "registry", json!("sparse+https://other.example/")),
            "the registry of dependency `stalk` is `sparse+https://other.example/` there and \
             `sparse+https://florist.example/` in the archive",
        ),
        (
            dep(0, "version_req", json!(">>1")),
            "dependency `petal` cannot be read there",
        ),
        (
            found(|sent| sent["features"]["scent"] = json!([])),
            "feature `scent` switches on other things there than in the archive",
        ),
        (
            found(|sent| sent["features"]["mulch\n"] = json!(["scent"])),
            "feature `mulch\\n` is not in the archive",
        ),
    ] {
        assert_eq!(found, [told]);
    }
    let moved = dep(3, "kind", json!("dev"));
    assert_eq!(
        moved,
        [
            "dev-dependency `soil` for `cfg(all(unix))` is not in the archive",
            "build-dependency `soil` for `cfg(all(unix))` is in the archive only"
        ]
    );
}

#[test]
fn little_is_told_of_much() {
    let many = found(|sent| {
        let extra = (0..500).map(|n| dependency(&format!("x{n}"), "1"));
        sent["deps"] = extra.collect();
    });
    assert_eq!(many.len(), 11);
    assert_eq!(many[10], "494 more differences");
    let long = found(|sent| sent["links"] = json!("x".repeat(100_000)));
    assert!(long[0].len() < 200);
}
