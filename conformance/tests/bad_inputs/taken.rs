//! What looks bad and is taken, because it harms nobody or is passed over (families 51, 54,
//! 61, 65 and 81 to 83): `says` is what must not show of it anywhere.

use crate::families::{FAMILIES, Group};
use crate::watch::Watch;
use crate::{Case, nothing_went};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;
use serde_json::{Value, json};

/// A proper crate, of which the JSON in front says something else. `what` is its name.
fn in_front(name: &str, change: impl FnOnce(&mut Value), shows_not: &'static str) -> Case {
    let krate = Krate::new(name, "1.0.0");
    let mut metadata = upload::metadata(&krate);
    change(&mut metadata);
    Case::new(
        name,
        upload::body_of(&metadata, &krate.archive()),
        shows_not,
    )
}

/// 51 and 54.
pub(crate) fn other_dependencies() -> Vec<Case> {
    let dependency = |kind: &str, req: &str| json!([{"name": "hidden-thing", "version_req": req, "features": [], "optional": false, "default_features": true, "target": null, "kind": kind, "registry": null}]);
    vec![
        in_front(
            "deps-normal",
            |it| it["deps"] = dependency("normal", "^1"),
            "hidden-thing",
        ),
        in_front(
            "deps-weird",
            |it| it["deps"] = dependency("weird", "^1"),
            "hidden-thing",
        ),
        in_front(
            "deps-req",
            |it| it["deps"] = dependency("normal", ">>1"),
            "hidden-thing",
        ),
        in_front(
            "deps-text",
            |it| it["deps"] = json!("hidden-thing"),
            "hidden-thing",
        ),
        in_front(
            "deps-features",
            |it| it["features"] = json!({"hidden-thing": ["x"]}),
            "hidden-thing",
        ),
        in_front(
            "deps-links",
            |it| it["links"] = json!("hidden-thing"),
            "hidden-thing",
        ),
    ]
}

/// 61.
pub(crate) fn feature_cycles() -> Vec<Case> {
    let two = Krate::new("cycle-two", "1.0.0")
        .feature("a", &["b"])
        .feature("b", &["a"]);
    let one = Krate::new("cycle-one", "1.0.0").feature("a", &["a"]);
    let many = (0..300).fold(Krate::new("cycle-many", "1.0.0"), |krate, at| {
        krate.feature(&format!("f{at}"), &[&format!("f{}", (at + 1) % 300)])
    });
    [one, two, many]
        .map(|krate| Case::new(krate.name.clone(), upload::body(&krate), "no such words"))
        .into()
}

/// 65.
pub(crate) fn times() -> Vec<Case> {
    [
        "2999-01-01T00:00:00Z",
        "2999",
        "2999-01-01T00:00:00.5+01:00",
        "29990101",
    ]
    .iter()
    .enumerate()
    .map(|(at, time)| {
        in_front(
            &format!("time-{at}"),
            |it| it["pubtime"] = json!(time),
            "2999",
        )
    })
    .collect()
}

/// 81 to 83: nothing of a README is rendered or fetched, and no page shows it.
pub(crate) fn readmes() -> Vec<Case> {
    let texts = [
        "<script>alert('owned')</script>".to_owned(),
        "<img src=x onerror=alert('owned')>".to_owned(),
        "[owned](javascript:alert('owned'))".to_owned(),
        "<svg onload=alert('owned')>".to_owned(),
        "![owned](data:text/html,owned)".to_owned(),
        "![owned](http://10.0.0.1/owned.png)".to_owned(),
        format!("{} owned", ">".repeat(100_000)),
        format!("{}owned", "[".repeat(100_000)),
        format!("owned{}", "x".repeat(900_000)),
    ];
    let all = texts.iter().enumerate();
    all.map(|(at, text)| {
        in_front(
            &format!("readme-{at}"),
            |it| it["readme"] = json!(text),
            "owned",
        )
    })
    .collect()
}

#[test]
fn what_looks_bad_and_harms_nobody_is_taken() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.used]\n");
    let mut wrong = Vec::new();
    for family in FAMILIES {
        for group in family.groups {
            let Group::Taken(make) = group else { continue };
            for case in make() {
                let watch = Watch::begin(&server);
                let answer = server.upload("used", &case.bytes);
                let cost = watch.cost(case.bytes.len());
                let row = server.entry("used", &case.what).text();
                let page = server.get("/");
                let about = server.get(&format!("/used/api/v1/crates/{}", case.what));
                let policy = page.header("content-security-policy").unwrap_or_default();
                let fine = match answer.status == 200 {
                    false => Err(format!("is answered\n{answer}")),
                    true if row.contains(case.says) => Err(format!("its row says {row}")),
                    true if page.text().contains(case.says) => Err("the page shows it".to_owned()),
                    true if !policy.contains("default-src 'none'") => {
                        Err("the page may load things".to_owned())
                    }
                    true if about.header("content-type") != Some("application/json") => {
                        Err("what is told of it is no JSON".to_owned())
                    }
                    true => cost,
                };
                if let Err(why) = fine {
                    wrong.push(format!("{}, {}: {why}", family.number, case.what));
                }
            }
        }
    }
    nothing_went(&wrong);
}
