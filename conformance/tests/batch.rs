//! Releases that come together: all of them or none, for whoever looks, at any moment.
//!
//! Absent: what counts as the same content (`rebuilds.rs`).

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::http::Answer;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Sends no more than a release's name in front of its archive.
fn bare(name: &str, version: &str, archive: &[u8]) -> Vec<u8> {
    upload::body_of(&json!({"name": name, "vers": version}), archive)
}

fn statuses(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let crates = answer.json()["crates"].as_array().cloned();
    let crates = crates.unwrap_or_default();
    crates
        .iter()
        .map(|one| (text(&one["name"]), text(&one["status"])))
        .collect()
}

fn all(names: &[&str], status: &str) -> Vec<(String, String)> {
    let pair = |name: &&str| ((*name).to_owned(), status.to_owned());
    names.iter().map(pair).collect()
}

/// A chain of crates of which each needs the next, the last first.
fn chain(of: &str, version: &str, length: usize) -> Vec<Krate> {
    let krate = |number: usize| {
        let krate = Krate::new(&format!("{of}-{number:02}"), version);
        match number + 1 < length {
            true => {
                let next = format!("{of}-{:02}", number + 1);
                krate.needs(Dependency::on(&next, &format!("={version}")))
            }
            false => krate,
        }
    };
    (0..length).map(krate).collect()
}

#[test]
fn a_workspace_that_cargo_packed_comes_in_whole_and_builds() {
    let installation = Installation::new(Identity::CratesIo);
    let (bench, server) = (&installation.bench, &installation.server);
    let petal = Krate::new("petal", "1.0.0").lib("pub struct Petal;\n");
    let bloom = Krate::new("bloom", "1.0.0")
        .needs(Dependency::on("petal", "1").beside("../petal"))
        .lib("pub fn petal() -> petal::Petal { petal::Petal }\n");
    bench.write(
        "garden/Cargo.toml",
        "[workspace]\nmembers = [\"petal\", \"bloom\"]\nresolver = \"2\"\n",
    );
    for krate in [&petal, &bloom] {
        crossdock_conformance::project::Project::create_at(
            bench,
            &format!("garden/{}", krate.name),
            krate,
        );
    }
    let folder = bench.path("garden");
    let package = [
        "package",
        "--workspace",
        "--no-verify",
        "--allow-dirty",
        "--exclude-lockfile",
    ];
    bench.cargo(&folder, &package).succeeds();
    let sent = |name: &str| {
        let path = folder.join(format!("target/package/{name}-1.0.0.crate"));
        bare(
            name,
            "1.0.0",
            &std::fs::read(path).expect("cargo packed it"),
        )
    };
    // The dependant first: the order is no matter of the sender.
    let batch = [sent("bloom"), sent("petal")];
    let before = installation.public.requests().len();
    let answer = server.upload_batch("local", &batch).expects(200);
    assert_eq!(statuses(&answer), all(&["bloom", "petal"], "published"));
    let told = answer.json()["warnings"]["other"].to_string();
    assert!(
        told.contains("dependency `petal` was settled as the crate of `local`"),
        "{told}"
    );
    let app = Krate::new("app", "0.1.0")
        .needs(installation.private("bloom", "1"))
        .needs(installation.private("petal", "1"))
        .main("fn main() { let _: petal::Petal = bloom::petal(); }\n");
    let project = installation.project(&app);
    project.cargo(&["build"]).succeeds();
    project.lock().one_of_each();
    let again = server.upload_batch("local", &batch).expects(200);
    assert_eq!(statuses(&again), all(&["bloom", "petal"], "present"));
    let heard = installation.public.requests();
    assert_eq!(heard.len(), before, "nobody outside was asked: {heard:?}");
    // The dependency's fact comes first: an epoch between the two has it alone.
    let explained = server.get("/main/api/v1/explain/petal/1.0.0").expects(200);
    assert!(explained.text().contains("petal"));
    let epoch = |name: &str| {
        (1..20)
            .find(|epoch| {
                let path = format!("/local/at/{epoch}/index/{}", place(name));
                server.get(&path).status == 200
            })
            .unwrap_or_default()
    };
    assert!(0 < epoch("petal") && epoch("petal") < epoch("bloom"));
}

fn place(name: &str) -> String {
    format!("{}/{}/{name}", &name[..2], &name[2..4])
}

#[test]
fn one_that_is_refused_keeps_all_of_them_out() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\n");
    server.has("local", &Krate::new("stem", "1.0.0"));
    let batch = [
        upload::body(&Krate::new("petal", "1.0.0")),
        upload::body(&Krate::new("stem", "1.0.0").lib("pub fn other() {}\n")),
        upload::body(&Krate::new("stem", "1.1.0")),
    ];
    let refused = server.upload_batch("local", &batch).expects(409);
    let answer = refused.json();
    let detail = answer["errors"][0]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("changed: src/lib.rs"), "{refused}");
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1));
    let crates = &answer["crates"];
    assert_eq!(crates[0]["status"], "not-published");
    assert_eq!(crates[1]["status"], "refused");
    assert_eq!(crates[1]["difference"]["changed"][0], "src/lib.rs");
    assert_eq!(crates[2]["status"], "not-published");
    server.entry("local", "petal").expects(404);
    assert_eq!(server.entry("local", "stem").versions(), ["1.0.0"]);
    // Refused before anything is compared: each is told of.
    let batch = [
        upload::body(&Krate::new("std", "1.0.0")),
        upload::body(&Krate::new("petal", "1.0.0")),
        upload::body(&Krate::new("petal", "1.0.0")),
        upload::body(&Krate::new("Petal", "1.1.0")),
        bare("rose", "1.0.0", b"no archive"),
    ];
    let refused = server.upload_batch("local", &batch).expects(400);
    let found: Vec<_> = statuses(&refused);
    let refused_ones = found.iter().filter(|(_, status)| status == "refused");
    assert_eq!(refused_ones.count(), 4, "{refused}");
    assert!(
        refused.text().contains("is in the batch twice"),
        "{refused}"
    );
    assert!(refused.text().contains("spelled `petal`"), "{refused}");
    for name in ["petal", "rose"] {
        server.entry("local", name).expects(404);
    }
}

#[test]
fn what_is_no_batch_is_refused() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\n");
    let petal = upload::body(&Krate::new("petal", "1.0.0"));
    for (what, bodies) in [
        ("nothing", vec![]),
        ("half", vec![petal.clone(), petal[..30].to_vec()]),
        ("no JSON", vec![b"\x04\0\0\0nope\0\0\0\0".to_vec()]),
    ] {
        let answer = server.upload_batch("local", &bodies).expects(400);
        assert!(answer.json()["errors"][0]["detail"].is_string(), "{what}");
    }
    let many = vec![bare("petal", "1.0.0", b""); 501];
    server.upload_batch("local", &many).expects(413);
    let stranger = crossdock_conformance::http::ask(
        "PUT",
        &format!("{}/local/api/v1/crates/batch", server.url()),
        &[],
        &petal,
    );
    assert_eq!(stranger.status, 403);
    server.entry("local", "petal").expects(404);
}

#[test]
fn whoever_sees_a_dependant_can_read_its_dependency() {
    let installation = Installation::new(Identity::CratesIo);
    let server = &installation.server;
    const LENGTH: usize = 12;
    let done = AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let look = || {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                // From the dependant to its dependency, as cargo reads.
                let mut newest = None;
                for number in 0..LENGTH {
                    let entry = server.entry("main", &format!("vine-{number:02}"));
                    let versions = match entry.status {
                        200 => entry.versions(),
                        404 => Vec::new(),
                        _ => panic!("{entry}"),
                    };
                    if let Some(newest) = &newest {
                        assert!(versions.contains(newest), "{number}: no {newest} yet");
                        looks += 1;
                    }
                    newest = versions.last().cloned().or(newest);
                }
            }
            looks
        };
        let readers = [scope.spawn(look), scope.spawn(look)];
        for round in 0..10 {
            let krates = chain("vine", &format!("1.{round}.0"), LENGTH);
            let bodies: Vec<_> = krates.iter().map(upload::body).collect();
            server.upload_batch("local", &bodies).expects(200);
        }
        done.store(true, Ordering::Relaxed);
        let looks = readers.map(|reader| reader.join().expect("every look was consistent"));
        looks.iter().sum::<usize>()
    });
    assert!(looks > 0, "the readers saw dependants");
    // Names that were looked up before they were taken may have left; once taken, none.
    let rows = server.entry("main", "vine-11").rows();
    assert_eq!(rows.len(), 10);
}

#[test]
fn killed_at_any_moment_nothing_is_half_there() {
    const LENGTH: usize = 40;
    let bench = Workbench::new();
    let mut server = Server::start(&bench, "[registries.local]\n");
    let (mut whole, mut none) = (0, 0);
    for round in 0..10_u64 {
        let krates = chain(&format!("ivy{round}"), "1.0.0", LENGTH);
        let bodies: Vec<_> = krates.iter().map(upload::body).collect();
        let url = format!("{}/local/api/v1/crates/batch", server.url());
        let token = server.token().to_owned();
        let body = bodies.concat();
        let sending = std::thread::spawn(move || {
            let headers = [("authorization", token.as_str())];
            crossdock_conformance::http::try_ask("PUT", &url, &headers, &body).is_ok()
        });
        // Sooner or later in its work: the kill is the event, wherever it falls.
        std::thread::sleep(Duration::from_millis(round * 25));
        server.kill();
        let answered = sending.join().expect("it was sent");
        server.start_again(&bench, None);
        let present = krates
            .iter()
            .filter(|krate| server.entry("local", &krate.name).status == 200)
            .count();
        assert!([0, LENGTH].contains(&present), "{present} of {LENGTH}");
        match present {
            0 => none += 1,
            _ => whole += 1,
        }
        assert!(!answered || present == LENGTH, "acknowledged is there");
        let again = server.upload_batch("local", &bodies).expects(200);
        let status = match present {
            0 => "published",
            _ => "present",
        };
        assert!(statuses(&again).iter().all(|(_, said)| said == status));
    }
    assert!(none > 0, "{whole} whole, {none} none");
}

#[test]
fn a_batch_goes_to_a_view_by_owner() {
    let bench = Workbench::new();
    let server = Server::start(
        &bench,
        "[registries.apps]\nresolve-in = \"main\"\n[registries.acme]\nresolve-in = \"main\"\n\
         [views.main]\nmembers = [\"apps\", \"acme\"]\npublish-to = \"acme\"\n\
         claims = { \"app-*\" = \"apps\" }\n",
    );
    let petal = Krate::new("petal", "1.0.0");
    let app = Krate::new("app-one", "1.0.0").needs(Dependency::on("petal", "1"));
    let batch = [upload::body(&app), upload::body(&petal)];
    server.upload_batch("main", &batch).expects(200);
    server.entry("apps", "app-one").expects(200);
    server.entry("acme", "petal").expects(200);
    let row = server.entry("apps", "app-one").rows().remove(0);
    assert_eq!(
        row["deps"][0]["registry"].as_str(),
        Some(server.index("acme").as_str()),
        "{row}"
    );
}
