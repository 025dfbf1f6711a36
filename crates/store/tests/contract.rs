//! The real adapters keep the promises of their ports.

use crossdock_registry::contract;
use crossdock_store::{
    FileBlobs, PostgresLedger, PostgresUrl, S3Address, S3Blobs, S3Credentials, S3Settings,
    SqliteLedger, TieredBlobs,
};
use crossdock_test_servers::{Objects, Postgres};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
    contract::blobs(blobs, |checksum| {
        let text = checksum.to_string();
        let file = folder.path().join(&text[..2]).join(&text[2..]);
        std::fs::write(file, "not what was kept").unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_the_blobs_contract() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Arc::new(FileBlobs::open(folder.path()).unwrap());
    contract::blobs(blobs, |checksum| {
        let text = checksum.to_string();
        let file = folder.path().join(&text[..2]).join(&text[2..]);
        assert!(file.exists(), "damage is done where the archive is");
        std::fs::write(file, "not what was kept").unwrap();
    })
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
        contract::blobs(blobs, |checksum| {
            let text = checksum.to_string();
            let key = format!(
                "{}/{}/{}",
                settings.address.prefix(),
                &text[..2],
                &text[2..]
            );
            let file = server.file(key.trim_start_matches('/'));
            assert!(file.exists(), "damage is done where the archive is");
            std::fs::write(file, "not what was kept").unwrap();
        })
        .await;
    }
}
