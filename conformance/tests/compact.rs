//! Archives that are kept packed are the archives that were published, to the byte.

use crossdock_conformance::identity::Identity;
use crossdock_conformance::installation::Installation;
use crossdock_conformance::krate::Krate;
use crossdock_conformance::server::Server;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A minute is many times what a loaded machine needs for five small archives.
const DEADLINE: Duration = Duration::from_secs(60);

/// The fifth version and those before it, each with one more function.
fn versions() -> impl Iterator<Item = Krate> {
    (0..5).map(|n| {
        let function = |i| format!("/// Says {i}.\npub fn f{i}() -> u32 {{ {i} }}\n");
        let source: String = (0..400 + n).map(function).collect();
        Krate::new("garden", &format!("1.0.{n}")).lib(&source)
    })
}

#[test]
fn what_is_packed_is_given_as_it_was_and_may_be_raw_again() {
    let mut installation = Installation::new(Identity::CratesIo);
    let plain = fs::read_to_string(installation.server.settings()).unwrap();
    let section = "[server]\nhot-archives = \"0MiB\"\ncompact-every = \"1s\"\n";
    let packing = plain.replace("[registries.local]", "[registries.local]\ncompact = true");
    let packing = format!("{section}{packing}");
    let bench = &installation.bench;
    installation.server.start_again(bench, Some(&packing));
    for krate in versions() {
        // By cargo itself: the bytes are those that the world has.
        let project = installation.project(&krate);
        let token = installation.server.token();
        let arguments = [
            "publish",
            "--no-verify",
            "--registry",
            "local",
            "--token",
            token,
        ];
        project.cargo(&arguments).succeeds();
    }
    let rows = installation.server.entry("local", "garden").rows();
    let checksums: Vec<String> = rows.iter().map(|row| text(&row["cksum"])).collect();
    let archives = |server: &Server| -> Vec<Vec<u8>> {
        let named = checksums.iter().zip(&rows);
        let given = named.map(|(checksum, row)| {
            let path = format!("/local/dl/garden/{}/{checksum}", text(&row["vers"]));
            server.get(&path).expects(200).body
        });
        given.collect()
    };
    let published = archives(&installation.server);
    let stats = |server: &Server| -> Value {
        let told = server.command(bench, &["stats", "--json"]);
        serde_json::from_str(&told.succeeds().stdout).unwrap()
    };
    let local = |stats: &Value| stats["archives"]["registries"]["local"].clone();
    until("all are packed", || {
        local(&stats(&installation.server))["packed"] == 5
    });
    let kept = local(&stats(&installation.server));
    let as_given: usize = published.iter().map(Vec::len).sum();
    assert_eq!(kept["archive_bytes"], as_given);
    assert!(
        kept["kept_bytes"].as_u64().unwrap() * 2 < as_given as u64,
        "{kept}"
    );
    let blobs = installation.server.data().join("blobs");
    let raw = |checksum: &String| -> PathBuf { blobs.join(&checksum[..2]).join(&checksum[2..]) };
    assert!(checksums.iter().all(|checksum| !raw(checksum).exists()));
    let told = installation.server.command(bench, &["stats"]);
    told.prints("local: 5 archives packed, 0 raw");
    let metrics = installation.server.get("/metrics").expects(200);
    metrics.says("crossdock_archives{registry=\"local\",kept=\"packed\"} 5");
    // Nothing of before is in memory.
    installation.server.start_again(bench, Some(&packing));
    assert!(
        archives(&installation.server) == published,
        "an archive is another one"
    );
    let reads = stats(&installation.server)["archives"]["cold_reads"].clone();
    assert_eq!(reads, 5);
    // Said no more: kept raw again, without anybody's doing.
    let off = format!("{section}{plain}");
    installation.server.start_again(bench, Some(&off));
    assert!(
        archives(&installation.server) == published,
        "an archive is another one"
    );
    until("all are raw", || {
        checksums.iter().all(|checksum| raw(checksum).exists())
    });
    until("nothing is packed", || {
        local(&stats(&installation.server)).is_null()
    });
    assert!(
        archives(&installation.server) == published,
        "an archive is another one"
    );
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < DEADLINE, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
