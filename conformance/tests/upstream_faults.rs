//! An upstream that fails in every way there is, with and without a last good entry.
//!
//! Silence is not absence: a name never seen is 503 and never 404, because 404 makes
//! cargo forget what it had. A name that was seen is answered for by what was seen.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::http::Answer;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use std::time::{Duration, Instant};

for_both_identities!(
    silence_about_a_name_never_seen,
    silence_about_a_name_that_was_seen,
    absence_of_a_name_never_seen,
    absence_of_a_name_that_was_seen,
    an_upstream_that_is_gone,
    a_huge_answer_is_cut_off,
);

/// Every way not to answer; those that hang take the timeout of three seconds.
fn silences(upstream: &Upstream) -> Vec<(&'static str, Fault)> {
    let here = format!("{}/index/lo/op/{LOOP}", upstream.url());
    vec![
        ("error-500", Fault::Status(500)),
        ("error-503", Fault::Status(503)),
        ("error-429", Fault::Status(429)),
        ("error-403", Fault::Status(403)),
        ("error-401", Fault::Status(401)),
        ("error-400", Fault::Status(400)),
        ("status-204", Fault::Status(204)),
        ("cut-off", Fault::CutOff),
        ("hang-up", Fault::Hang),
        ("drip-drip", Fault::Drip(Duration::from_millis(25))),
        ("empty-200", Fault::Empty),
        ("html-200", Fault::Html),
        ("garbage", Fault::Garbage),
        ("half-file", Fault::Half),
        (
            "json-no-row",
            Fault::Says(b"{\"errors\":[{\"detail\":\"overloaded\"}]}\n".to_vec()),
        ),
        (LOOP, Fault::Redirect(here)),
    ]
}

/// Is not asked for again within a minute of leading in a circle.
const LOOP: &str = "loop-302";

/// Asks for a name while the upstream fails on it, and for another one after that,
/// so that one silent path does not pass for an upstream that is down.
fn ask_in_silence(installation: &Installation, name: &str) -> Answer {
    let before = installation.public.asked_for(name).len();
    let answer = installation.server.entry("main", name);
    assert!(
        installation.public.asked_for(name).len() > before,
        "{name} was asked for"
    );
    installation.server.entry("main", "alive").expects(200);
    answer
}

fn silence_about_a_name_never_seen(identity: Identity) {
    let installation = Installation::new(identity);
    let silences = silences(&installation.public);
    installation.public.has(&Krate::new("alive", "1.0.0"));
    for (name, fault) in &silences {
        installation.public.has(&Krate::new(name, "1.0.0"));
        installation.public.fails(On::index(name), fault.clone());
    }
    let mut wrong = Vec::new();
    for (name, _) in &silences {
        let answer = ask_in_silence(&installation, name);
        if answer.status != 503
            || answer.header("retry-after") != Some("1")
            || answer.body.is_empty()
        {
            wrong.push(format!("{name}:\n{answer}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "503 with Retry-After: 1 and a reason was expected, got\n{}",
        wrong.join("\n")
    );
    let app = Krate::new("app", "0.1.0").needs(Dependency::on("error-500", "1"));
    let app = installation.project(&app);
    app.cargo(&["generate-lockfile"])
        .fails()
        .says("503")
        .says("crates-io");
    // The moment it answers again, so do we.
    installation.public.mends();
    for (name, _) in silences.iter().filter(|(name, _)| *name != LOOP) {
        assert_eq!(
            installation.server.entry("main", name).versions(),
            ["1.0.0"],
            "{name}"
        );
    }
}

fn silence_about_a_name_that_was_seen(identity: Identity) {
    let installation = Installation::new(identity);
    let silences = silences(&installation.public);
    let mut app = Krate::new("app", "0.1.0");
    installation.public.has(&Krate::new("alive", "1.0.0"));
    for (name, _) in &silences {
        installation
            .public
            .has_all(&[Krate::new(name, "1.0.0"), Krate::new(name, "1.1.0")]);
        app = app.needs(Dependency::on(name, "1"));
    }
    let app = installation.project(&app);
    app.cargo(&["generate-lockfile"]).succeeds();
    let lock = app.lock();
    let before: Vec<_> = silences
        .iter()
        .map(|(name, _)| installation.server.entry("main", name).body)
        .collect();
    for (name, fault) in &silences {
        installation.public.fails(On::index(name), fault.clone());
    }
    for ((name, _), before) in silences.iter().zip(&before) {
        assert_eq!(
            &ask_in_silence(&installation, name).expects(200).body,
            before,
            "{name}"
        );
    }
    installation.bench.forget_cargo_home();
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock(), lock);
}

fn absence_of_a_name_never_seen(identity: Identity) {
    let installation = Installation::new(identity);
    for status in [404, 410, 451] {
        let name = format!("absent-{status}");
        installation
            .public
            .fails(On::index(&name), Fault::Status(status));
        installation.server.entry("main", &name).expects(404);
    }
    let app =
        installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("absent-404", "1")));
    app.cargo(&["generate-lockfile"])
        .fails()
        .says("no matching package named `absent-404` found");
}

fn absence_of_a_name_that_was_seen(identity: Identity) {
    let installation = Installation::new(identity);
    let statuses = [404, 410, 451];
    let mut app = Krate::new("app", "0.1.0");
    for status in statuses {
        let name = format!("absent-{status}");
        installation.public.has(&Krate::new(&name, "1.0.0"));
        app = app.needs(Dependency::on(&name, "1"));
    }
    let app = installation.project(&app);
    app.cargo(&["check"]).succeeds();
    for status in statuses {
        installation.public.fails(
            On::index(&format!("absent-{status}")),
            Fault::Status(status),
        );
    }
    for status in statuses {
        let versions = installation
            .server
            .entry("main", &format!("absent-{status}"))
            .versions();
        assert_eq!(versions, ["1.0.0"], "what was served stays");
    }
    // cargo asks again and loses nothing, so that it still builds without a network.
    app.cargo(&["update"]);
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    installation.bench.forget_cargo_home();
    app.cargo(&["check", "--locked"]).succeeds();
}

fn an_upstream_that_is_gone(identity: Identity) {
    let mut installation = Installation::new(identity);
    installation
        .public
        .has_all(&[Krate::new("seen", "1.0.0"), Krate::new("unseen", "1.0.0")]);
    installation.has_private(&Krate::new("garden", "1.0.0"));
    let before = installation.server.entry("main", "seen").expects(200).body;
    installation.public.goes_down();
    assert_eq!(
        installation.server.entry("main", "seen").expects(200).body,
        before
    );
    installation.server.entry("main", "unseen").expects(503);
    assert_eq!(
        installation.server.entry("main", "garden").versions(),
        ["1.0.0"]
    );
    installation.server.entry("local", "garden").expects(200);
    installation.server.entry("local", "nothing").expects(404);
    installation.has_private(&Krate::new("garden", "1.1.0"));
    assert_eq!(
        installation.server.entry("main", "garden").versions(),
        ["1.0.0", "1.1.0"]
    );
    installation
        .server
        .get("/main/index/config.json")
        .expects(200);
    installation.server.get("/healthz").expects(200);
    installation.public.comes_back();
    // Whoever is down is left alone for a few seconds.
    back(|| installation.server.entry("main", "unseen").status == 200);
}

/// Waits until an upstream that came back is used again; cargo would, by `Retry-After`.
fn back(mut answers: impl FnMut() -> bool) {
    let began = Instant::now();
    while !answers() {
        assert!(
            began.elapsed() < BACK_LIMIT,
            "an upstream that is back was not used in {BACK_LIMIT:?}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An upstream that was down is tried again within this time.
const BACK_LIMIT: Duration = Duration::from_secs(15);

fn a_huge_answer_is_cut_off(identity: Identity) {
    let installation = Installation::new(identity);
    installation.public.has(&Krate::new("stem", "1.0.0"));
    let before = installation.server.entry("main", "stem").body;
    let row = Krate::new("stem", "1.0.1").row().to_string() + "\n";
    // Above 64 MiB, which is forty times the largest file there is.
    installation.public.fails(
        On::EveryIndex,
        Fault::Says(row.repeat(70_000_000 / row.len()).into_bytes()),
    );
    assert_eq!(
        installation.server.entry("main", "stem").expects(200).body,
        before
    );
    installation.server.entry("main", "leaf").expects(503);
}
