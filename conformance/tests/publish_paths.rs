//! `crossdock publish PATH…` with real packages: all or none, in order, and again.

use crossdock_conformance::command::{Outcome, fail};
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::program;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

for_both_identities!(
    a_workspace_is_published_at_once_and_builds,
    archives_and_packages_go_together,
);

/// How long the relay waits for the client to send something.
const RELAY_LIMIT: Duration = Duration::from_secs(60);

/// Bytes that the relay lets through: enough for questions, less than the batch.
const LET_THROUGH: usize = 256 * 1024;

#[track_caller]
fn publish(house: &Installation, arguments: &[&str]) -> Outcome {
    let arguments = [&["publish"], arguments].concat();
    house.server.command(&house.bench, &arguments)
}

/// A workspace in which the name that sorts first needs the one that sorts last, and
/// tests go in circles.
fn workspace(house: &Installation) {
    let members = [
        Krate::new("bloom", "0.2.0")
            .needs(Dependency::on("petal", "1").beside("../petal"))
            .lib("pub fn petals() -> u32 { petal::petals() }\n"),
        Krate::new("petal", "1.0.0")
            .needs(Dependency::on("stem", "1.0").beside("../stem"))
            .lib("pub fn petals() -> u32 { stem::length() + 4 }\n"),
        Krate::new("stem", "1.0.0").lib("pub fn length() -> u32 { 1 }\n"),
        Krate::new("tool", "0.1.0").package("publish = false"),
        Krate::new("narrow", "0.1.0").package("publish = [\"elsewhere\"]"),
    ];
    house.bench.write(
        "ws/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
    );
    for krate in members {
        Project::create_at(&house.bench, &format!("ws/crates/{}", krate.name), &krate);
    }
    let stem = house.bench.path("ws/crates/stem/Cargo.toml");
    let manifest = std::fs::read_to_string(&stem).expect("it was written");
    let circle = "\n[dev-dependencies]\nbloom = { path = \"../bloom\" }\n";
    std::fs::write(&stem, manifest + circle).expect("the workbench's folder is writable");
}

fn app(house: &Installation) -> Krate {
    Krate::new("app", "0.1.0")
        .needs(house.private("bloom", "0.2"))
        .main("fn main() { assert_eq!(bloom::petals(), 5) }")
}

fn a_workspace_is_published_at_once_and_builds(identity: Identity) {
    let house = Installation::new(identity);
    workspace(&house);
    let planned = publish(&house, &["ws", "--dry-run"]).exits(0);
    let places: Vec<_> = ["stem 1.0.0", "petal 1.0.0", "bloom 0.2.0"]
        .map(|release| planned.stdout.find(&format!("{release}: would be sent")))
        .into();
    assert!(places.iter().all(Option::is_some), "{}", planned.report());
    assert!(places.is_sorted(), "{}", planned.report());
    house.server.entry("local", "stem").expects(404);

    publish(&house, &["ws"])
        .exits(0)
        .prints("stem 1.0.0: published to local\npetal 1.0.0: published to local\n  note: ")
        .prints("bloom 0.2.0: published to local")
        .prints("tool 0.1.0: left out: its manifest says publish = false")
        .prints("narrow 0.1.0: left out: its manifest says publish = [\"elsewhere\"]");
    for left_out in ["tool", "narrow"] {
        house.server.entry("local", left_out).expects(404);
    }
    house.project(&app(&house)).cargo(&["run"]).succeeds();

    let rows = |name: &str| house.server.entry("local", name).text();
    let before = ["stem", "petal", "bloom"].map(rows);
    publish(&house, &["ws", "--to", "local"])
        .exits(0)
        .prints("stem 1.0.0: already there");
    let again = publish(&house, &["ws", "--to", "main", "--json"]).exits(0);
    let told: Value = serde_json::from_str(&again.stdout).expect("--json is JSON");
    assert_eq!(told["published"], true, "{told:#}");
    assert_eq!(told["crates"].as_array().map(Vec::len), Some(3));
    assert_eq!(told["left_out"].as_array().map(Vec::len), Some(2));
    assert_eq!(["stem", "petal", "bloom"].map(rows), before);
    house.public.never_heard_of(&["stem", "petal", "bloom"]);
}

/// What cargo packed and what is packed now are one release, and the second run of a
/// publish is none.
fn archives_and_packages_go_together(identity: Identity) {
    let house = Installation::new(identity);
    workspace(&house);
    let stem = house.bench.path("ws/crates/stem");
    house
        .bench
        .cargo(&stem, &["package", "--no-verify", "--allow-dirty"])
        .succeeds();
    let archive = "ws/target/package/stem-1.0.0.crate";
    publish(
        &house,
        &[archive, "ws/crates/petal", "ws/crates/bloom/Cargo.toml"],
    )
    .exits(0)
    .prints("stem 1.0.0: published");
    house.project(&app(&house)).cargo(&["run"]).succeeds();
    publish(&house, &["ws"])
        .exits(0)
        .prints("stem 1.0.0: already there, same content")
        .prints("petal 1.0.0: already there, the same archive");
}

#[test]
fn one_refused_and_none_is_visible() {
    let house = Installation::new(Identity::CratesIo);
    workspace(&house);
    house.has_private(&Krate::new("petal", "1.0.0").file("src/other.rs", "// other\n"));
    publish(&house, &["ws"])
        .exits(1)
        .prints("petal 1.0.0: refused")
        .prints("src/other.rs")
        .prints("stem 1.0.0: nothing is wrong with it")
        .prints("nothing was published");
    for name in ["stem", "bloom"] {
        house.server.entry("local", name).expects(404);
    }
    let told = publish(&house, &["ws", "--json"]).exits(1);
    let told: Value = serde_json::from_str(&told.stdout).expect("--json is JSON");
    assert_eq!(told["published"], false);
    // A member that cannot be packed keeps the others in as well.
    house
        .bench
        .write("ws/crates/stem/Cargo.toml", "[package]\nname = \"stem\"\n");
    publish(&house, &["ws"]).exits(2).says("nothing was sent");
    publish(&house, &["nowhere.crate"])
        .exits(2)
        .says("nowhere.crate");
}

/// A name that only the workspace knows must not become one of crates.io.
#[test]
fn what_needs_a_member_that_is_left_out_is_not_published() {
    let house = Installation::new(Identity::Split);
    house.bench.write(
        "ws/Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
    );
    let private = Krate::new("private-d", "1.0.0").package("publish = false");
    let needing = Krate::new("cup", "1.0.0")
        .needs(Dependency::on("private-d", "1").beside("../private-d"))
        .lib("pub use private_d as d;\n");
    for krate in [&private, &needing, &Krate::new("alone", "1.0.0")] {
        Project::create_at(&house.bench, &format!("ws/crates/{}", krate.name), krate);
    }
    let refused = "cup 1.0.0: refused: it is built with private-d 1.0.0, which is left out \
                   (its manifest says publish = false)";
    // By itself as with its workspace, planned as done.
    for arguments in [
        &["ws"][..],
        &["ws", "--dry-run"],
        &["ws/crates/cup"],
        &["ws/crates/alone", "ws/crates/../crates/cup"],
    ] {
        publish(&house, arguments)
            .exits(1)
            .prints(refused)
            .prints("publish `private-d` as well, or write the registry")
            .prints("nothing was published");
    }
    let told = publish(&house, &["ws", "--json"]).exits(1);
    let told: Value = serde_json::from_str(&told.stdout).expect("--json is JSON");
    assert_eq!(told["published"], false, "{told:#}");
    let status: Vec<_> = told["crates"].as_array().into_iter().flatten().collect();
    let status: Vec<_> = status.iter().map(|it| it["status"].as_str()).collect();
    assert_eq!(status, [Some("not-published"), Some("refused")], "{told:#}");
    for name in ["cup", "alone"] {
        house.server.entry("local", name).expects(404);
    }
    // Archives have no workspace beside them; the names that are given say it.
    let private = ["private-d", "cup"].map(|name| format!("archives/{name}-1.0.0.crate"));
    crossdock_packs(&house, "ws", "archives");
    publish(&house, &[&private[0], &private[1]])
        .exits(1)
        .prints(refused);
    // Tests may need what nobody else does, and another registry is named.
    let cup = house.bench.path("ws/crates/cup/Cargo.toml");
    let manifest = std::fs::read_to_string(&cup).expect("it was written");
    let tested = manifest.replace("[dependencies", "[dev-dependencies");
    assert_ne!(tested, manifest);
    std::fs::write(&cup, tested).expect("the workbench's folder is writable");
    house.bench.write("ws/crates/cup/src/lib.rs", "");
    publish(&house, &["ws"])
        .exits(0)
        .prints("cup 1.0.0: published to local");
    house.public.never_heard_of(&["private-d"]);
}

#[track_caller]
fn crossdock_packs(house: &Installation, from: &str, to: &str) {
    let arguments = ["pack", from, "--out", to];
    house.server.command(&house.bench, &arguments).exits(0);
}

/// What a path leads to is what counts, not how it is written.
#[test]
fn a_path_may_climb() {
    let house = Installation::new(Identity::Split);
    workspace(&house);
    Project::create_at(&house.bench, "near/petal", &Krate::new("lone", "1.0.0"));
    let root = house.bench.path("near").display().to_string();
    for path in [
        "ws/../near/petal",
        "ws/../near/petal/../petal/Cargo.toml",
        "near/petal/src/..",
        &format!("{root}/../near/petal"),
    ] {
        publish(&house, &[path, "--dry-run"])
            .exits(0)
            .prints("lone 1.0.0: would be sent");
    }
    publish(&house, &["near/../ws/crates/../crates/stem"])
        .exits(0)
        .prints("stem 1.0.0: published to local");
    publish(&house, &["near/../ws"])
        .exits(0)
        .prints("bloom 0.2.0: published to local");
}

/// Registries that a manifest names are the server's where cargo's configuration does
/// not know them, and names in `publish` mean an address.
#[test]
fn registries_of_manifests_are_found() {
    let house = Installation::unconfigured(Identity::Split, "");
    house.has_private(&Krate::new("stem", "1.0.0"));
    let petal = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("stem", "1").from("local", &house.server.index("local")))
        .package("publish = [\"ours\"]");
    let petal = house.project(&petal);
    publish(&house, &["petal"])
        .exits(1)
        .prints("does not name `local`")
        .says("there is nothing to publish");
    petal.write(
        ".cargo/config.toml",
        &format!(
            "[registries.ours]\nindex = {:?}\n",
            house.server.index("local")
        ),
    );
    publish(&house, &["petal"])
        .exits(0)
        .prints("published to local");
    let row = house.server.entry("local", "petal").rows().remove(0);
    assert_eq!(row["deps"][0]["registry"], Value::Null, "{row}");
}

/// What is in no view is the server's all the same.
#[test]
fn a_registry_in_no_view_is_known_by_name() {
    let house = Installation::with(Identity::CratesIo, "[registries.other]\n");
    house.server.has("other", &Krate::new("petal", "1.0.0"));
    let bloom = Krate::new("bloom", "1.0.0").needs(Dependency::on("petal", "1").from("other", ""));
    Project::create(&house.bench, &bloom);
    publish(&house, &["--to", "local", "bloom"]).succeeds();
    let rows = house.server.entry("local", "bloom").rows();
    assert_eq!(
        rows[0]["deps"][0]["registry"],
        house.server.index("other").as_str()
    );
    let pack = ["pack", "bloom", "--out", "bloom.crate"];
    house.server.command(&house.bench, &pack).succeeds();
}

#[test]
fn where_to_is_said_or_plain() {
    use crossdock_conformance::server::Server;
    use crossdock_conformance::workbench::Workbench;
    let bench = Workbench::new();
    let settings =
        "[registries.one]\n[registries.two]\n[views.main]\nmembers = [\"one\", \"two\"]\n";
    let mut server = Server::start(&bench, settings);
    Project::create(&bench, &Krate::new("petal", "1.0.0"));
    server
        .command(&bench, &["publish", "petal"])
        .exits(2)
        .says("several registries that crates are published to: one, two")
        .says("--to");
    server.start_again(&bench, Some(&format!("{settings}publish-to = \"two\"\n")));
    server
        .command(&bench, &["publish", "petal"])
        .exits(0)
        .prints("published to two");
    server
        .command(&bench, &["publish", "petal", "--to", "nowhere"])
        .exits(2)
        .says("`nowhere` is no registry or view")
        .says("main, one, two");
    server
        .command(&bench, &["diff", "nowhere/petal@1.0.0", "petal"])
        .exits(2)
        .says("no registry or view `nowhere`");
}

/// A client that dies while it sends has published nothing, and the next run does.
#[test]
fn killed_midway_nothing_is_visible() {
    let house = Installation::new(Identity::CratesIo);
    workspace(&house);
    let mut state = 1_u64;
    let noise = (0..2_000_000).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + u8::try_from((state >> 59) & 15).unwrap_or_default())
    });
    house
        .bench
        .write("ws/crates/bloom/noise.txt", noise.collect::<String>());

    let relay = TcpListener::bind("127.0.0.1:0").expect("the machine has free ports");
    let url = format!("http://{}", relay.local_addr().expect("it is bound"));
    let server = house.server.url().trim_start_matches("http://").to_owned();
    let (reached, midway) = mpsc::channel();
    std::thread::spawn(move || {
        let mut through = 0;
        for client in relay.incoming().flatten() {
            let upstream = TcpStream::connect(&server).expect("the server listens");
            forward(client, upstream, &mut through);
            if through >= LET_THROUGH {
                // The test may have failed by now; then nobody waits.
                let _ = reached.send(());
                std::thread::park();
            }
        }
    });
    let mut client = house.bench.command(&program());
    client
        .args(["publish", "ws", "--to", "local"])
        .env("CROSSDOCK_URL", &url)
        .env("CROSSDOCK_TOKEN", house.server.token())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut client = match client.spawn() {
        Ok(client) => client,
        Err(error) => fail(&format!("cannot start the client: {error}")),
    };
    let midway = midway.recv_timeout(RELAY_LIMIT);
    let ended = client.try_wait().expect("it is our child");
    client.kill().expect("it is our child");
    let _ = client.wait();
    assert!(
        midway.is_ok() && ended.is_none(),
        "it was not stopped midway: {ended:?}"
    );
    for name in ["stem", "petal", "bloom"] {
        house.server.entry("local", name).expects(404);
    }
    publish(&house, &["ws"])
        .exits(0)
        .prints("bloom 0.2.0: published");
}

/// Forwards both ways until a side closes, or enough went to the server.
fn forward(mut client: TcpStream, mut server: TcpStream, through: &mut usize) {
    let mut back = client.try_clone().expect("a socket can be cloned");
    let mut answers = server.try_clone().expect("a socket can be cloned");
    let answering = std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
    });
    let mut buffer = [0; 16 * 1024];
    while *through < LET_THROUGH {
        match client.read(&mut buffer) {
            Ok(0) | Err(_) => {
                let _ = server.shutdown(std::net::Shutdown::Both);
                let _ = answering.join();
                return;
            }
            Ok(read) => {
                *through += read;
                if server.write_all(&buffer[..read]).is_err() {
                    return;
                }
            }
        }
    }
    // Held open: what the client sends from now on waits in its socket.
    std::mem::forget(client);
    std::mem::forget(server);
}
