//! `crossdock fsck`: what is kept is held against itself, beside a stopped server.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::program;
use crossdock_conformance::tarball::checksum;
use serde_json::Value;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

fn fsck(house: &Installation, more: &[&str]) -> Outcome {
    let mut command = house.bench.command(&program());
    command.arg("fsck").args(more);
    command.arg("--data").arg(house.server.data());
    command.arg("--config").arg(house.server.settings());
    house.bench.run(command)
}

fn blob(house: &Installation, krate: &Krate) -> PathBuf {
    let digits = checksum(&krate.archive());
    let blobs = house.server.data().join("blobs");
    blobs.join(&digits[..2]).join(&digits[2..])
}

/// A hosted crate and a mirrored one, both downloaded; the server is stopped.
fn stopped() -> (Installation, Krate, Krate) {
    let mut house = Installation::new(Identity::CratesIo);
    let (petal, stem) = (
        Krate::new("petal", "1.0.0").lib("pub struct Petal;"),
        Krate::new("stem", "1.0.0").lib("pub struct Stem;"),
    );
    house.server.has("local", &petal);
    house.public.has(&stem);
    house.server.entry("main", "stem").expects(200);
    let path = format!("/main/dl/stem/1.0.0/{}", checksum(&stem.archive()));
    house.server.get(&path).expects(200);
    fsck(&house, &[]).exits(2).says("stop the server");
    house.server.stop();
    (house, petal, stem)
}

#[test]
fn what_is_whole_is_said_to_be() {
    let (mut house, ..) = stopped();
    let report = fsck(&house, &["--json"]).succeeds().stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["findings"], Value::Array(Vec::new()), "{report}");
    assert!(report["facts"].as_u64() >= Some(3), "{report}");
    // Both archives, and the texts of policies.
    assert!(report["archives"].as_u64() >= Some(3), "{report}");
    // Nothing is left behind, and the server goes on.
    let left = fs::read_dir(house.server.data()).expect("it is there");
    let scratch = left
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("fsck-"));
    assert_eq!(scratch.count(), 0);
    house.server.start_again(&house.bench, None);
    house.server.entry("main", "petal").expects(200);
}

#[test]
fn a_byte_that_flipped_is_found_and_a_mirrors_archive_is_fetched_again() {
    let (mut house, petal, stem) = stopped();
    for krate in [&petal, &stem] {
        let path = blob(&house, krate);
        let mut bytes = fs::read(&path).expect("it was kept");
        bytes[40] ^= 1;
        fs::write(&path, bytes).expect("it is ours");
    }
    fsck(&house, &[])
        .exits(1)
        .prints("the archive of petal 1.0.0 in local")
        .prints("the archive of stem 1.0.0 kept of crates-io")
        .prints("2 findings");
    // Nobody else has the hosted one: it remains.
    fsck(&house, &["--repair"])
        .exits(1)
        .prints("other bytes than its row says: let go")
        .prints("other bytes than it was published with: remains");
    fsck(&house, &[]).exits(1).prints("1 findings");
    house.server.start_again(&house.bench, None);
    let path = format!("/main/dl/stem/1.0.0/{}", checksum(&stem.archive()));
    let again = house.server.get(&path).expects(200);
    assert_eq!(again.body, stem.archive());
    let path = format!("/main/dl/petal/1.0.0/{}", checksum(&petal.archive()));
    let corrupt = house.server.get(&path);
    assert_ne!(corrupt.status, 200, "never a wrong answer");
}

#[test]
fn what_is_gone_is_found() {
    let (house, petal, stem) = stopped();
    for krate in [&petal, &stem] {
        fs::remove_file(blob(&house, krate)).expect("it was kept");
    }
    // Archives of mirrors come and go; of hosted registries they do not.
    fsck(&house, &[])
        .exits(1)
        .prints("the archive of petal 1.0.0 in local")
        .prints("is not there: remains")
        .prints("1 findings");
}

#[test]
fn what_nobody_names_goes_once_it_is_old_enough() {
    let (mut house, petal, stem) = stopped();
    let orphan = Krate::new("orphan", "1.0.0").lib("// nobody named it");
    let path = blob(&house, &orphan);
    fs::write(&path, orphan.archive()).expect("the folder is there");
    fsck(&house, &[])
        .exits(0)
        .prints("1 archives")
        .prints("are named by nobody");
    // As young as an upload that is under way.
    gc(&house, &["--grace", "1h"])
        .succeeds()
        .prints("0 of ")
        .prints("1 more are named by nobody and stay");
    let old = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
    for path in [&path, &blob(&house, &petal), &blob(&house, &stem)] {
        let file = File::options().write(true).open(path).expect("it is there");
        file.set_modified(old).expect("it is ours");
    }
    gc(&house, &[])
        .succeeds()
        .prints("1 more are named by nobody");
    gc(&house, &["--grace", "1h", "--dry-run"])
        .succeeds()
        .prints("would go");
    assert!(path.exists(), "it was only said");
    gc(&house, &["--grace", "59m"]).exits(2).says("from 1h");
    gc(&house, &["--grace", "1h"]).succeeds().prints("1 of ");
    assert!(!path.exists(), "nobody named it");
    fsck(&house, &[]).succeeds().prints("0 findings");
    house.server.start_again(&house.bench, None);
    gc(&house, &[]).exits(2).says("stop the server");
    for krate in [&petal, &stem] {
        let path = format!(
            "/main/dl/{}/1.0.0/{}",
            krate.name,
            checksum(&krate.archive())
        );
        assert_eq!(house.server.get(&path).expects(200).body, krate.archive());
    }
}

fn gc(house: &Installation, more: &[&str]) -> Outcome {
    let mut command = house.bench.command(&program());
    command.arg("gc").args(more);
    command.arg("--data").arg(house.server.data());
    command.arg("--config").arg(house.server.settings());
    house.bench.run(command)
}

#[test]
fn a_server_examines_itself_and_fetches_again_what_is_corrupt() {
    let mut house = Installation::new(Identity::CratesIo);
    let (petal, stem) = (Krate::new("petal", "1.0.0"), Krate::new("stem", "1.0.0"));
    house.server.has("local", &petal);
    house.public.has(&stem);
    house.server.entry("main", "stem").expects(200);
    let path = format!("/main/dl/stem/1.0.0/{}", checksum(&stem.archive()));
    house.server.get(&path).expects(200);
    let beside =
        |house: &Installation, arguments: &[&str]| house.server.command(&house.bench, arguments);
    beside(&house, &["fsck"]).succeeds().prints("0 findings");
    for krate in [&petal, &stem] {
        let path = blob(&house, krate);
        let mut bytes = fs::read(&path).expect("it was kept");
        bytes[40] ^= 1;
        fs::write(&path, bytes).expect("it is ours");
    }
    beside(&house, &["fsck"]).exits(1).prints("2 findings");
    beside(&house, &["fsck", "--repair"])
        .exits(1)
        .prints("fetched again, with the checksum of its row")
        .prints("other bytes than it was published with: remains");
    assert_eq!(
        fs::read(blob(&house, &stem)).expect("it is there"),
        stem.archive()
    );
    // An upstream that gives something else gives nothing.
    fs::write(blob(&house, &stem), b"damaged").expect("it is ours");
    house.public.goes_down();
    beside(&house, &["fsck", "--repair"])
        .exits(1)
        .prints("could not be fetched again");
    // What nobody names goes while it serves, and a publish goes on.
    let orphan = blob(&house, &Krate::new("orphan", "1.0.0"));
    fs::write(&orphan, b"nobody named it").expect("the folder is there");
    let old = SystemTime::now() - Duration::from_secs(8 * 24 * 60 * 60);
    let file = File::options().write(true).open(&orphan);
    file.and_then(|file| file.set_modified(old))
        .expect("it is ours");
    beside(&house, &["gc"]).succeeds().prints("1 of ");
    assert!(!orphan.exists());
    let report = beside(&house, &["gc", "--json"]).succeeds().stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["removed"], Value::Array(Vec::new()));
    house.server.has("local", &Krate::new("petal", "1.1.0"));
    let refused = house.server.get("/api/v1/upkeep");
    assert!(
        refused.status == 401 || refused.status == 403,
        "{}",
        refused.status
    );
    house.server.stop();
}
