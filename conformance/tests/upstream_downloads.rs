//! Archives on their way from an upstream: wherever they are, only the right bytes are
//! kept, and only they are served.

use crossdock_conformance::dependency::Dependency;
use crossdock_conformance::for_both_identities;
use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::{Installation, mirror};
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::{Fault, On, Upstream};
use crossdock_conformance::workbench::Workbench;
use std::time::{Duration, Instant};

for_both_identities!(
    wrong_bytes_are_neither_served_nor_kept,
    downloads_that_fail,
    a_strange_place_for_downloads,
);

fn wrong_bytes_are_neither_served_nor_kept(identity: Identity) {
    let installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.0.0");
    installation.public.has(&stem);
    let cksum = stem.row()["cksum"].as_str().unwrap_or_default().to_owned();
    let path = format!("/main/dl/stem/1.0.0/{cksum}");
    installation.server.entry("main", "stem").expects(200);
    let wrong = [
        Fault::Changed,
        Fault::Half,
        Fault::Empty,
        Fault::Html,
        Fault::Says(b"x".repeat(70_000)),
    ];
    for fault in wrong {
        installation.public.mends();
        installation.public.fails(On::EveryDownload, fault.clone());
        let answer = installation.server.get(&path);
        assert_eq!(answer.status, 503, "{fault:?}: {answer}");
    }
    installation.public.mends();
    let answer = installation.server.get(&path).expects(200);
    assert_eq!(checksum(&answer.body), cksum);
    // Held now: nobody is asked again, whatever they would say.
    installation.public.fails(On::EveryDownload, Fault::Changed);
    installation.public.forget_requests();
    assert_eq!(
        checksum(&installation.server.get(&path).expects(200).body),
        cksum
    );
    assert_eq!(installation.public.downloads().len(), 0);
}

fn downloads_that_fail(identity: Identity) {
    let mut installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.0.0");
    installation.public.has(&stem);
    let app = installation.bench.path("app");
    installation.project(&Krate::new("app", "0.1.0").needs(Dependency::on("stem", "1")));
    installation
        .bench
        .cargo(&app, &["generate-lockfile"])
        .succeeds();
    for fault in [
        Fault::Status(500),
        Fault::Status(404),
        Fault::Status(403),
        Fault::CutOff,
        Fault::Hang,
    ] {
        installation.public.mends();
        installation.public.fails(On::EveryDownload, fault.clone());
        let outcome = installation
            .bench
            .cargo(&app, &["fetch", "--locked"])
            .fails();
        let status = if matches!(fault, Fault::Status(404)) {
            "40"
        } else {
            "503"
        };
        drop(outcome.says("stem").says(status));
    }
    installation.public.mends();
    installation.public.goes_down();
    installation
        .bench
        .cargo(&app, &["fetch", "--locked"])
        .fails()
        .says("503");
    installation.public.comes_back();
    back(|| installation.bench.cargo(&app, &["fetch", "--locked"]).code == Some(0));
}

fn a_strange_place_for_downloads(identity: Identity) {
    let installation = Installation::new(identity);
    let stem = Krate::new("stem", "1.0.0");
    installation.public.has(&stem);
    let cksum = stem.row()["cksum"].as_str().unwrap_or_default().to_owned();
    for template in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "",
        "not a url",
    ] {
        installation.public.downloads_from(template);
        let answer = installation
            .server
            .get(&format!("/main/dl/stem/1.0.0/{cksum}"));
        assert_eq!(answer.status, 503, "{template}: {answer}");
    }
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

#[test]
fn downloads_are_found_by_any_template() {
    let petal = Krate::new("Petal-Red", "1.0.0");
    let cksum = petal.row()["cksum"].as_str().unwrap_or_default().to_owned();
    for (template, path) in [
        ("/files", "/files/Petal-Red/1.0.0/download".to_owned()),
        (
            "/f/{crate}-{version}.crate",
            "/f/Petal-Red-1.0.0.crate".to_owned(),
        ),
        (
            "/f/{prefix}/{lowerprefix}/{crate}/{version}",
            "/f/Pe/ta/pe/ta/Petal-Red/1.0.0".to_owned(),
        ),
        ("/by-sum/{sha256-checksum}", format!("/by-sum/{cksum}")),
    ] {
        let (bench, upstream) = (Workbench::new(), Upstream::start());
        upstream.has(&petal);
        upstream.has_at(&path, petal.archive());
        upstream.downloads_from(&format!("{}{template}", upstream.url()));
        let server = Server::start(&bench, &mirror("partner", &upstream));
        server.entry("partner", "Petal-Red").expects(200);
        server
            .get(&format!("/partner/dl/Petal-Red/1.0.0/{cksum}"))
            .expects(200);
        assert!(
            upstream
                .requests()
                .iter()
                .any(|request| request.path == path),
            "{template}"
        );
    }
}
