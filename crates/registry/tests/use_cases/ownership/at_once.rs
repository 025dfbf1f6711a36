//! What others record while a name goes to another owner is not forgotten over it.

use super::plan;
use crate::row::Row;
use crate::world::World;
use crossdock_registry::RefusalKind;
use std::sync::Arc;

/// Enough that reading all of them takes a while.
const NAMES: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_recorded_during_a_transfer_stays_known() {
    let world = Arc::new(plan().open().await);
    for number in 0..NAMES {
        let (moved, read) = (format!("moved{number}"), format!("read{number}"));
        for name in [&moved, &read] {
            world.shows("partner", name, &[Row::new(name, "1.0.0")]);
        }
        world.versions("main", &moved).await;
        world.shows("crates-io", &moved, &[Row::new(&moved, "1.0.0")]);
        world.versions("crates-io", &moved).await;
    }
    let reader = tokio::spawn(reads(world.clone()));
    for number in 0..NAMES / 4 {
        let moved = format!("moved{number}");
        world
            .transfer(&moved, "partner", "crates-io")
            .await
            .unwrap();
    }
    reader.await.unwrap();
    for number in 0..NAMES {
        let read = format!("read{number}");
        let refused = world
            .transfer(&read, "acme", "crates-io")
            .await
            .unwrap_err();
        // Known as partner's; of one that is forgotten it is said that it is nobody's.
        assert_eq!(refused.kind, RefusalKind::Conflict, "{refused}");
    }
}

async fn reads(world: Arc<World>) {
    for number in 0..NAMES {
        world.versions("main", &format!("read{number}")).await;
    }
}
