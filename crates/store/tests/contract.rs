//! The real adapters keep the promises of their ports.

use crossdock_core::checksum::Checksum;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::contract;
use crossdock_store::{
    FileBlobs, PostgresLedger, PostgresUrl, S3Address, S3Blobs, S3Credentials, S3Settings,
    SqliteLedger, TieredBlobs,
};
use crossdock_test_servers::{Objects, Postgres};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// Where an archive lies below a folder or prefix.
fn at(above: &Path, checksum: &Checksum) -> PathBuf {
    let text = checksum.to_string();
    above.join(&text[..2]).join(&text[2..])
}

fn set_time(file: &Path, time: Timestamp) {
    let since = u64::try_from(time.unix_seconds()).expect("after 1970");
    let file = File::options().write(true).open(file);
    let file = file.expect("it was kept there");
    let set = file.set_modified(UNIX_EPOCH + Duration::from_secs(since));
    set.expect("it is ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_ledgers_contract() {
    let folder = tempfile::tempdir().unwrap();
    let opened = AtomicU32::new(0);
    contract::ledger(async |clock| {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.sqlite"));
        Arc::new(SqliteLedger::open(&path, clock).await.unwrap()) as _
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_the_ledgers_contract() {
    let server = Postgres::start();
    let address = server.database();
    contract::ledger(async |clock| {
        server.empty(&address);
        let url = PostgresUrl::parse(&address).unwrap();
        Arc::new(PostgresLedger::open(&url, clock).await.unwrap()) as _
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_two_tiers_keep_the_blobs_contract() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Arc::new(TieredBlobs::open(folder.path(), 0).unwrap());
    let file = |checksum: &Checksum| at(folder.path(), checksum);
    contract::blobs(
        blobs,
        |checksum| std::fs::write(file(checksum), "not what was kept").unwrap(),
        |checksum, time| set_time(&file(checksum), time),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_the_blobs_contract() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Arc::new(FileBlobs::open(folder.path()).unwrap());
    let file = |checksum: &Checksum| at(folder.path(), checksum);
    contract::blobs(
        blobs,
        |checksum| {
            let file = file(checksum);
            assert!(file.exists(), "damage is done where the archive is");
            std::fs::write(file, "not what was kept").unwrap();
        },
        |checksum, time| set_time(&file(checksum), time),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_keep_the_blobs_contract() {
    let server = Objects::start();
    for prefix in ["", "/some/prefix"] {
        let address = format!("s3://{}{prefix}", server.bucket());
        let settings = S3Settings {
            address: S3Address::parse(&address).unwrap(),
            endpoint: Some(server.endpoint().parse().unwrap()),
            region: "garage".to_owned(),
            path_style: true,
        };
        let (key, secret) = server.credentials();
        let credentials = S3Credentials::new(key, secret);
        let blobs = Arc::new(S3Blobs::open(&settings, credentials).unwrap());
        let file = |checksum: &Checksum| {
            let key = at(Path::new(settings.address.prefix()), checksum);
            server.file(key.to_str().unwrap())
        };
        contract::blobs(
            blobs,
            |checksum| {
                let file = file(checksum);
                assert!(file.exists(), "damage is done where the archive is");
                std::fs::write(file, "not what was kept").unwrap();
            },
            |checksum, time| set_time(&file(checksum), time),
        )
        .await;
    }
}
