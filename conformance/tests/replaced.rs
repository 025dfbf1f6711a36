//! Development registries, where a newer build takes the place of an older one.
//!
//! Absent: what counts as the same build (`rebuilds.rs`).

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::crates_io;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::repacked::{Packer, repacked};
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use serde_json::json;

/// The surfaces on which `lab`'s crates are read.
const SURFACES: [&str; 3] = ["lab", "main", "main/from/lab"];

fn settings(public: &Upstream, rebuilds: &str) -> String {
    format!(
        "[registries.lab]\nresolve-in = \"main\"\nrebuilds = \"{rebuilds}\"\n{}\
         [views.main]\nmembers = [\"lab\", \"crates-io\"]\npublish-to = \"lab\"\n",
        crates_io(public)
    )
}

fn build(number: u8) -> Krate {
    Krate::new("petal", "1.0.0").lib(&format!("pub const NUMBER: u8 = {number};\n"))
}

fn sum(krate: &Krate) -> String {
    checksum(&krate.archive())
}

/// Expects one row with this build's checksum, and the archives of all builds, on every
/// surface.
#[track_caller]
fn shown(server: &Server, newest: &Krate, all: &[&Krate]) {
    for surface in SURFACES {
        let rows = server.entry(surface, "petal").expects(200).rows();
        assert_eq!(rows.len(), 1, "{surface}");
        assert_eq!(rows[0]["cksum"], sum(newest).as_str(), "{surface}");
        for krate in all {
            let path = format!("/{surface}/dl/petal/1.0.0/{}", sum(krate));
            let bytes = server.get(&path).expects(200).body;
            assert_eq!(bytes, krate.archive(), "{surface}");
        }
    }
}

#[test]
fn the_newest_build_is_shown_every_build_stays_and_an_epoch_builds_the_old_one() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &settings(&public, "replace"));
    let pinned_to = |surface: &str| {
        Configuration::default()
            .registry("main", &server.index("main"))
            .registry("pinned", &server.index(surface))
            .instead_of_crates_io("pinned")
            .write(&bench);
    };
    let (first, second) = (build(1), build(2));
    server.has("lab", &first);
    pinned_to("main");
    let app = Krate::new("app", "0.1.0")
        .needs(Identity::CratesIo.private(
            crossdock_conformance::dependency::Dependency::on("petal", "1"),
            &server.index("main"),
        ))
        .main("fn main() { println!(\"number {}\", petal::NUMBER); }\n");
    let project = Project::create(&bench, &app);
    project.cargo(&["run", "-q"]).prints("number 1");
    let old_lock = project.read("Cargo.lock");
    assert!(old_lock.contains(&sum(&first)));
    let named = json!({"name": "before"}).to_string();
    server
        .send("POST", "/main/api/v1/snapshots", named.as_bytes())
        .expects(200);

    let answer = server.upload("lab", &upload::body(&second)).expects(200);
    let told = answer.json()["warnings"]["other"].to_string();
    for part in ["is replaced", &sum(&first), &sum(&second), "lock refresh"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    shown(&server, &second, &[&first, &second]);

    // Elsewhere cargo refuses the old lock, and takes one whose checksum was edited.
    bench.forget_cargo_home();
    project.remove("target/debug/app");
    project
        .cargo(&["build", "--locked"])
        .fails()
        .says("checksum");
    project.write("Cargo.lock", &old_lock.replace(&sum(&first), &sum(&second)));
    bench.forget_cargo_home();
    let fresh = ["run", "-q", "--locked", "--target-dir", "target-2"];
    project.cargo(&fresh).prints("number 2");

    // An epoch is as it was, bytes and all.
    for at in ["main/at/before", "main/at/before/from/lab"] {
        let rows = server.entry(at, "petal").expects(200).rows();
        assert_eq!(rows[0]["cksum"], sum(&first).as_str(), "{at}");
    }
    project.write("Cargo.lock", &old_lock);
    pinned_to("main/at/before");
    bench.forget_cargo_home();
    let fresh = ["run", "-q", "--locked", "--target-dir", "target-3"];
    project.cargo(&fresh).prints("number 1");
}

/// Who names the registry itself: a pin builds the old bytes under the old lock, and live
/// the new ones are built once the lock is refreshed. One cargo home and one target folder
/// for all of it: a pin is another address, and `--clean` takes out what is stale.
#[test]
fn a_pin_builds_the_old_bytes_and_a_refreshed_lock_the_new_ones() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &settings(&public, "replace"));
    let (first, second) = (build(1), build(2));
    server.has("lab", &first);
    let petal = crossdock_conformance::dependency::Dependency::on("petal", "1");
    let app = Krate::new("app", "0.1.0")
        .needs(petal.from("lab", &server.index("lab")))
        .main("fn main() { println!(\"number {}\", petal::NUMBER); }\n");
    let project = Project::create(&bench, &app);
    let folder = project.folder().display().to_string();
    let set_up = |more: &[&str]| {
        let mut arguments = vec!["setup", "--view", "main", "--project", &folder];
        arguments.extend(more);
        server.command(&bench, &arguments).succeeds();
    };
    set_up(&[]);
    project.cargo(&["run", "-q"]).prints("number 1");
    let old_lock = project.read("Cargo.lock");
    let monday = ["snapshot", "monday", "--view", "main"];
    server.command(&bench, &monday).succeeds();
    server.has("lab", &second);

    set_up(&["--at", "monday"]);
    project.remove("target/debug/app");
    project.cargo(&["run", "-q", "--locked"]).prints("number 1");
    bench.forget_cargo_home();
    project.cargo(&["run", "-q", "--locked"]).prints("number 1");
    assert_eq!(project.read("Cargo.lock"), old_lock);

    set_up(&[]);
    project
        .cargo(&["run", "-q", "--locked"])
        .fails()
        .says("checksum");
    let lock = project.folder().join("Cargo.lock").display().to_string();
    let refresh = ["lock", "refresh", "petal@1.0.0", "--clean", "--lock", &lock];
    server
        .command(&bench, &refresh)
        .succeeds()
        .prints(&sum(&second));
    let new_lock = old_lock.replace(&sum(&first), &sum(&second));
    assert_eq!(project.read("Cargo.lock"), new_lock);
    project.cargo(&["run", "-q", "--locked"]).prints("number 2");
    // Pinned again, the old lock builds what it did.
    set_up(&["--at", "monday"]);
    project.write("Cargo.lock", &old_lock);
    project.cargo(&["run", "-q", "--locked"]).prints("number 1");
}

#[test]
fn equal_sources_change_nothing_and_an_old_build_can_come_back() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let mut server = Server::start(&bench, &settings(&public, "replace"));
    let (first, second) = (build(1), build(2));
    server.has("lab", &first);
    server.has("main", &second);
    let row = server.entry("lab", "petal").text();
    let again = repacked(&second.archive(), Packer::default());
    let again = upload::body_of(&upload::metadata(&second), &again);
    let answer = server.upload("lab", &again).expects(200);
    let told = answer.json()["warnings"]["other"].to_string();
    assert!(told.contains("same sources"), "{told}");
    assert_eq!(server.entry("lab", "petal").text(), row);
    // In a batch, beside what is new.
    let bodies = [
        upload::body(&first),
        upload::body(&Krate::new("rose", "1.0.0")),
    ];
    let answer = server.upload_batch("lab", &bodies).expects(200);
    assert_eq!(answer.json()["crates"][0]["status"], "replaced");
    assert_eq!(answer.json()["crates"][1]["status"], "published");
    shown(&server, &first, &[&first, &second]);
    server.yank("lab", "petal", "1.0.0").expects(200);
    let third = build(3);
    server.has("lab", &third);
    let rows = server.entry("main", "petal").rows();
    assert_eq!(rows[0]["yanked"], true, "a yank is about the version");
    let explained = server.get("/main/api/v1/explain/petal/1.0.0").expects(200);
    assert!(
        explained.text().contains("another build of 1.0.0"),
        "{explained}"
    );
    // What was shown stays downloadable when the registry settles down.
    server.start_again(&bench, Some(&settings(&public, "same-content")));
    shown(&server, &third, &[&first, &second, &third]);
    let refused = server.upload("lab", &upload::body(&second)).expects(409);
    assert!(refused.text().contains("changed: src/lib.rs"), "{refused}");
}

#[test]
fn a_purge_takes_all_builds() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &settings(&public, "replace"));
    let (first, second) = (build(1), build(2));
    server.has("lab", &first);
    server.has("lab", &second);
    let purge = json!({"name": "petal", "version": "1.0.0", "reason": "secrets"}).to_string();
    server
        .send("POST", "/lab/api/v1/purge", purge.as_bytes())
        .expects(200);
    for krate in [&first, &second] {
        for surface in SURFACES {
            let path = format!("/{surface}/dl/petal/1.0.0/{}", sum(krate));
            server.get(&path).expects(451);
        }
    }
    server.upload("lab", &upload::body(&first)).expects(403);
}

#[test]
fn of_many_builds_at_once_all_are_kept_and_one_is_the_newest() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let server = Server::start(&bench, &settings(&public, "replace"));
    let builds: Vec<Krate> = (0..6).map(build).collect();
    server.has("lab", &builds[0]);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = builds[1..]
            .iter()
            .map(|krate| scope.spawn(|| server.upload("lab", &upload::body(krate)).status))
            .collect();
        let answered = sent.into_iter().map(|one| one.join());
        answered
            .map(|status| status.expect("each was answered"))
            .collect()
    });
    // Who was overtaken too often is told to try again; nothing is lost or half done.
    assert!(
        statuses.iter().all(|status| [200, 503].contains(status)),
        "{statuses:?}"
    );
    let rows = server.entry("lab", "petal").rows();
    assert_eq!(rows.len(), 1);
    for (krate, _) in builds[1..]
        .iter()
        .zip(&statuses)
        .filter(|(_, status)| **status == 200)
    {
        let path = format!("/lab/dl/petal/1.0.0/{}", sum(krate));
        server.get(&path).expects(200);
    }
}
