//! Groups that succeed, groups that fail, and what comes after them.

use super::{Clock, schema};
use crate::sqlite::ledger::writer::{GROUP_MAX, Writer};
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use crossdock_registry::ports::{AppendError, Applied, Batch, Change, NewRelease, StoreError};
use futures::future::join_all;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use tempfile::TempDir;

/// A writer, and the folder that its database is in.
struct Bench {
    writer: Writer,
    _folder: TempDir,
}

async fn bench(
    options: impl FnOnce(SqliteConnectOptions) -> SqliteConnectOptions,
    prepare: impl AsyncFnOnce(&mut SqliteConnection),
) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let options = options(
        SqliteConnectOptions::new()
            .filename(folder.path().join("test.sqlite"))
            .create_if_missing(true),
    );
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    schema::migrate(&mut connection).await.unwrap();
    prepare(&mut connection).await;
    let clock: Clock = Arc::new(|| Timestamp::from_unix_seconds(1_790_000_000).unwrap());
    Bench {
        writer: Writer::start(connection, options, clock),
        _folder: folder,
    }
}

fn publish(version: &str, metadata_bytes: usize) -> Batch {
    Batch {
        actor: Actor::admin(),
        changes: vec![Change::Publish(NewRelease {
            registry: RegistryName::parse("acme").unwrap(),
            name: CrateName::parse("petal").unwrap(),
            version: Version::parse(version).unwrap(),
            checksum: Checksum::of(version.as_bytes()),
            row: "{}".to_owned(),
            metadata: "x".repeat(metadata_bytes),
        })],
    }
}

// On one thread everybody queues before the writer runs, so groups are known exactly.

#[tokio::test]
async fn what_waits_together_is_committed_together() {
    let Bench { writer, _folder } = bench(|options| options, async |_| {}).await;
    let versions: Vec<String> = (0..GROUP_MAX + 64).map(|n| format!("{n}.0.0")).collect();
    let appends = versions
        .iter()
        .map(|version| writer.append(publish(version, 0)));
    let outcomes = join_all(appends).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(
        writer.commits(),
        2,
        "one full group, and the 64 that did not fit"
    );
}

#[tokio::test]
async fn a_refused_batch_takes_no_other_with_it() {
    let Bench { writer, _folder } = bench(|options| options, async |_| {}).await;
    let versions = ["1.0.0", "1.1.0", "1.0.0", "1.2.0", "1.1.0+b"];
    let appends = versions.map(|version| writer.append(publish(version, 0)));
    let outcomes = join_all(appends).await;
    let recorded: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(recorded, [true, true, false, true, false]);
    let Ok(applied) = &outcomes[3] else {
        unreachable!("1.2.0 is the only one of its version");
    };
    assert!(matches!(applied[..], [Applied::Fact { sequence: 3, .. }]));
    assert_eq!(writer.commits(), 1);
}

#[tokio::test]
async fn nobody_is_acknowledged_when_the_commit_fails() {
    let refuse_commits = async |connection: &mut SqliteConnection| {
        let mut handle = connection.lock_handle().await.unwrap();
        handle.set_commit_hook(|| false);
    };
    let Bench { writer, _folder } = bench(|options| options, refuse_commits).await;
    let appends = ["1.0.0", "1.1.0"].map(|version| writer.append(publish(version, 0)));
    for outcome in join_all(appends).await {
        assert!(matches!(outcome, Err(AppendError::Store(_))), "{outcome:?}");
    }
    assert_eq!(writer.commits(), 0);
    // The hook went with its connection.
    let again = writer.append(publish("1.0.0", 0)).await.unwrap();
    assert!(matches!(again[..], [Applied::Fact { sequence: 1, .. }]));
}

#[tokio::test]
async fn a_full_store_says_so_and_goes_on_with_what_fits() {
    let small = |options: SqliteConnectOptions| options.pragma("max_page_count", "64");
    let Bench { writer, _folder } = bench(small, async |_| {}).await;
    for _ in 0..3 {
        let outcome = writer.append(publish("1.0.0", 1 << 20)).await;
        let full = matches!(outcome, Err(AppendError::Store(StoreError::Full(_))));
        assert!(full, "{outcome:?}");
    }
    let fits = writer.append(publish("1.0.0", 100)).await.unwrap();
    assert!(matches!(fits[..], [Applied::Fact { sequence: 1, .. }]));
}

#[tokio::test]
async fn closing_writes_what_waits_and_refuses_what_comes_later() {
    let Bench { writer, _folder } = bench(|options| options, async |_| {}).await;
    let writer = Arc::new(writer);
    let queued = writer.clone();
    let waiting = tokio::spawn(async move { queued.append(publish("1.0.0", 0)).await });
    tokio::task::yield_now().await;
    writer.close().await;
    assert!(waiting.await.unwrap().is_ok());
    let late = writer.append(publish("1.1.0", 0)).await;
    assert!(matches!(
        late,
        Err(AppendError::Store(StoreError::Unavailable(_)))
    ));
}
