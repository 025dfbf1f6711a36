//! Several nodes on one database: the cases and the law that hold over the ledger
//! in memory, with the worlds that those tests are made of.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]
#![allow(
    dead_code,
    reason = "worlds can do more than what is tried over this ledger"
)]

#[path = "../../../registry/tests/use_cases/nodes.rs"]
mod nodes;
#[path = "../../../registry/tests/use_cases/nodes_law.rs"]
mod nodes_law;
#[path = "../../../registry/tests/use_cases/nodes_tokens.rs"]
mod nodes_tokens;
#[path = "../../../registry/tests/use_cases/package.rs"]
mod package;
#[path = "../../../registry/tests/use_cases/plan.rs"]
mod plan;
#[path = "../../../registry/tests/use_cases/row.rs"]
mod row;
#[path = "../../../registry/tests/use_cases/world.rs"]
mod world;

use crossdock_registry::memory::Clock;
use crossdock_store::{PostgresLedger, PostgresUrl, SqliteLedger};
use crossdock_test_servers::Postgres;
use proptest::test_runner::{Config, TestRunner};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Databases in one folder, another for each case.
struct Databases {
    folder: TempDir,
    opened: AtomicU32,
}

impl Databases {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            opened: AtomicU32::new(0),
        }
    }

    async fn open(&self, clock: Clock) -> Arc<SqliteLedger> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("{number}.sqlite"));
        Arc::new(SqliteLedger::open(&path, clock).await.unwrap())
    }
}

#[tokio::test]
async fn what_is_done_on_one_node_is_seen_on_another_in_sqlite() {
    let databases = Databases::new();
    nodes::every_case(&async |clock| databases.open(clock).await).await;
}

#[test]
fn nodes_that_followed_say_the_same_in_sqlite() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let databases = Databases::new();
    let open = async |clock| databases.open(clock).await;
    let mut runner = TestRunner::new(Config {
        // Each of them waits for the disk some hundred times.
        cases: 16,
        failure_persistence: None,
        ..Config::default()
    });
    let law = |history| runtime.block_on(nodes_law::hold(&history, &open));
    runner.run(&nodes_law::history(), law).unwrap();
}

async fn in_postgresql(server: &Postgres, clock: Clock) -> Arc<PostgresLedger> {
    let url = PostgresUrl::parse(&server.database()).unwrap();
    Arc::new(PostgresLedger::open(&url, clock).await.unwrap())
}

#[tokio::test]
async fn what_is_done_on_one_node_is_seen_on_another_in_postgresql() {
    let server = Postgres::start();
    nodes::every_case(&async |clock| in_postgresql(&server, clock).await).await;
}

#[test]
fn nodes_that_followed_say_the_same_in_postgresql() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = Postgres::start();
    let open = async |clock| in_postgresql(&server, clock).await;
    let mut runner = TestRunner::new(Config {
        // Each of them waits for the disk some hundred times.
        cases: 8,
        failure_persistence: None,
        ..Config::default()
    });
    let law = |history| runtime.block_on(nodes_law::hold(&history, &open));
    runner.run(&nodes_law::history(), law).unwrap();
}
