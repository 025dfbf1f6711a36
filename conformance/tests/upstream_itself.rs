//! The upstream of these tests, against plain cargo and a bare socket.
//!
//! If this fails, no other case means anything. The second half holds what cargo
//! does with bad answers: the reasons why the server must not give them.

use crossdock_conformance::configuration::Configuration;
use crossdock_conformance::dependency::{CRATES_IO_IDENTITY, Dependency};
use crossdock_conformance::http::{ask, try_ask};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::project::Project;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Upstream, Validators};
use crossdock_conformance::workbench::Workbench;
use std::time::{Duration, Instant};

/// A workbench whose cargo takes this upstream for crates.io.
fn plain(upstream: &Upstream) -> Workbench {
    let bench = Workbench::new();
    Configuration::default()
        .registry("up", &upstream.index())
        .instead_of_crates_io("up")
        .write(&bench);
    bench
}

fn app(bench: &Workbench) -> Project<'_> {
    Project::create(
        bench,
        &Krate::new("app", "0.1.0").needs(Dependency::on("petal", "1")),
    )
}

#[test]
fn cargo_builds_from_it() {
    let upstream = Upstream::start();
    upstream.has_all(&[
        Krate::new("petal", "1.0.0")
            .needs(Dependency::on("z", "0.1").renamed("zed").optional())
            .lib("pub struct Petal;"),
        Krate::new("petal", "1.1.0")
            .needs(Dependency::on("z", "0.1").renamed("zed").optional())
            .feature("default", &["with-z"])
            .feature("with-z", &["dep:zed"])
            .lib("pub fn z() -> zed::Z { zed::Z }"),
        Krate::new("z", "0.1.4").lib("pub struct Z;"),
    ]);
    let bench = plain(&upstream);
    let app = Project::create(
        &bench,
        &Krate::new("app", "0.1.0")
            .needs(Dependency::on("petal", "1"))
            .lib("pub fn z() { petal::z(); }"),
    );
    app.cargo(&["check"]).succeeds();
    let lock = app.lock();
    assert_eq!(lock.one("petal"), format!("registry+{CRATES_IO_IDENTITY}"));
    assert_eq!(
        (lock.versions("petal"), lock.versions("z")),
        (vec!["1.1.0"], vec!["0.1.4"])
    );
    app.cargo(&["check", "--locked", "--offline"]).succeeds();
    assert_eq!(upstream.downloads().len(), 2);
}

#[test]
fn it_lets_others_ask_again() {
    for (validators, field, condition) in [
        (Validators::ETag, "etag", "if-none-match"),
        (
            Validators::LastModified,
            "last-modified",
            "if-modified-since",
        ),
    ] {
        let upstream = Upstream::start();
        upstream.validates_by(validators);
        upstream.has(&Krate::new("petal", "1.0.0"));
        let url = format!("{}/index/pe/ta/petal", upstream.url());
        let first = ask("GET", &url, &[], b"").expects(200);
        let value = first
            .header(field)
            .expect("it says how to ask again")
            .to_owned();
        ask("GET", &url, &[(condition, &value)], b"").expects(304);
        upstream.has(&Krate::new("petal", "1.0.1"));
        let changed = ask("GET", &url, &[(condition, &value)], b"").expects(200);
        assert_eq!(changed.versions(), ["1.0.0", "1.0.1"]);
    }
    let upstream = Upstream::start();
    upstream.validates_by(Validators::Neither);
    upstream.has(&Krate::new("petal", "1.0.0"));
    let answer = ask(
        "GET",
        &format!("{}/index/pe/ta/petal", upstream.url()),
        &[],
        b"",
    )
    .expects(200);
    assert_eq!(
        (answer.header("etag"), answer.header("last-modified")),
        (None, None)
    );
}

#[test]
fn it_fails_on_command() {
    let mut upstream = Upstream::start();
    upstream.has(&Krate::new("petal", "1.0.0"));
    let url = format!("{}/index/pe/ta/petal", upstream.url());
    let row = ask("GET", &url, &[], b"").expects(200).text();
    let get = || try_ask("GET", &url, &[], b"");

    upstream.fails_times(On::index("petal"), Fault::Status(500), 1);
    assert_eq!(get().map(|answer| answer.status).ok(), Some(500));
    assert_eq!(
        get().map(|answer| answer.status).ok(),
        Some(200),
        "only once was asked for"
    );
    for (fault, expected) in [
        (Fault::Empty, ""),
        (Fault::Says(b"words".to_vec()), "words"),
    ] {
        upstream.mends();
        upstream.fails(On::EveryIndex, fault);
        assert_eq!(
            get().map(|answer| answer.text()).ok().as_deref(),
            Some(expected)
        );
    }
    for fault in [Fault::CutOff, Fault::Half] {
        upstream.mends();
        upstream.fails(On::Everything, fault);
        assert!(get().is_err());
    }
    upstream.mends();
    upstream.fails(On::index("petal"), Fault::Changed);
    let changed = get().map(|answer| answer.body).unwrap_or_default();
    assert_eq!(changed.len(), row.len());
    assert_ne!(changed, row.as_bytes());
    upstream.mends();
    upstream.fails(On::index("petal"), Fault::Drip(Duration::from_millis(1)));
    let began = Instant::now();
    assert_eq!(get().map(|answer| answer.text()).ok(), Some(row.clone()));
    assert!(
        began.elapsed() > Duration::from_millis(200),
        "a byte at a time"
    );
    upstream.goes_down();
    assert!(get().is_err());
    upstream.mends();
    upstream.comes_back();
    assert_eq!(get().map(|answer| answer.text()).ok(), Some(row));
}

#[test]
fn it_ends_though_somebody_hangs_on() {
    let mut upstream = Upstream::start();
    upstream.fails(On::Everything, Fault::Hang);
    let url = format!("{}/index/pe/ta/petal", upstream.url());
    let waiting = std::thread::spawn(move || try_ask("GET", &url, &[], b"").is_err());
    upstream.awaits_request_for("petal");
    let began = Instant::now();
    upstream.goes_down();
    assert!(waiting.join().unwrap(), "the hanging request got no answer");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn its_archives_are_what_its_rows_say() {
    let upstream = Upstream::start();
    let petal = Krate::new("petal", "1.0.0").lib("pub struct Petal;");
    upstream.has(&petal);
    let bytes = ask(
        "GET",
        &format!("{}/dl/petal/1.0.0/download", upstream.url()),
        &[],
        b"",
    )
    .expects(200)
    .body;
    assert_eq!(petal.row()["cksum"], checksum(&bytes));
}

#[test]
fn after_404_cargo_forgets_what_it_had() {
    let upstream = Upstream::start();
    upstream.has(&Krate::new("petal", "1.0.0"));
    let bench = plain(&upstream);
    let app = app(&bench);
    app.cargo(&["generate-lockfile"]).succeeds();
    app.cargo(&["generate-lockfile", "--offline"]).succeeds();
    upstream.fails(On::index("petal"), Fault::Status(404));
    app.cargo(&["update"])
        .fails()
        .says("no matching package named `petal`");
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile", "--offline"]).fails();
}

#[test]
fn after_503_cargo_keeps_what_it_had() {
    let upstream = Upstream::start();
    upstream.has(&Krate::new("petal", "1.0.0"));
    let bench = plain(&upstream);
    let app = app(&bench);
    app.cargo(&["generate-lockfile"]).succeeds();
    upstream.fails(On::index("petal"), Fault::Status(503));
    app.cargo(&["update"]).fails().says("503");
    app.remove("Cargo.lock");
    app.cargo(&["generate-lockfile", "--offline"]).succeeds();
}

#[test]
fn where_rows_are_missing_cargo_downgrades_in_silence() {
    let upstream = Upstream::start();
    upstream.has_all(&[Krate::new("petal", "1.0.0"), Krate::new("petal", "1.1.0")]);
    let bench = plain(&upstream);
    let app = app(&bench);
    app.cargo(&["generate-lockfile"]).succeeds();
    assert_eq!(app.lock().versions("petal"), ["1.1.0"]);
    upstream.withdraw("petal", "1.1.0");
    app.cargo(&["update"]).succeeds().never_says("warning");
    assert_eq!(app.lock().versions("petal"), ["1.0.0"]);
}

#[test]
fn a_row_with_another_form_of_pubtime_is_invisible() {
    let upstream = Upstream::start();
    upstream.has_all(&[Krate::new("petal", "1.0.0"), Krate::new("petal", "1.1.0")]);
    let bench = plain(&upstream);
    let app = app(&bench);
    for (pubtime, seen) in [
        ("2026-11-01T10:00:00Z", "1.1.0"),
        ("2026-11-01T10:00:00.5Z", "1.0.0"),
        ("2026-11-01T10:00:00+00:00", "1.0.0"),
    ] {
        upstream.change_row("petal", "1.1.0", |row| row["pubtime"] = pubtime.into());
        bench.forget_cargo_home();
        app.cargo(&["generate-lockfile"]).succeeds();
        assert_eq!(app.lock().versions("petal"), [seen], "{pubtime}");
    }
}

#[test]
fn cargo_believes_the_row_and_not_the_manifest() {
    let upstream = Upstream::start();
    let with_a = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("a", "1"))
        .lib("pub use a::A;");
    let with_b = Krate::new("petal", "1.0.0")
        .needs(Dependency::on("b", "1"))
        .lib("pub use a::A;");
    upstream.has(&Krate::new("a", "1.0.0").lib("pub struct A;"));
    let mut row = with_a.row();
    row["cksum"] = checksum(&with_b.archive()).into();
    upstream.has_row("petal", "1.0.0", row, with_b.archive());
    let bench = plain(&upstream);
    let app = app(&bench);
    app.cargo(&["check"]).succeeds();
    assert_eq!(app.lock().versions("b"), [""; 0]);
}

#[test]
fn an_ambiguous_row_doubles_what_is_also_reached_by_name() {
    let upstream = Upstream::start();
    upstream.has_all(&[
        Krate::new("petal", "1.0.0").lib("pub struct Petal;"),
        Krate::new("bloom", "1.0.0")
            .needs(Dependency::on("petal", "1"))
            .lib("pub fn petal() -> petal::Petal { petal::Petal }"),
    ]);
    let bench = plain(&upstream);
    let app = Krate::new("app", "0.1.0")
        .needs(Dependency::on("bloom", "1").from("up", &upstream.index()))
        .needs(Dependency::on("petal", "1"))
        .lib("pub fn petal() -> petal::Petal { bloom::petal() }");
    let app = Project::create(&bench, &app);
    app.cargo(&["check"]).fails().says("E0308");
    assert_eq!(app.lock().versions("petal").len(), 2);
}
