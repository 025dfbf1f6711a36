//! A server on SQLite and files becomes one on PostgreSQL and S3, and nobody notices.

use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use crossdock_conformance::tarball::checksum;
use crossdock_conformance::upstream::Upstream;
use crossdock_conformance::workbench::Workbench;
use crossdock_test_servers::{Objects, Postgres};

fn answers(server: &Server) -> Vec<String> {
    let mut answers = Vec::new();
    for name in ["garden", "hedge", "leaf"] {
        for path in [
            "main",
            "local",
            "crates-io",
            "main/at/3",
            "main/from/crates-io",
        ] {
            let answer = server.entry(path, name);
            answers.push(format!("{path} {name} {} {}", answer.status, answer.text()));
        }
    }
    for (name, version) in [("garden", "1.0.0"), ("garden", "1.1.0"), ("leaf", "1.0.0")] {
        let rows = server.entry("main", name).rows();
        let row = rows.iter().find(|row| row["vers"] == version);
        let cksum = row.map(|row| row["cksum"].as_str().unwrap_or_default().to_owned());
        let cksum = cksum.unwrap_or_default();
        let bytes = server.get(&format!("/main/dl/{name}/{version}/{cksum}"));
        assert_eq!(checksum(&bytes.expects(200).body), cksum);
        answers.push(cksum);
    }
    answers
}

#[test]
fn everything_is_there_byte_for_byte_and_a_broken_off_migration_goes_on() {
    let (bench, mut public) = (Workbench::new(), Upstream::start());
    let (database, objects) = (Postgres::start(), Objects::start());
    let settings = installation::settings(Identity::CratesIo, &public, "");
    let mut server = Server::start(&bench, &settings);
    public.has(&Krate::new("leaf", "1.0.0"));
    server.has("local", &Krate::new("garden", "1.0.0"));
    server.has("local", &Krate::new("garden", "1.1.0"));
    server.has("local", &Krate::new("hedge", "0.1.0"));
    server.yank("local", "garden", "1.1.0").expects(200);
    let before = answers(&server);
    let url = server.url().to_owned();

    let (key, secret) = objects.credentials();
    let keys = format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
    bench.write("keys", keys);
    let moved = format!(
        "[server]\ndatabase = \"{}\"\nobjects = \"s3://{}/team\"\nobjects-endpoint = \"{}\"\n\
         objects-credentials = \"{}\"\n\n{settings}",
        database.database(),
        objects.bucket(),
        objects.endpoint(),
        bench.path("keys").display(),
    );
    bench.write("moved.toml", &moved);
    let config = bench.path("moved.toml").display().to_string();
    let data = server.data().display().to_string();
    let migrate = ["migrate", "--config", &config, "--data", &data];

    // Not while it is in use.
    let refused = server.command(&bench, &migrate);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("in use by another process"),
        "{refused:?}"
    );
    server.stop();
    // Nor is it forgotten.
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--config",
        &config,
        "--data",
        &data,
    ];
    let refused = server.command(&bench, &serve);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("crossdock migrate"), "{refused:?}");
    // Broken off: nothing of the ledger is there.
    objects.stop();
    let broken = server.command(&bench, &migrate);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    objects.begin();
    let done = server.command(&bench, &migrate);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(
        done.stdout.contains("taken over, read again and equal"),
        "{done:?}"
    );
    let again = server.command(&bench, &[&migrate[..], &["--json"]].concat());
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.stdout.contains("\"copied\": 0"), "{again:?}");
    assert!(again.stdout.contains("there already"), "{again:?}");

    public.goes_down();
    server.start_again(&bench, Some(&moved));
    assert_eq!(server.url(), url);
    assert_eq!(answers(&server), before);
    server.has("local", &Krate::new("garden", "1.2.0"));
    // What has grown since is not written over.
    server.stop();
    let late = server.command(&bench, &migrate);
    assert_eq!(late.code, Some(2), "{late:?}");
    assert!(late.stderr.contains("has other rows"), "{late:?}");
}
