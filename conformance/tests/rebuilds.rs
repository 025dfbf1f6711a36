//! A version that is published again: the same sources are the same release.
//!
//! cargo never sends an existing version, so what cargo packed is sent by hand.
//!
//! Absent: several at once (`batch.rs`), registries that replace (`replaced.rs`).

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::http::Answer;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::repacked::{Packer, repacked};
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upload;
use crossdock_conformance::workbench::Workbench;
use serde_json::json;
use std::path::Path;

/// Sends an archive as a publish of a release, with no more than its name in front.
fn body(name: &str, version: &str, archive: &[u8]) -> Vec<u8> {
    upload::body_of(&json!({"name": name, "vers": version}), archive)
}

fn detail(answer: &Answer) -> String {
    let detail = &answer.json()["errors"][0]["detail"];
    detail.as_str().unwrap_or_default().to_owned()
}

fn told(answer: &Answer) -> String {
    answer.json()["warnings"]["other"].to_string()
}

fn git(bench: &Workbench, folder: &Path, arguments: &[&str]) {
    let mut command = bench.command(Path::new("git"));
    command
        .current_dir(folder)
        .args(["-c", "user.name=ann", "-c", "user.email=ann@acme.example"])
        .args(arguments);
    bench.run(command).succeeds();
}

/// Commits whatever there is and packs it as cargo does.
fn packed(bench: &Workbench, project: &Project<'_>, release: &str) -> Vec<u8> {
    git(bench, project.folder(), &["add", "-A"]);
    git(
        bench,
        project.folder(),
        &["commit", "-q", "--allow-empty", "-m", "another"],
    );
    project.cargo(&["package", "--no-verify"]).succeeds();
    let path = format!("target/package/{release}.crate");
    std::fs::read(project.folder().join(path)).expect("cargo packed it")
}

/// Packs a crate that needs a public one, then again from another commit after the
/// public one had a newer release.
fn packed_on_two_days(installation: &Installation, krate: &Krate) -> (Vec<u8>, Vec<u8>) {
    installation.public.has(&Krate::new("stem", "1.0.0"));
    let project = installation.project(krate);
    git(&installation.bench, project.folder(), &["init", "-q"]);
    project.write(".gitignore", "target\n");
    let release = format!("{}-{}", krate.name, krate.version);
    let first = packed(&installation.bench, &project, &release);
    installation.public.has(&Krate::new("stem", "1.0.1"));
    let second = packed(&installation.bench, &project, &release);
    assert_ne!(first, second, "another commit and another lock");
    (first, second)
}

#[test]
fn a_library_rebuilt_on_another_day_from_another_commit_is_the_same_release() {
    let installation = Installation::new(Identity::CratesIo);
    let server = &installation.server;
    let petal = Krate::new("petal", "1.0.0").needs(Dependency::on("stem", "1"));
    let (first, second) = packed_on_two_days(&installation, &petal);
    server
        .upload("local", &body("petal", "1.0.0", &first))
        .expects(200);
    let row = server.entry("main", "petal").text();
    let again = server
        .upload("local", &body("petal", "1.0.0", &second))
        .expects(200);
    for part in [
        "same sources",
        ".cargo_vcs_info.json",
        "Cargo.lock",
        checksum(&first).as_str(),
        checksum(&second).as_str(),
    ] {
        assert!(told(&again).contains(part), "{part}: {again}");
    }
    assert_eq!(server.entry("main", "petal").text(), row, "nothing changed");
    let path = |sum: &str| format!("/main/dl/petal/1.0.0/{sum}");
    let kept = server.get(&path(&checksum(&first))).expects(200);
    assert_eq!(kept.body, first);
    server.get(&path(&checksum(&second))).expects(404);
}

#[test]
fn the_lock_of_a_program_counts_unless_it_is_said_not_to() {
    let installation = Installation::new(Identity::CratesIo);
    let bench = Workbench::new();
    let lenient = Server::start(&bench, "[registries.local]\nlockfile = \"ignore\"\n");
    let garden = Krate::new("garden", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .main("fn main() {}\n");
    let (first, second) = packed_on_two_days(&installation, &garden);
    for server in [&installation.server, &lenient] {
        let first = server.upload("local", &body("garden", "1.0.0", &first));
        first.expects(200);
    }
    let refused = installation
        .server
        .upload("local", &body("garden", "1.0.0", &second))
        .expects(409);
    for part in [
        "Cargo.lock",
        "cargo install --locked",
        "lockfile = \"ignore\"",
    ] {
        assert!(detail(&refused).contains(part), "{part}: {refused}");
    }
    assert!(
        !detail(&refused).contains(".cargo_vcs_info.json"),
        "the commit is no reason: {refused}"
    );
    let again = lenient.upload("local", &body("garden", "1.0.0", &second));
    assert!(told(&again.expects(200)).contains("Cargo.lock"));
}

#[test]
fn a_program_packed_without_a_lock_is_what_cargo_published() {
    let installation = Installation::new(Identity::CratesIo);
    let server = &installation.server;
    let garden = Krate::new("garden", "1.0.0").main("fn main() {}\n");
    let project = installation.project(&garden);
    git(&installation.bench, project.folder(), &["init", "-q"]);
    project.write(".gitignore", "target\nCargo.lock\n");
    let by_cargo = packed(&installation.bench, &project, "garden-1.0.0");
    server
        .upload("local", &body("garden", "1.0.0", &by_cargo))
        .expects(200);
    let row = server.entry("main", "garden").text();
    let folder = project.folder().to_string_lossy().into_owned();
    let publish = ["publish", &*folder, "--to", "local"];
    server.command(&installation.bench, &publish).exits(0);
    assert_eq!(
        server.entry("main", "garden").text(),
        row,
        "nothing changed"
    );
}

#[test]
fn another_packer_changes_nothing() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\n");
    let petal = Krate::new("petal", "1.0.0").file("src/leaf.rs", "pub fn leaf() {}\n");
    let archive = petal.archive();
    server
        .upload("local", &body("petal", "1.0.0", &archive))
        .expects(200);
    for packer in [
        Packer {
            level: 1,
            ..Packer::default()
        },
        Packer {
            level: 9,
            reversed: true,
            ..Packer::default()
        },
        Packer {
            level: 6,
            time: Some(1_700_000_000),
            owner: Some(1000),
            ..Packer::default()
        },
    ] {
        let again = repacked(&archive, packer);
        assert_ne!(again, archive);
        let answer = server.upload("local", &body("petal", "1.0.0", &again));
        let answer = answer.expects(200);
        assert!(told(&answer).contains("how it is packed"), "{answer}");
    }
    // A manifest that is spelled otherwise says the same.
    let manifest = petal.manifest(crossdock_conformance::dependency::Form::Packed);
    let spelled = format!("# rebuilt\n{}", manifest.replace(" = ", "="));
    let again = crossdock_conformance::tarball::Tarball::default()
        .file("petal-1.0.0/Cargo.toml", spelled)
        .file(
            "petal-1.0.0/Cargo.toml.orig",
            petal.manifest(crossdock_conformance::dependency::Form::Written),
        )
        .file("petal-1.0.0/src/lib.rs", "")
        .file("petal-1.0.0/src/leaf.rs", "pub fn leaf() {}\n")
        .gzip();
    let answer = server.upload("local", &body("petal", "1.0.0", &again));
    assert!(told(&answer.expects(200)).contains("Cargo.toml"));
    assert_eq!(
        server.entry("local", "petal").rows()[0]["cksum"],
        checksum(&archive).as_str()
    );
}

#[test]
fn other_sources_are_refused_with_what_differs() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\n");
    let petal = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("root", "2").dev())
        .file("src/leaf.rs", "")
        .file("src/old.rs", "");
    server.has("local", &petal);
    let other = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("stem", "1.2"))
        .needs(Dependency::on("thorn", "3"))
        .file("src/leaf.rs", "pub fn leaf() {}\n")
        .file("src/new.rs", "");
    let refused = server.upload("local", &upload::body(&other)).expects(409);
    let detail = detail(&refused);
    for part in [
        "`local` has `petal` 1.0.0 already, with other content",
        "publish a new version",
        "added: src/new.rs",
        "removed: src/old.rs",
        "changed: Cargo.toml, Cargo.toml.orig, src/leaf.rs",
        "stem ^1 became ^1.2",
        "thorn ^3 is new",
        "dev-dependency root ^2 is gone",
    ] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    let kept = checksum(&petal.archive());
    assert_eq!(server.entry("local", "petal").rows()[0]["cksum"], kept);
}

#[test]
fn a_registry_that_refuses_takes_equal_bytes_alone() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\nrebuilds = \"refuse\"\n");
    let petal = Krate::new("petal", "1.0.0");
    server.has("local", &petal);
    server.has("local", &petal);
    let archive = repacked(&petal.archive(), Packer::default());
    let refused = server.upload("local", &body("petal", "1.0.0", &archive));
    let refused = refused.expects(409);
    let detail = detail(&refused);
    assert!(detail.contains("same sources in other bytes"), "{detail}");
    assert!(detail.contains("rebuilds = \"refuse\""), "{detail}");
}

#[test]
fn equal_sources_at_once_are_all_taken_and_one_is_kept() {
    let bench = Workbench::new();
    let server = Server::start(&bench, "[registries.local]\n");
    for round in 0..4 {
        let krate = Krate::new(&format!("petal-{round}"), "1.0.0");
        let archives: Vec<_> = (0..8)
            .map(|number| {
                let time = Some(1_700_000_000 + number);
                let packer = Packer {
                    level: 6,
                    time,
                    ..Packer::default()
                };
                repacked(&krate.archive(), packer)
            })
            .collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = archives
                .iter()
                .map(|archive| body(&krate.name, "1.0.0", archive))
                .map(|body| scope.spawn(|| server.upload("local", &{ body }).status))
                .collect();
            let answered = sent.into_iter().map(|one| one.join());
            answered
                .map(|status| status.expect("each was answered"))
                .collect()
        });
        assert_eq!(statuses, [200; 8]);
        let rows = server.entry("local", &krate.name).rows();
        assert_eq!(rows.len(), 1);
        let kept = rows[0]["cksum"].as_str().unwrap_or_default().to_owned();
        let path = format!("/local/dl/{}/1.0.0/{kept}", krate.name);
        let bytes = server.get(&path).expects(200).body;
        assert!(archives.contains(&bytes) && checksum(&bytes) == kept);
    }
}
