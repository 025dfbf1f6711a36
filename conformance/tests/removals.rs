//! What vanishes upstream for good: little is believed after a while, much never,
//! unless the operator accepts it.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, settings};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::upstream::{Fault, On};
use std::time::{Duration, Instant};

/// What is confirmed after a second is believed within this time.
const BELIEF_LIMIT: Duration = Duration::from_secs(15);

/// Twenty names within an hour are many.
const MANY: usize = 20;

/// An installation that believes a removal after a second.
fn credulous() -> Installation {
    let mut installation = Installation::new(Identity::CratesIo);
    let settings = settings(Identity::CratesIo, &installation.public, "").replace(
        "[registries.crates-io]\n",
        "[registries.crates-io]\nconfirm-removals-after = \"1s\"\n",
    );
    installation
        .server
        .start_again(&installation.bench, Some(&settings));
    installation
}

/// Lists versions of `main`, yanked ones with a mark.
fn shown(server: &Server, name: &str) -> Vec<String> {
    let rows = server.entry("main", name).rows();
    let version = |row: &serde_json::Value| {
        let mark = if row["yanked"] == true { "!" } else { "" };
        format!("{}{mark}", row["vers"].as_str().unwrap_or_default())
    };
    rows.iter().map(version).collect()
}

#[test]
fn malware_that_crates_io_removed_is_yanked() {
    let mut installation = credulous();
    let public = &installation.public;
    public.has_all(&[Krate::new("stem", "1.0.0"), Krate::new("stem", "1.1.0")]);
    public.has_all(&[Krate::new("evil", "1.0.0"), Krate::new("good", "1.0.0")]);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("stem", "1"))
        .needs(Dependency::on("evil", "1"))
        .needs(Dependency::on("good", "1"));
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    public.withdraw("stem", "1.1.0");
    public.fails(On::index("evil"), Fault::Status(404));
    let began = Instant::now();
    loop {
        let (stem, evil) = (
            shown(&installation.server, "stem"),
            shown(&installation.server, "evil"),
        );
        shown(&installation.server, "good");
        if stem == ["1.0.0", "1.1.0!"] && evil == ["1.0.0!"] {
            break;
        }
        assert_eq!((stem.len(), evil.len()), (2, 1), "nothing is ever dropped");
        assert!(began.elapsed() < BELIEF_LIMIT, "not yet: {stem:?} {evil:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let log = installation.server.log();
    assert_eq!(log.matches("confirmed: shown yanked").count(), 2, "{log}");
    assert!(!log.contains("is not so any more"), "{log}");
    // Whoever has a lock goes on building, and nobody else resolves to it.
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile"])
        .fails()
        .says("evil")
        .says("yanked");
    installation.server.stop();
    installation.server.start_again(&installation.bench, None);
    assert_eq!(shown(&installation.server, "evil"), ["1.0.0!"]);
    // It was a mistake.
    installation.public.mends();
    assert_eq!(shown(&installation.server, "evil"), ["1.0.0"]);
}

#[test]
fn a_restored_backup_takes_nothing_away_until_it_is_accepted() {
    let mut installation = credulous();
    let names: Vec<String> = (0..MANY).map(|number| format!("crate-{number}")).collect();
    for name in &names {
        let versions = [Krate::new(name, "1.0.0"), Krate::new(name, "2.0.0")];
        installation.public.has_all(&versions);
    }
    installation.public.has(&Krate::new("good", "1.0.0"));
    let look = |server: &Server| {
        let mut all: Vec<_> = names.iter().map(|name| shown(server, name)).collect();
        shown(server, "good");
        all.dedup();
        all
    };
    let before = vec![vec!["1.0.0".to_owned(), "2.0.0".to_owned()]];
    assert_eq!(look(&installation.server), before);
    for name in &names {
        installation.public.withdraw(name, "2.0.0");
    }
    // The first look finds them missing one by one; after that they are many.
    let began = Instant::now();
    assert_eq!(look(&installation.server), before);
    while began.elapsed() < Duration::from_secs(3) {
        assert_eq!(look(&installation.server), before);
    }
    installation.server.stop();
    installation.server.start_again(&installation.bench, None);
    for _ in 0..2 {
        assert_eq!(look(&installation.server), before);
    }
    let (server, bench) = (&installation.server, &installation.bench);
    let run = |arguments: &[&str]| server.command(bench, arguments);
    let config = server.settings();
    let config = config.to_str().unwrap_or_default();
    run(&["check", "--config", config, "--deny", "alarms"])
        .exits(1)
        .prints("mass-disappearance")
        .prints("accept-removals crates-io");
    run(&["check", "--config", config]).exits(0);
    run(&["accept-removals", "crates-io", "--list"])
        .exits(1)
        .prints("crate-7 2.0.0");
    run(&["accept-removals", "crates-io", "good"])
        .exits(2)
        .says("nothing of `good` is missing");
    run(&["accept-removals", "local"])
        .exits(2)
        .says("no mirror");
    run(&["accept-removals", "crates-io"])
        .exits(0)
        .prints("crate-7 2.0.0");
    let after = vec![vec!["1.0.0".to_owned(), "2.0.0!".to_owned()]];
    assert_eq!(look(server), after);
    run(&["check", "--config", config, "--deny", "alarms"]).exits(0);
    installation.server.stop();
    installation.server.start_again(&installation.bench, None);
    assert_eq!(look(&installation.server), after);
}

#[test]
fn alarms_are_told_once_in_the_log_and_to_nobody_without_a_token() {
    let installation = credulous();
    let stem = Krate::new("stem", "1.0.0");
    installation.public.has(&stem);
    let before = installation.server.entry("main", "stem").body;
    installation
        .public
        .has(&Krate::new("stem", "1.0.0").lib("pub struct Other;"));
    for _ in 0..5 {
        assert_eq!(installation.server.entry("main", "stem").body, before);
    }
    let lines = installation.server.log();
    let lines = lines.lines().filter(|line| line.contains("other-bytes"));
    assert_eq!(lines.count(), 1, "an alarm is news once");
    installation.server.get("/api/v1/alarms").expects(403);
    let answer = installation.server.send("GET", "/api/v1/alarms", b"");
    answer
        .expects(200)
        .says("\"kind\":\"other-bytes\"")
        .says("stem");
    installation.public.has(&stem);
    installation.server.entry("main", "stem");
    let answer = installation.server.send("GET", "/api/v1/alarms", b"");
    answer.expects(200).says("\"alarms\":[]");
}
