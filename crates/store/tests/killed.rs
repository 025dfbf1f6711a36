//! A process that is killed in the middle of its work loses nothing it acknowledged.
//!
//! The test starts its own program again as a publisher, which says on its output what
//! was acknowledged to it, and kills it. This shows that nothing depends on an orderly
//! end; that syncs reach the disk when power is lost, no test of this kind can show.

use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::memory::ManualClock;
use crossdock_registry::ports::{Batch, Blobs, Change, Ledger, NewRelease};
use crossdock_store::{DataLock, FileBlobs, SqliteLedger};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Tells the program that it is the publisher, and where to keep what it publishes.
const DATA: &str = "CROSSDOCK_TEST_KILLED_DATA";

/// The name of the one test in here, as the test harness takes it.
const TEST: &str = "what_was_acknowledged_survives_a_kill";

/// Publishers that do not wait for each other, so that commits are grouped.
const PUBLISHERS: u64 = 8;

/// Acknowledgements after which the publisher is killed, each time later.
const ACKNOWLEDGED: [usize; 3] = [1, 40, 200];

/// A minute is a hundred times what a loaded machine needs.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(data) = std::env::var_os(DATA) {
        return publish_for_ever(&PathBuf::from(data)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for count in ACKNOWLEDGED {
        acknowledged.extend(killed_after(count, folder.path()));
        found_again(&acknowledged, folder.path()).await;
    }
}

/// Runs a publisher, kills it, and returns what it said before.
fn killed_after(count: usize, data: &Path) -> Vec<String> {
    let mut publisher = Command::new(std::env::current_exe().expect("tests have a program"))
        .args(["--exact", TEST, "--nocapture", "--test-threads=1"])
        .env(DATA, data)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the publisher starts");
    let output = publisher.stdout.take().expect("its output is piped");
    let mut acknowledged = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.expect("its output is text");
        // Beside the harness's own words, and the line that it was killed in.
        let Some(version) = line.strip_prefix("acknowledged ") else {
            continue;
        };
        if let Some(version) = version.strip_suffix('.') {
            acknowledged.push(version.to_owned());
        }
        if acknowledged.len() == count {
            let second = DataLock::take(data).expect_err("the folder is in use");
            assert!(second.to_string().contains("in use by another process"));
            publisher
                .kill()
                .expect("the publisher runs until it is killed");
        }
    }
    let ended = publisher.wait().expect("it was started here");
    assert!(!ended.success(), "it was killed and did not end by itself");
    assert!(acknowledged.len() >= count, "{ended}: {acknowledged:?}");
    acknowledged
}

async fn found_again(acknowledged: &BTreeSet<String>, data: &Path) {
    let _lock = DataLock::take(data).expect("the other process has ended");
    let ledger = ledger(data).await;
    let blobs = FileBlobs::open(data.join("blobs")).expect("the folder can be used");
    let krate = ledger.hosted(&registry(), &name().key()).await;
    let rows: BTreeSet<String> = krate
        .expect("crates can be read")
        .expect("the crate was published")
        .releases
        .into_iter()
        .map(|release| release.row)
        .collect();
    for version in acknowledged {
        assert!(
            rows.contains(version),
            "{version} was acknowledged and is gone"
        );
    }
    // Never a row without its bytes, acknowledged or not.
    for version in &rows {
        let archive = blobs.read(&Checksum::of(version.as_bytes())).await;
        let archive = archive.expect("archives can be read");
        assert_eq!(archive.as_deref(), Some(version.as_bytes()));
    }
    let facts = ledger.facts(0, u32::MAX).await.expect("facts can be read");
    assert_eq!(facts.len(), rows.len(), "each release has its fact");
    assert!(
        (1..)
            .zip(&facts)
            .all(|(number, (sequence, _))| number == *sequence)
    );
    ledger.close().await;
}

async fn publish_for_ever(data: &Path) {
    let _lock = DataLock::take(data).expect("the other process has ended");
    let ledger = Arc::new(ledger(data).await);
    let blobs = Arc::new(FileBlobs::open(data.join("blobs")).expect("the folder can be used"));
    let first = ledger
        .facts(0, u32::MAX)
        .await
        .expect("facts can be read")
        .len();
    let mut publishers = JoinSet::new();
    for publisher in 0..PUBLISHERS {
        let (ledger, blobs) = (ledger.clone(), blobs.clone());
        publishers.spawn(async move {
            for round in 0.. {
                let version = format!("{publisher}.{first}.{round}");
                publish(&*ledger, &*blobs, &version).await;
                writeln!(std::io::stdout(), "acknowledged {version}.").expect("somebody listens");
            }
        });
    }
    // If nobody kills it, it ends by itself, which the test takes for a failure.
    let _ = tokio::time::timeout(DEADLINE, publishers.join_all()).await;
}

async fn publish(ledger: &dyn Ledger, blobs: &dyn Blobs, version: &str) {
    let checksum = Checksum::of(version.as_bytes());
    let archive = Bytes::copy_from_slice(version.as_bytes());
    let kept = blobs.keep(&checksum, archive).await;
    kept.expect("the archive can be kept");
    let publish = Change::Publish(NewRelease {
        registry: registry(),
        name: name(),
        version: Version::parse(version).expect("three numbers"),
        checksum,
        row: version.to_owned(),
        metadata: String::new(),
    });
    let batch = Batch {
        actor: Actor::admin(),
        changes: vec![publish],
    };
    let recorded = ledger.append(batch).await;
    recorded.expect("each version is another one");
}

async fn ledger(data: &Path) -> SqliteLedger {
    let time = Timestamp::from_unix_seconds(1_790_000_000).expect("a moment");
    let clock = ManualClock::at(time).reading();
    let opened = SqliteLedger::open(&data.join("crossdock.sqlite"), clock).await;
    opened.expect("the database can be opened")
}

fn registry() -> RegistryName {
    RegistryName::parse("acme").expect("a registry's name")
}

fn name() -> CrateName {
    CrateName::parse("petal").expect("a crate's name")
}
