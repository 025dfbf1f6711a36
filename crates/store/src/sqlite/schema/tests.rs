//! Databases as earlier versions wrote them are read, and written on.

use super::{MIGRATIONS, migrate_by};
use crate::SqliteLedger;
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::fact::{Event, Fact, ReleaseId};
use crossdock_core::name::IndexName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::ManualClock;
use crossdock_registry::ports::{Batch, Change, Ledger, SeenRows, Validators};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection};
use std::path::{Path, PathBuf};

struct Folder {
    path: PathBuf,
    _kept: tempfile::TempDir,
}

/// Makes the database of an early version and fills it.
async fn database(version: usize, filled_by: &[&'static str]) -> Folder {
    let kept = tempfile::tempdir().unwrap();
    let path = kept.path().join("crossdock.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let mut early = SqliteConnection::connect_with(&options).await.unwrap();
    migrate_by(&MIGRATIONS[..version], &mut early)
        .await
        .unwrap();
    for sql in filled_by {
        early.execute(*sql).await.unwrap();
    }
    early.close().await.unwrap();
    Folder { path, _kept: kept }
}

async fn open(path: &Path) -> SqliteLedger {
    let clock = ManualClock::at(moment());
    SqliteLedger::open(path, clock.reading()).await.unwrap()
}

fn moment() -> Timestamp {
    Timestamp::parse("2026-11-21T10:00:00Z").unwrap()
}

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

/// Version 1 kept entries plain and without a hash.
#[tokio::test]
async fn entries_of_version_1_are_read_and_replaced() {
    let entry =
        "INSERT INTO mirrored VALUES ('public', 'petal_rs', 'rows as they were', NULL, NULL)";
    let folder = database(1, &[entry]).await;
    let ledger = open(&folder.path).await;
    let (public, name) = (registry("public"), IndexName::parse("petal_rs").unwrap());
    let read = ledger.mirrored(&public, &name).await.unwrap();
    assert_eq!(read.unwrap().rows, "rows as they were");
    let rows = Bytes::from("{}\n".repeat(10_000));
    let observed = Change::Observe {
        registry: public.clone(),
        name: name.clone(),
        rows: rows.clone(),
        releases: 10_000,
        validators: Validators::default(),
        seen: SeenRows::Whatever,
    };
    let batch = Batch {
        actor: Actor::server(),
        changes: vec![observed],
    };
    ledger.append(batch).await.unwrap();
    let read = ledger.mirrored(&public, &name).await.unwrap();
    assert_eq!(read.unwrap().rows, rows);
    let first = ledger.observed(&public, &name, 0).await.unwrap();
    assert_eq!(first.unwrap().rows, "rows as they were");
}

/// Version 2 kept only the encoding of a fact.
#[tokio::test]
async fn facts_of_version_2_are_found_by_what_they_are_about() {
    let folder = database(2, &[]).await;
    let events = [
        Event::Yanked(ReleaseId {
            registry: registry("acme"),
            name: "petal-rs".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
        }),
        Event::Observed {
            registry: registry("view"),
            name: IndexName::parse("petal_rs").unwrap(),
            rows: crossdock_core::checksum::Checksum::of(b""),
            releases: 0,
        },
        Event::FaceNamed {
            view: registry("registry"),
            member: registry("name"),
            name: "bloom".parse().unwrap(),
            dependent: "rose".parse().unwrap(),
        },
    ];
    let options = SqliteConnectOptions::new().filename(&folder.path);
    let mut early = SqliteConnection::connect_with(&options).await.unwrap();
    for event in &events {
        let fact = Fact {
            time: moment(),
            actor: Actor::server(),
            event: event.clone(),
        };
        sqlx::query("INSERT INTO facts (seconds, kind, encoding) VALUES (0, $1, $2)")
            .bind(event.kind())
            .bind(fact.encode())
            .execute(&mut early)
            .await
            .unwrap();
    }
    // What is kept of a name knows the last fact of its very spelling.
    for name in ["petal_rs", "petal-rs"] {
        sqlx::query("INSERT INTO mirrored (registry, name, row_texts) VALUES ('view', $1, 'rows')")
            .bind(name)
            .execute(&mut early)
            .await
            .unwrap();
    }
    early.close().await.unwrap();
    let ledger = open(&folder.path).await;
    for (name, sequence) in [("petal_rs", 2), ("petal-rs", 0)] {
        let name = IndexName::parse(name).unwrap();
        let kept = ledger.observed(&registry("view"), &name, 0).await;
        assert_eq!(kept.unwrap().unwrap().sequence, sequence);
    }
    ledger.close().await;
    let mut today = SqliteConnection::connect_with(&options).await.unwrap();
    let found: Vec<(String, String)> =
        sqlx::query_as("SELECT scope, subject FROM facts ORDER BY sequence")
            .fetch_all(&mut today)
            .await
            .unwrap();
    let about = |event: &Event| {
        let subject = event.subject().unwrap();
        (event.scope().to_string(), subject.to_string())
    };
    assert_eq!(found, events.iter().map(about).collect::<Vec<_>>());
}
