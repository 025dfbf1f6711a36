//! What an operator watches: metrics, readiness, and a start that would forget all.

use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::program;
use crossdock_conformance::upstream::{Fault, On};
use std::fs;
use std::time::{Duration, Instant};

/// An outcome of readiness is believed for a second.
const NOTICED_LIMIT: Duration = Duration::from_secs(10);

/// Reads the value of a metric with its labels.
fn metric(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().parse().ok()
}

#[test]
fn metrics_tell_what_happened_and_no_crate() {
    let installation = Installation::new(Identity::CratesIo);
    installation.public.has(&Krate::new("secret-stem", "1.0.0"));
    installation.has_private(&Krate::new("garden", "1.0.0"));
    let server = &installation.server;
    for _ in 0..3 {
        server.entry("main", "garden").expects(200);
    }
    server.entry("main", "secret-stem").expects(200);
    server.entry("main", "secret-nothing").expects(404);
    installation
        .public
        .fails(On::EveryIndex, Fault::Status(500));
    server.entry("main", "secret-leaf").expects(503);
    let text = server.get("/metrics").expects(200).text();
    let at_least = |name: &str, least: u64| {
        let value = metric(&text, name);
        assert!(
            value.is_some_and(|value| value >= least),
            "{name}: {value:?} in\n{text}"
        );
    };
    at_least("crossdock_requests_total{kind=\"index\",status=\"2xx\"}", 4);
    at_least("crossdock_requests_total{kind=\"index\",status=\"4xx\"}", 1);
    at_least("crossdock_requests_total{kind=\"index\",status=\"5xx\"}", 1);
    at_least("crossdock_requests_total{kind=\"api\",status=\"2xx\"}", 1);
    at_least("crossdock_requests_from_memory_total{kind=\"index\"}", 1);
    at_least("crossdock_bytes_from_memory_total{kind=\"index\"}", 100);
    at_least(
        "crossdock_upstream_index_answers_total{registry=\"crates-io\",outcome=\"answered\"}",
        2,
    );
    at_least(
        "crossdock_upstream_index_answers_total{registry=\"crates-io\",outcome=\"silent\"}",
        1,
    );
    at_least(
        "crossdock_upstream_requests_total{registry=\"crates-io\",kind=\"index\"}",
        3,
    );
    assert_eq!(
        metric(&text, "crossdock_upstream_up{registry=\"crates-io\"}"),
        Some(0)
    );
    assert_eq!(
        metric(&text, "crossdock_upstream_paused{registry=\"crates-io\"}"),
        Some(0),
        "an answer of any status is a sign of life"
    );
    assert_eq!(metric(&text, "crossdock_conflicts{view=\"main\"}"), Some(0));
    at_least("crossdock_ledger_facts", 2);
    assert_eq!(metric(&text, "crossdock_ready"), Some(1));
    assert!(
        !text.contains("secret") && !text.contains("garden"),
        "{text}"
    );
}

#[test]
fn who_cannot_write_is_not_ready() {
    let installation = Installation::new(Identity::CratesIo);
    let server = &installation.server;
    server.get("/readyz").expects(200);
    let incoming = server.data().join("blobs/incoming");
    fs::remove_dir(&incoming).expect("nothing is being written");
    let began = Instant::now();
    loop {
        let answer = server.get("/readyz");
        if answer.status == 503 {
            answer.says("takes no writes");
            break;
        }
        assert!(began.elapsed() < NOTICED_LIMIT, "still ready: {answer}");
        std::thread::sleep(Duration::from_millis(100));
    }
    // Alive it is, and what it has it serves.
    server.get("/healthz").expects(200);
}

#[test]
fn a_lost_database_is_not_begun_anew_in_silence() {
    let mut installation = Installation::new(Identity::CratesIo);
    installation.has_private(&Krate::new("garden", "1.0.0"));
    installation.server.stop();
    let data = installation.server.data();
    for end in ["", "-wal", "-shm"] {
        let _gone = fs::remove_file(data.join(format!("crossdock.sqlite{end}")));
    }
    let bench = &installation.bench;
    let mut command = bench.command(&program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(&data);
    command.arg("--config").arg(installation.server.settings());
    bench
        .run(command)
        .exits(2)
        .says("crossdock.sqlite is gone")
        .says("--empty-database");
    assert!(!data.join("crossdock.sqlite").exists(), "nothing was made");
}
