//! What only a database that several nodes share can show.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]

use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{
    AppendError, Applied, Batch, Change, Ledger, NewRelease, StoreError,
};
use crossdock_store::{PostgresLedger, PostgresUrl, SqliteLedger};
use crossdock_test_servers::Postgres;
use futures::future::join_all;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

fn clock(seconds: i64) -> crossdock_store::Clock {
    Arc::new(move || Timestamp::from_unix_seconds(1_790_000_000 + seconds).unwrap())
}

async fn open(url: &str, seconds: i64) -> Result<PostgresLedger, StoreError> {
    PostgresLedger::open(&PostgresUrl::parse(url).unwrap(), clock(seconds)).await
}

fn publish(name: &str, version: &str) -> Batch {
    Batch {
        actor: Actor::admin(),
        changes: vec![Change::Publish(NewRelease {
            registry: RegistryName::parse("acme").unwrap(),
            name: CrateName::parse(name).unwrap(),
            version: Version::parse(version).unwrap(),
            checksum: Checksum::of(version.as_bytes()),
            row: "{}".to_owned(),
            metadata: "{}".to_owned(),
        })],
    }
}

/// The parts of a database that statements rely on: its tables with their columns.
fn columns(told: &str) -> Vec<String> {
    let mut columns: Vec<String> = told.lines().map(str::to_owned).collect();
    columns.sort();
    columns
}

#[tokio::test]
async fn both_products_have_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    SqliteLedger::open(&path, clock(0))
        .await
        .unwrap()
        .close()
        .await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut sqlite = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options)
        .await
        .unwrap();
    let here: Vec<(String,)> = sqlx::query_as(
        "SELECT tables.name || '.' || columns.name FROM sqlite_master AS tables, \
         pragma_table_info(tables.name) AS columns \
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut sqlite)
    .await
    .unwrap();
    let here: Vec<String> = here.into_iter().map(|(column,)| column).collect();

    let server = Postgres::start();
    let url = server.database();
    open(&url, 0).await.unwrap().close().await;
    let there = server.say(
        url.rsplit('/').next().unwrap(),
        "SELECT table_name || '.' || column_name FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> 'crossdock_version'",
    );
    assert_eq!(columns(&here.join("\n")), columns(&there));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_record_in_one_sequence_without_gaps_and_one_of_them_wins() {
    let server = Postgres::start();
    let url = server.database();
    // They start at once, so that they also make the tables at once; their clocks differ.
    let opened = join_all([0, 30, -30].map(|seconds| open(&url, seconds))).await;
    let nodes: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    let mut appends = Vec::new();
    for number in 0..40 {
        for (of, node) in nodes.iter().enumerate() {
            appends.push(node.append(publish("contested", &format!("{number}.0.0"))));
            appends.push(node.append(publish(&format!("own{of}"), &format!("{number}.0.0"))));
        }
    }
    let mut positions = Vec::new();
    let mut beaten = 0;
    for outcome in join_all(appends).await {
        match outcome {
            Ok(applied) => match applied[..] {
                [Applied::Fact { sequence, time }] => positions.push((sequence, time)),
                _ => panic!("{applied:?}"),
            },
            Err(AppendError::VersionExists { .. }) => beaten += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(beaten, 40 * 2, "of three who publish a version one does");
    positions.sort();
    let expected: Vec<u64> = (1..=160).collect();
    let found: Vec<u64> = positions.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(found, expected);
    assert!(positions.is_sorted_by_key(|(_, time)| *time));
    for node in &nodes {
        assert_eq!(node.position().await.unwrap(), 160);
        assert!(node.commits() < 80, "groups are committed together");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_hears_of_what_another_records() {
    let server = Postgres::start();
    let url = server.database();
    let (here, there) = (open(&url, 0).await.unwrap(), open(&url, 0).await.unwrap());
    let heard = Arc::new(Notify::new());
    let told = heard.clone();
    let _listening = here.listen(move || told.notify_one());
    let soon = Duration::from_secs(30);
    // Once when it begins to listen.
    tokio::time::timeout(soon, heard.notified()).await.unwrap();
    for version in ["1.0.0", "1.1.0"] {
        there.append(publish("petal", version)).await.unwrap();
        tokio::time::timeout(soon, heard.notified()).await.unwrap();
    }
    server.stop();
    server.begin();
    // Something may have been recorded while nobody heard.
    tokio::time::timeout(soon, heard.notified()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_says_so_soon_and_goes_on_when_it_is_not() {
    let server = Postgres::start();
    let url = server.database();
    let ledger = open(&url, 0).await.unwrap();
    ledger.append(publish("petal", "1.0.0")).await.unwrap();
    ledger.position().await.unwrap();
    server.stop();
    let began = Instant::now();
    let refused = ledger.append(publish("petal", "1.1.0")).await;
    let is_unavailable = matches!(refused, Err(AppendError::Store(StoreError::Unavailable(_))));
    assert!(is_unavailable, "{refused:?}");
    let read = ledger.position().await;
    assert!(matches!(read, Err(StoreError::Unavailable(_))), "{read:?}");
    assert!(ledger.probe().await.is_err());
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
    server.begin();
    // The first try after that, without one that finds out.
    ledger.append(publish("petal", "1.1.0")).await.unwrap();
    assert_eq!(ledger.position().await.unwrap(), 2);
    assert_eq!(ledger.probe().await.unwrap(), 2);
    server.stop();
    server.begin();
    // A connection that was lost unnoticed: nothing was asked on it yet.
    ledger.append(publish("petal", "1.2.0")).await.unwrap();
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let server = Postgres::start();
    let url = server.database();
    server.say("postgres", "ALTER SYSTEM SET fsync = off");
    server.say("postgres", "SELECT pg_reload_conf()");
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.say("postgres", "SHOW fsync") != "off" {
        assert!(Instant::now() < deadline);
    }
    let refused = open(&url, 0).await.err().unwrap().to_string();
    assert!(refused.contains("set fsync = on"), "{refused}");
}

#[tokio::test]
async fn a_database_of_a_newer_crossdock_is_refused() {
    let server = Postgres::start();
    let url = server.database();
    open(&url, 0).await.unwrap().close().await;
    let database = url.rsplit('/').next().unwrap();
    server.say(database, "UPDATE crossdock_version SET version = 99");
    let refused = open(&url, 0).await.err().unwrap().to_string();
    assert!(refused.contains("newer Crossdock"), "{refused}");
}
