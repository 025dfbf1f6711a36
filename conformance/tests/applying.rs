//! A changed settings file comes into force while requests go on: nobody notices but by
//! what it changes.

use crossdock_conformance::command::Outcome;
use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::Connection;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::nodes::Nodes;
use crossdock_conformance::project::Project;
use crossdock_conformance::server::Server;
use crossdock_conformance::upload;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

for_both_identities!(a_claim_that_is_applied_is_seen_by_the_next_build);

/// Two registries outside have different crates of one name.
struct House {
    server: Server,
    partner: Upstream,
    public: Upstream,
    bench: Workbench,
    identity: Identity,
}

impl House {
    fn open(identity: Identity) -> Self {
        let (bench, partner, public) = (Workbench::new(), Upstream::start(), Upstream::start());
        let server = Server::start(&bench, &text(identity, &partner, &public, ""));
        Configuration::default()
            .registry("main", &server.index("main"))
            .instead_of_crates_io("main")
            .write(&bench);
        Self {
            server,
            partner,
            public,
            bench,
            identity,
        }
    }

    fn says(&self, lines: &str) {
        let text = text(self.identity, &self.partner, &self.public, lines);
        self.server.write_settings(&text);
    }

    fn apply(&self, more: &[&str]) -> Outcome {
        let file = self.server.settings();
        let file = file.to_string_lossy();
        let command = [&["apply", "--config", &file], more].concat();
        self.server.command(&self.bench, &command)
    }

    fn readyz(&self) -> String {
        self.server.send("GET", "/readyz", b"").expects(200).text()
    }
}

fn text(identity: Identity, partner: &Upstream, public: &Upstream, lines: &str) -> String {
    let partner = installation::mirror("partner", partner);
    let settings = installation::settings(identity, public, lines);
    let settings = settings.replace("[\"local\",", "[\"local\", \"partner\",");
    format!("{partner}{settings}")
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    const SOON: Duration = Duration::from_secs(60);
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < SOON, "{what} took longer than {SOON:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn a_claim_that_is_applied_is_seen_by_the_next_build(identity: Identity) {
    let mut house = House::open(identity);
    let named =
        |whose: &str| Krate::new("petal", "1.0.0").lib(&format!("pub const OF: &str = {whose:?};"));
    house.partner.has(&named("partner"));
    house.public.has(&named("public"));
    let petal = identity.private(Dependency::on("petal", "1"), &house.server.index("main"));
    let app = Krate::new("app", "0.1.0").needs(petal);
    let project = Project::create(&house.bench, &app);
    let folder = project.folder().to_owned();
    house
        .bench
        .cargo(&folder, &["check"])
        .fails()
        .says("claims = {");

    house.says("claims = { petal = \"partner\" }");
    assert!(house.readyz().contains("`crossdock apply`"));
    house
        .apply(&["--dry-run"])
        .exits(1)
        .prints("+ claim petal partner")
        .prints("the server would apply it");
    house
        .apply(&[])
        .succeeds()
        .prints("+ claim petal partner")
        .prints("applied");
    assert_eq!(house.readyz(), "ready\n");
    house.apply(&[]).succeeds().prints("nothing to apply");
    house.bench.cargo(&folder, &["check"]).succeeds();
    let served = house.server.entry("main", "petal").expects(200).text();
    assert!(served.contains(&checksum_of(&named("partner"))));

    // What is left behind at the stop is of what is in force.
    house.server.stop();
    house.server.start_again(&house.bench, None);
    assert_eq!(house.readyz(), "ready\n");
    let after = house.server.entry("main", "petal").expects(200).text();
    assert_eq!(after, served);
}

fn checksum_of(krate: &Krate) -> String {
    krate.row()["cksum"].as_str().unwrap_or_default().to_owned()
}

/// Applies one file after the other, so many times, while others do what they do.
fn swaps(house: &House, times: usize) {
    for number in 0..times {
        house.says(&format!("claims = {{ \"swap-{number}-*\" = \"local\" }}"));
        house.apply(&[]).succeeds().prints("applied");
    }
}

#[test]
fn every_request_is_answered_during_twenty_changes() {
    let house = House::open(Identity::CratesIo);
    let (garden, stem) = (Krate::new("garden", "1.0.0"), Krate::new("stem", "1.0.0"));
    house.server.has("local", &garden);
    house.public.has(&stem);
    let cksum = checksum_of(&stem);
    let paths = [
        "/main/index/ga/rd/garden".to_owned(),
        "/main/index/st/em/stem".to_owned(),
        "/main/from/local/index/ga/rd/garden".to_owned(),
        "/crates-io/index/config.json".to_owned(),
        format!("/main/dl/stem/1.0.0/{cksum}"),
        "/main/api/v1/crates?q=garden".to_owned(),
    ];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let askers: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| asked_over_and_over(&house, &paths, &done)))
            .collect();
        swaps(&house, 20);
        done.store(true, Ordering::Relaxed);
        for asker in askers {
            let answered = asker.join().expect("every answer was a good one");
            assert!(answered > 20, "there were requests all along: {answered}");
        }
    });
}

/// Asks on one connection that stays and on new ones; returns how often.
fn asked_over_and_over(house: &House, paths: &[String], done: &AtomicBool) -> usize {
    let url = house.server.url();
    let mut kept = Connection::to(url).expect("it listens");
    let mut answered = 0;
    while !done.load(Ordering::Relaxed) {
        for path in paths {
            let answer = kept.get(path).expect("the connection stays");
            answer.expects(200);
            house.server.get(path).expects(200);
            answered += 2;
        }
    }
    answered
}

#[test]
fn publishes_during_changes_are_neither_lost_nor_doubled() {
    let house = House::open(Identity::CratesIo);
    let done = AtomicBool::new(false);
    let published: Vec<Vec<String>> = std::thread::scope(|scope| {
        let publishers: Vec<_> = ["rose", "tulip"]
            .into_iter()
            .map(|name| {
                let (house, done) = (&house, &done);
                scope.spawn(move || {
                    let mut taken = Vec::new();
                    while !done.load(Ordering::Relaxed) {
                        let version = format!("1.{}.0", taken.len());
                        let body = upload::body(&Krate::new(name, &version));
                        house.server.upload("local", &body).expects(200);
                        taken.push(version);
                        // Whoever was told that it is there sees it, wherever that is answered.
                        for surface in ["main", "local"] {
                            let shown = house.server.entry(surface, name).versions();
                            assert_eq!(shown, taken, "{surface}");
                        }
                        house.server.upload("local", &body).expects(200);
                    }
                    taken
                })
            })
            .collect();
        swaps(&house, 12);
        done.store(true, Ordering::Relaxed);
        let ended = publishers.into_iter();
        ended
            .map(|one| one.join().expect("each publish was taken once"))
            .collect()
    });
    for (name, taken) in ["rose", "tulip"].into_iter().zip(published) {
        assert!(taken.len() > 5, "there were publishes all along");
        for surface in ["main", "local"] {
            assert_eq!(house.server.entry(surface, name).versions(), taken);
        }
    }
}

/// It began before the change and ends on what was in force then; whoever asks after it
/// ended sees it, though what answers now was not told of it.
#[test]
fn an_upload_that_spans_a_change_is_taken_and_seen() {
    let house = House::open(Identity::CratesIo);
    let body = upload::body(&Krate::new("garden", "1.0.0"));
    let (first, rest) = body.split_at(body.len() / 2);
    let mut upload = Connection::to(house.server.url()).expect("it listens");
    let begun = upload.begin_put("/local/api/v1/crates/new", house.server.token(), body.len());
    begun
        .and_then(|()| upload.send(first))
        .expect("it is taken in");
    // Whoever reads a body was let in before.
    house.server.entry("local", "garden").expects(404);
    house.says("claims = { \"acme-*\" = \"local\" }");
    std::thread::scope(|scope| {
        let applied = scope.spawn(|| house.apply(&[]));
        until("the change", || house.readyz() == "ready\n");
        for surface in ["main", "local"] {
            house.server.entry(surface, "garden").expects(404);
        }
        assert!(!applied.is_finished(), "a request is under way");
        let told = house.server.send("GET", "/api/v1/apply", b"").expects(200);
        told.says("\"under_way\":true");
        upload.send(rest).expect("it is taken in");
        upload.answer("PUT").expect("it is answered").expects(200);
        for surface in ["main", "local"] {
            let shown = house.server.entry(surface, "garden").versions();
            assert_eq!(shown, ["1.0.0"], "{surface}");
        }
        let applied = applied.join().expect("it is a command");
        applied.succeeds().prints("applied\n");
    });
    let told = house.server.send("GET", "/api/v1/apply", b"").expects(200);
    told.says("\"under_way\":false");
    for surface in ["main", "local"] {
        assert_eq!(house.server.entry(surface, "garden").versions(), ["1.0.0"]);
    }
}

#[test]
fn memory_does_not_grow_with_changes() {
    let house = House::open(Identity::CratesIo);
    for number in 0..200 {
        let stem = Krate::new(&format!("stem-{number}"), "1.0.0");
        house.public.has(&stem);
        house.server.entry("main", &stem.name).expects(200);
    }
    let read_all = || {
        for number in 0..200 {
            house.server.entry("main", &format!("stem-{number}"));
        }
    };
    let change = |from: usize, to: usize| {
        for number in from..to {
            house.says(&format!("claims = {{ \"swap-{number}-*\" = \"local\" }}"));
            house.apply(&[]).succeeds().prints("applied");
            if number % 10 == 0 {
                read_all();
            }
        }
        read_all();
    };
    change(0, 20);
    let before = house.server.resident_bytes();
    change(20, 120);
    let after = house.server.resident_bytes();
    let grown = after.saturating_sub(before);
    eprintln!("resident: {before} bytes after 20 changes, {after} after 120");
    // A federation of so few names has some hundred kilobytes; a hundred of them are seen.
    assert!(grown < 12_000_000, "{before} became {after}");
}

#[test]
fn a_faulty_file_changes_nothing_and_is_told_at_its_line() {
    let house = House::open(Identity::CratesIo);
    house.server.has("local", &Krate::new("garden", "1.0.0"));
    let before = house.server.entry("main", "garden").text();
    house.says("claims = { \"acme-*\" = \"nobody\" }");
    let told = house
        .server
        .send("POST", "/api/v1/apply", b"{\"views\":{}}");
    let told = told.expects(400).json();
    let told = told["errors"][0]["detail"].as_str().unwrap_or_default();
    for words in ["nothing was changed", "crossdock.toml:", "\"nobody\""] {
        assert!(told.contains(words), "{words} in: {told}");
    }
    house.server.hang_up();
    until("the log", || {
        house
            .server
            .log()
            .contains("SIGHUP: the settings file is not put in force")
    });
    assert!(house.readyz().contains("not valid as it stands"));
    let unseen = house.server.get("/readyz").expects(200).text();
    assert!(unseen.contains("needs a look") && !unseen.contains("settings file"));
    assert_eq!(house.server.entry("main", "garden").text(), before);
    house.says("claims = { \"acme-*\" = \"local\" }");
    house.server.hang_up();
    until("the change", || house.readyz() == "ready\n");
    let log = house.server.log();
    assert!(
        log.contains("+ claim acme-* local"),
        "the difference: {log}"
    );
    // A claimed name that is not there is absent unasked.
    house.server.entry("main", "acme-core").expects(404);
    house.public.never_heard_of(&["acme-core"]);
}

#[test]
fn what_was_not_shown_takes_a_restart_or_breaks_is_not_applied() {
    let house = House::open(Identity::CratesIo);
    house.partner.has(&Krate::new("petal", "1.0.0"));
    house.server.entry("main", "petal").expects(200);
    let says = |lines: &str| text(house.identity, &house.partner, &house.public, lines);

    // The file here is another than the server's.
    house
        .bench
        .write("mine.toml", says("claims = { x = \"local\" }"));
    let mine = house.bench.path("mine.toml");
    let mine = ["apply", "--config", &mine.to_string_lossy()];
    let told = house.server.command(&house.bench, &mine).exits(2);
    told.says("says otherwise than what was shown")
        .says("- claim x local");

    let listening = says("").replace("[views.main]", "[registries.more]\n[views.main]");
    house.server.write_settings(&format!(
        "[server]\nformer-urls = [\"http://old.example\"]\n{listening}"
    ));
    house
        .apply(&[])
        .exits(1)
        .prints("nothing was applied: restart the server")
        .prints("registries.more, server")
        .prints("server.former-urls");
    assert!(
        house
            .readyz()
            .contains("a restart is needed for registries.more")
    );
    house.server.entry("more", "petal").expects(404);

    house.says("claims = { petal = \"local\" }");
    house
        .apply(&[])
        .exits(1)
        .prints("crossdock transfer petal --from partner --to local --view main")
        .prints("--breaks-locks");
    house
        .apply(&["--breaks-locks", "--json"])
        .succeeds()
        .prints("\"applied\": true");
    // A claim against the record is told, and the record stands.
    house.server.entry("main", "petal").expects(200);

    house.says("read = \"token\"");
    house
        .apply(&[])
        .succeeds()
        .prints("view main is read by bearers of a token, and was by anyone");
    house.server.entry("main", "petal").expects(401);
    house.server.hang_up();
    until("the log", || {
        house.server.log().contains("says what is in force")
    });
}

#[test]
fn a_node_follows_when_its_own_file_says_the_same() {
    let nodes = Nodes::start(2);
    let [first, second] = &nodes.servers[..] else {
        panic!("two were started");
    };
    let before = std::fs::read_to_string(first.settings()).expect("it has a file");
    let claimed = format!("{before}claims = {{ \"acme-*\" = \"local\" }}\n");
    let apply = |node: &Server| {
        let file = node.settings();
        let command = ["apply", "--config", &file.to_string_lossy()];
        node.command(&nodes.bench, &command).succeeds()
    };
    let readyz = |node: &Server| node.send("GET", "/readyz", b"").expects(200).text();
    first.write_settings(&claimed);
    apply(first).prints("applied");
    until("what the other node says", || {
        readyz(second).contains("differs from the policy on record: - claim acme-* local")
    });
    second.entry("main", "acme-core").expects(404);
    let asked = || nodes.public.asked_for("acme-core").len();
    let before = asked();
    assert!(before > 0, "its own file does not claim it");

    second.write_settings(&claimed);
    until("following", || readyz(second) == "ready\n");
    assert!(
        second
            .log()
            .contains("another node recorded the same policy")
    );
    second.entry("main", "acme-core").expects(404);
    assert_eq!(asked(), before);

    // What one took is seen by the other, as before.
    second.has("local", &Krate::new("acme-core", "1.0.0"));
    assert_eq!(first.entry("main", "acme-core").versions(), ["1.0.0"]);
}
