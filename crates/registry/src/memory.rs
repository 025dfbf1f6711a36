//! The ports in memory: full implementations, with faults on command.
//!
//! Use cases are tested against these, in no time and without a disk or a network.
//! They keep every guarantee of their port; [`crate::contract`] holds them to it as
//! it does the real adapters. What only a fake can do is to fail when told to: once,
//! before or after it has kept what it was given.
//!
//! Absent: expectations on calls. A test looks at what is kept and what was asked.

mod blobs;
mod clock;
mod faults;
mod ledger;
mod projection;
mod upstream;

pub use blobs::MemoryBlobs;
pub use clock::{Clock, ManualClock};
pub use ledger::MemoryLedger;
pub use upstream::{MemoryUpstream, Request, Validating};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_ledger_keeps_its_contract() {
        contract::ledger(async |clock| Arc::new(MemoryLedger::new(clock)) as _).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_blobs_keep_their_contract() {
        let blobs = Arc::new(MemoryBlobs::default());
        contract::blobs(blobs.clone(), |checksum| blobs.damage(checksum)).await;
    }
}
