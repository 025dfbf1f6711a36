//! What was acknowledged is there for the next process, and what is not ours is refused.

use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::ReleaseId;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::memory::ManualClock;
use crossdock_registry::ports::{
    Applied, Batch, Blobs, Change, Ledger, NewRelease, SeenRows, StoreError, Validators,
};
use crossdock_store::{FileBlobs, SqliteLedger};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::Path;

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).expect("a registry's name")
}

fn name() -> CrateName {
    CrateName::parse("Petal_rs").expect("a crate's name")
}

fn key() -> NameKey {
    name().key()
}

fn version(text: &str) -> Version {
    Version::parse(text).expect("a version")
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_790_000_000 + seconds).expect("a moment")
}

fn publish(vers: &str) -> Change {
    Change::Publish(NewRelease {
        registry: registry("acme"),
        name: name(),
        version: version(vers),
        checksum: Checksum::of(vers.as_bytes()),
        row: format!("row of {vers}"),
        metadata: format!("metadata of {vers}"),
    })
}

/// One change of each kind.
fn everything() -> Vec<Change> {
    let validators = Validators {
        etag: Some("\"one\"".to_owned()),
        last_modified: Some("Sat, 21 Nov 2026 10:00:00 GMT".to_owned()),
    };
    vec![
        publish("1.0.0"),
        publish("1.1.0+b"),
        Change::SetYanked {
            id: ReleaseId {
                registry: registry("acme"),
                name: key(),
                version: version("1.0.0"),
            },
            yanked: true,
        },
        Change::SetOwners {
            registry: registry("acme"),
            name: key(),
            seen: vec![Actor::admin()],
            owners: vec![Actor::server(), Actor::admin()],
        },
        Change::Observe {
            registry: registry("public"),
            name: IndexName::parse("petal_rs").expect("an index name"),
            rows: Bytes::from("{\"name\":\"petal_rs\"}\n".repeat(1000)),
            releases: 1000,
            validators,
            seen: SeenRows::Nothing,
        },
        Change::RecordOwner {
            view: registry("main"),
            name: key(),
            ownership: Ownership::sole(registry("acme")),
        },
        Change::NameFace {
            view: registry("main"),
            member: registry("public"),
            name: key(),
            dependent: key(),
        },
    ]
}

async fn append(ledger: &SqliteLedger, changes: Vec<Change>) -> Vec<Applied> {
    let actor = Actor::admin();
    let applied = ledger.append(Batch { actor, changes }).await;
    applied.expect("the batch is allowed")
}

/// All that can be read, as text.
async fn listing(ledger: &SqliteLedger) -> String {
    let (acme, public, main) = (registry("acme"), registry("public"), registry("main"));
    let index_name = IndexName::parse("petal_rs").expect("an index name");
    format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:#?}",
        ledger.facts(0, 100).await,
        ledger.hosted_names(&acme).await,
        ledger.hosted(&acme, &key()).await,
        ledger.mirrored_names(&public).await,
        ledger.mirrored(&public, &index_name).await,
        ledger.ownerships(&main).await,
        ledger.faces(&main).await,
    )
}

async fn open(path: &Path, clock: &ManualClock) -> SqliteLedger {
    let opened = SqliteLedger::open(path, clock.reading()).await;
    opened.expect("the database can be opened")
}

#[tokio::test]
async fn everything_is_there_again_and_the_sequence_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossdock.sqlite");
    let clock = ManualClock::at(moment(100));
    let ledger = open(&path, &clock).await;
    append(&ledger, everything()).await;
    let before = listing(&ledger).await;
    assert!(!before.contains("Err("), "{before}");
    ledger.close().await;

    // The machine's clock was set back in the meantime.
    clock.set(moment(0));
    let ledger = open(&path, &clock).await;
    assert_eq!(listing(&ledger).await, before);
    let next = append(&ledger, vec![publish("1.2.0")]).await;
    let expected = Applied::Fact {
        sequence: 8,
        time: moment(100),
    };
    assert_eq!(next, [expected]);
    ledger.close().await;
}

#[tokio::test]
async fn a_closed_database_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossdock.sqlite");
    let ledger = open(&path, &ManualClock::at(moment(0))).await;
    append(&ledger, everything()).await;
    // Readers are open, too, when it is closed.
    listing(&ledger).await;
    ledger.close().await;
    let files = std::fs::read_dir(folder.path()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["crossdock.sqlite"]);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossdock.sqlite");
    let clock = ManualClock::at(moment(0));
    open(&path, &clock).await.close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut newer = SqliteConnection::connect_with(&options).await.unwrap();
    newer.execute("PRAGMA user_version = 1000").await.unwrap();
    newer.close().await.unwrap();
    let refused = SqliteLedger::open(&path, clock.reading()).await;
    let text = refused.err().expect("it is of a newer version").to_string();
    assert!(text.contains("newer Crossdock"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossdock.sqlite");
    std::fs::write(&path, "This is what somebody wrote. ".repeat(1000)).unwrap();
    let clock = ManualClock::at(moment(0));
    let refused = SqliteLedger::open(&path, clock.reading()).await;
    assert!(matches!(refused.err(), Some(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn rows_that_changed_on_disk_are_corrupt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crossdock.sqlite");
    let ledger = open(&path, &ManualClock::at(moment(0))).await;
    append(&ledger, everything()).await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut stranger = SqliteConnection::connect_with(&options).await.unwrap();
    for damage in [
        // Still a whole deflate stream, of other rows.
        "UPDATE mirrored SET row_texts = x'789c030000000001'",
        "UPDATE mirrored SET row_texts = substr(row_texts, 1, 10)",
        "UPDATE mirrored SET row_texts = x'00'",
    ] {
        stranger.execute(damage).await.unwrap();
        let index_name = IndexName::parse("petal_rs").unwrap();
        let read = ledger.mirrored(&registry("public"), &index_name).await;
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{damage}");
    }
}

#[tokio::test]
async fn archives_are_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, checksum) = (Bytes::from_static(b"abc"), Checksum::of(b"abc"));
    let blobs = FileBlobs::open(folder.path()).unwrap();
    blobs.keep(&checksum, bytes.clone()).await.unwrap();
    let blobs = FileBlobs::open(folder.path()).unwrap();
    assert_eq!(blobs.read(&checksum).await.unwrap(), Some(bytes));
}
