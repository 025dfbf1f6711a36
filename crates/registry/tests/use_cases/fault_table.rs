//! Every write of every operation, met by every fault: what holds then, as a table.
//!
//! Which writes an operation makes is counted, not listed, so that a new one is tried
//! without anybody thinking of it. What was found is what `docs/faults.md` says; with
//! `CROSSDOCK_WRITE_DOCS` in the environment it is written there instead of compared.

mod document;
mod operation;

use super::world::World;
use crossdock_core::timestamp::Timestamp;
use crossdock_registry::memory::{ManualClock, MemoryLedger, WriteFault, Writes};
use crossdock_registry::ports::StoreError;
use crossdock_registry::{Fsck, Refusal, RefusalKind};
use operation::Operation;
use std::sync::Arc;

/// The faults, as columns.
fn faults() -> [WriteFault; 5] {
    let told = || "told so".to_owned();
    [
        WriteFault::Fails(StoreError::Unavailable(told())),
        WriteFault::Fails(StoreError::Full(told())),
        WriteFault::FailsOnceKept(StoreError::Unavailable(told())),
        WriteFault::Ends,
        WriteFault::EndsOnceKept,
    ]
}

const COLUMNS: &str = "\
| operation | its writes, in order | fails | no space | fails, though kept | killed before | killed after |
|---|---|---|---|---|---|---|
";

#[tokio::test]
async fn every_write_of_every_operation_holds_what_the_table_says() {
    let mut table = COLUMNS.to_owned();
    for operation in Operation::ALL {
        let case = Case::of(operation).await;
        for (number, write) in case.writes.iter().enumerate() {
            table += &format!("| {} | {write} |", operation.words());
            for fault in faults() {
                table += &format!(" {} |", case.met(number, fault).await);
            }
            table.push('\n');
        }
    }
    document::holds("use cases", &table);
}

/// An operation, and what it is without a fault.
struct Case {
    operation: Operation,
    writes: Vec<String>,
    before: String,
    after: String,
}

impl Case {
    async fn of(operation: Operation) -> Self {
        let before = operation.look(&operation.prepared().await).await;
        let world = operation.prepared().await;
        let writes = counted(&world, None);
        operation.act(&world).await.unwrap();
        let made = writes.made();
        let after = operation.look(&world).await;
        assert!(!made.is_empty(), "{operation:?} writes something");
        assert_ne!(before, after, "{operation:?} can be seen");
        sound(&world).await;
        Self {
            operation,
            writes: made,
            before,
            after,
        }
    }

    /// Lets one write meet a fault, and says what holds then.
    async fn met(&self, number: usize, fault: WriteFault) -> String {
        let of = format!("{:?}, write {number}, {fault:?}", self.operation);
        let mut world = self.operation.prepared().await;
        let writes = counted(&world, Some((number, fault)));
        let answer = tokio::select! {
            acted = self.operation.act(&world) => Some(acted),
            () = writes.ended() => None,
        };
        let answered = match &answer {
            None => String::new(),
            Some(Ok(())) => "200, ".to_owned(),
            Some(Err(refusal)) => format!("{}, ", status(refusal)),
        };
        // What was kept although an error said otherwise is learnt without a restart: the
        // follower looks twice a second.
        let alive = match answer {
            Some(_) => {
                world.federation.catch_up().await.unwrap();
                Some(self.outcome(&world, &of).await)
            }
            None => None,
        };
        world.restart_killed().await;
        let outcome = self.outcome(&world, &of).await;
        if let Some(alive) = alive {
            assert_eq!(alive, outcome, "{of}: a restart changes nothing");
        }
        if matches!(answer, Some(Ok(()))) {
            assert_eq!(outcome, "all", "{of}: acknowledged");
        }
        sound(&world).await;
        match self.operation.act(&world).await {
            Ok(()) => {}
            Err(refusal) if outcome == "all" => {
                let already = [RefusalKind::Exists, RefusalKind::Conflict];
                assert!(already.contains(&refusal.kind), "{of}: again: {refusal}");
            }
            Err(refusal) => panic!("{of}: again: {refusal}"),
        }
        assert_eq!(self.outcome(&world, &of).await, "all", "{of}: again");
        sound(&world).await;
        format!("{answered}{outcome}")
    }

    /// Says whether all of the operation is seen, or nothing: there is no third.
    async fn outcome(&self, world: &World, of: &str) -> &'static str {
        let seen = self.operation.look(world).await;
        if seen == self.before {
            return "nothing";
        }
        assert_eq!(seen, self.after, "{of}: half of it is seen");
        "all"
    }
}

fn counted(world: &World, planned: Option<(usize, WriteFault)>) -> Arc<Writes> {
    let writes = Arc::new(Writes::default());
    writes.count(planned);
    world.ledger.count_in(&writes);
    world.blobs.count_in(&writes);
    writes
}

fn status(refusal: &Refusal) -> u16 {
    match refusal.kind {
        RefusalKind::Full => 507,
        RefusalKind::Unavailable => 503,
        _ => panic!("{refusal}"),
    }
}

/// Holds everything that is kept against itself.
async fn sound(world: &World) {
    let clock = ManualClock::at(Timestamp::from_unix_seconds(0).unwrap());
    let fsck = Fsck {
        ledger: &*world.ledger,
        blobs: &*world.blobs,
        scratch: &MemoryLedger::new(clock.reading()),
        set_clock: &|time| clock.set(time),
        repairs: None,
        step: &|| {},
    };
    assert_eq!(fsck.run().await.unwrap().findings, []);
}
