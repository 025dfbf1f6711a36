//! `crossdock backup` and `restore`: a server goes on publishing while it is backed up,
//! and another place serves the same epochs byte for byte, to real cargo too.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{self, Installation};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::{Server, program};
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use crossdock_test_servers::{Objects, Postgres};
use serde_json::Value;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

/// A command that asks no server by itself.
fn alone(bench: &Workbench, arguments: &[&str]) -> Outcome {
    let mut command = bench.command(&program());
    command.args(arguments);
    bench.run(command)
}

fn epoch_of(report: &Outcome) -> u64 {
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    report["epoch"].as_u64().expect("a number")
}

/// What every epoch shows of some crates, and the archives that it names.
fn shown(server: &Server, epochs: u64) -> Vec<String> {
    let mut shown = Vec::new();
    for epoch in 1..=epochs {
        for name in ["petal", "stem", "thorn"] {
            for surface in ["main", "local", "crates-io"] {
                let path = format!("{surface}/at/{epoch}");
                let answer = server.entry(&path, name);
                shown.push(format!("{path} {name} {} {}", answer.status, answer.text()));
            }
        }
    }
    for row in server.entry("main", "petal").rows() {
        let (vers, cksum) = (row["vers"].as_str(), row["cksum"].as_str());
        let (vers, cksum) = (vers.unwrap_or_default(), cksum.unwrap_or_default());
        let archive = server.get(&format!("/main/dl/petal/{vers}/{cksum}"));
        let sum = crossdock_conformance::tarball::checksum(&archive.expects(200).body);
        assert_eq!(sum, cksum);
        shown.push(sum);
    }
    shown
}

#[test]
fn a_server_that_goes_on_publishing_is_restored_elsewhere() {
    let mut house = Installation::new(Identity::CratesIo);
    let bench = &house.bench;
    house.has_private(
        &Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1"))
            .lib("pub fn stem() -> stem::Stem { stem::Stem }"),
    );
    house
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Stem;"));
    let app = Krate::new("app", "0.1.0")
        .needs(house.private("petal", "1"))
        .needs(Dependency::on("stem", "1"))
        .lib("pub fn all() -> stem::Stem { petal::stem() }");
    let app = Project::create(bench, &app);
    house.set_up(&app, &[]);
    app.cargo(&["check"]).succeeds();
    house
        .server
        .command(bench, &["snapshot", "monday", "--view", "main"])
        .succeeds();
    let lock = app.read("Cargo.lock");

    let place = bench.path("vault").display().to_string();
    let first = house.server.command(bench, &["backup", &place, "--json"]);
    let first = epoch_of(&first.succeeds());
    // Others publish while the second one is made.
    let is_done = AtomicBool::new(false);
    let second = std::thread::scope(|scope| {
        let (server, is_done) = (&house.server, &is_done);
        scope.spawn(move || {
            for number in 0..500 {
                if number > 20 && is_done.load(Ordering::Relaxed) {
                    break;
                }
                server.has("local", &Krate::new("thorn", &format!("1.{number}.0")));
            }
        });
        server.has("local", &Krate::new("petal", "1.1.0"));
        let second = server.command(bench, &["backup", &place, "--json"]);
        is_done.store(true, Ordering::Relaxed);
        epoch_of(&second.succeeds())
    });
    assert!(second > first);
    alone(bench, &["backup", &place, "--verify"])
        .succeeds()
        .prints("but for 0 findings");
    let was = shown(&house.server, second);
    house.server.stop();

    let config = house.server.settings().display().to_string();
    let data = house.server.data();
    let filled = data.display().to_string();
    alone(
        bench,
        &["restore", &place, "--config", &config, "--data", &filled],
    )
    .exits(2)
    .says("is not empty");
    // The house burns down.
    let installation = fs::read_to_string(data.join("installation")).expect("it has a name");
    fs::rename(&data, bench.path("burnt")).expect("it is ours");
    alone(
        bench,
        &["restore", &place, "--config", &config, "--data", &filled],
    )
    .succeeds()
    .prints(&format!("epoch       {second} "));
    let again = fs::read_to_string(data.join("installation")).expect("it has a name again");
    assert_eq!(again, installation);
    alone(bench, &["fsck", "--config", &config, "--data", &filled])
        .succeeds()
        .prints("0 findings");
    house.server.start_again(bench, None);
    // Archives of mirrors are there as well: nobody outside is asked for what was held.
    let is = shown(&house.server, second);
    for (was, is) in was.iter().zip(&is) {
        assert_eq!(is, was);
    }
    bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    house.set_up(&app, &["--at", "monday"]);
    app.remove("Cargo.lock");
    bench.forget_cargo_home();
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.read("Cargo.lock"), lock, "the same to the byte");
    app.cargo(&["check", "--locked"]).succeeds();
    // It goes on, and so does its backup.
    house.server.has("local", &Krate::new("petal", "1.2.0"));
    let third = house.server.command(bench, &["backup", &place, "--json"]);
    assert!(epoch_of(&third.succeeds()) > second);
}

#[test]
fn a_restore_that_was_broken_off_is_neither_served_nor_begun_anew() {
    let mut house = Installation::new(Identity::CratesIo);
    house.server.has("local", &Krate::new("petal", "1.0.0"));
    let bench = &house.bench;
    let place = bench.path("vault").display().to_string();
    house.server.command(bench, &["backup", &place]).succeeds();
    // Of another installation nothing is mixed in.
    let other = Installation::new(Identity::CratesIo);
    other.server.has("local", &Krate::new("rose", "1.0.0"));
    other
        .server
        .command(bench, &["backup", &place])
        .exits(2)
        .says("of installation");
    // An archive that the backup lost is told, and the rest is restored.
    let petal = house.server.entry("local", "petal").rows();
    let sum = petal[0]["cksum"].as_str().expect("a checksum").to_owned();
    let kept = bench.path("vault/archives").join(&sum[..2]).join(&sum[2..]);
    let bytes = fs::read(&kept).expect("it was backed up");
    let head = bench.path("vault/head");
    let good = fs::read(&head).expect("there is a head");
    fs::write(&head, b"crossdock backup 1\nnonsense\n").expect("it is ours");
    house.server.stop();
    let new = bench.path("new").display().to_string();
    let restore = ["restore", &place, "--data", &new];
    alone(bench, &restore).exits(2).says("damaged");
    let mut facts = fs::read_dir(bench.path("vault/facts")).expect("facts");
    let facts = facts.next().expect("a segment").expect("it is ours").path();
    let segment = fs::read(&facts).expect("it is ours");
    fs::write(&head, good).expect("it is ours");
    fs::write(&facts, &segment[1..]).expect("it is ours");
    alone(bench, &restore).exits(2).says("facts/");
    alone(bench, &["serve", "--data", &new, "--listen", "127.0.0.1:0"])
        .exits(2)
        .says("crossdock restore");
    fs::write(&facts, &segment).expect("it is ours");
    fs::write(&kept, &bytes[1..]).expect("it is ours");
    // What came before it was broken off is there, and is not asked for again.
    alone(bench, &restore).succeeds().prints("0 restored");
    alone(bench, &["backup", &place, "--verify"])
        .exits(1)
        .prints(&sum);
    let another = bench.path("another").display().to_string();
    alone(bench, &["restore", &place, "--data", &another])
        .exits(1)
        .prints(&format!("missing     {sum}"));
    alone(
        bench,
        &[
            "backup",
            &bench.path("none").display().to_string(),
            "--verify",
        ],
    )
    .exits(2)
    .says("no folder");
}

#[test]
fn a_backup_moves_between_products_by_way_of_a_bucket() {
    let (bench, public) = (Workbench::new(), Upstream::start());
    let (database, objects) = (Postgres::start(), Objects::start());
    let settings = installation::settings(Identity::CratesIo, &public, "");
    let mut server = Server::start(&bench, &settings);
    public.has(&Krate::new("stem", "1.0.0"));
    server.has("local", &Krate::new("petal", "1.0.0"));
    server.has("local", &Krate::new("petal", "1.1.0"));
    server.entry("main", "stem").expects(200);
    let (key, secret) = objects.credentials();
    let keys = format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
    bench.write("keys", keys);
    let keys = bench.path("keys").display().to_string();
    let place = format!("s3://{}/backups/one", objects.bucket());
    let (endpoint, region) = (objects.endpoint(), "garage");
    let bucket = |command: &'static str| {
        let arguments = [
            command,
            &place,
            "--endpoint",
            &endpoint,
            "--region",
            region,
            "--credentials",
            &keys,
        ];
        arguments.map(str::to_owned).to_vec()
    };
    let run = |arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        alone(&bench, &arguments)
    };
    let mut backup = bucket("backup");
    backup.extend(["--json", "--url", server.url(), "--token", server.token()].map(str::to_owned));
    let epoch = epoch_of(&run(backup).succeeds());
    let was = shown(&server, epoch);
    server.stop();
    // From files to a database and a bucket, whose archives lie beside the backup.
    let moved = format!(
        "[server]\ndatabase = \"{}\"\nobjects = \"s3://{}\"\nobjects-endpoint = \"{endpoint}\"\n\
         objects-region = \"{region}\"\nobjects-credentials = \"{keys}\"\n\n{settings}",
        database.database(),
        objects.bucket(),
    );
    let data = server.data();
    fs::rename(&data, bench.path("before")).expect("it is ours");
    bench.write("moved.toml", &moved);
    let config = bench.path("moved.toml").display().to_string();
    let mut restore = bucket("restore");
    restore.extend(["--config", &config, "--data", &data.display().to_string()].map(str::to_owned));
    run(restore.clone()).succeeds();
    run(restore).exits(2).says("is not empty");
    server.start_again(&bench, Some(&moved));
    assert_eq!(shown(&server, epoch), was);
    server.has("local", &Krate::new("petal", "1.2.0"));
    // And back, incrementally.
    let mut backup = bucket("backup");
    backup.extend(["--json", "--url", server.url(), "--token", server.token()].map(str::to_owned));
    let second = epoch_of(&run(backup).succeeds());
    assert!(second > epoch);
    let was = shown(&server, second);
    server.stop();
    fs::rename(&data, bench.path("between")).expect("it is ours");
    bench.write("back.toml", &settings);
    let config = bench.path("back.toml").display().to_string();
    let mut restore = bucket("restore");
    restore.extend(["--config", &config, "--data", &data.display().to_string()].map(str::to_owned));
    run(restore).succeeds();
    server.start_again(&bench, Some(&settings));
    assert_eq!(shown(&server, second), was);
}
