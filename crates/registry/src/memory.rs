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
mod directory;
mod egress;
mod faults;
mod keepsake;
mod ledger;
mod listing;
mod projection;
mod upstream;
mod vault;
mod writes;

pub use blobs::MemoryBlobs;
pub use clock::{Clock, ManualClock};
pub use directory::MemoryDirectory;
pub use egress::MemoryEgress;
pub use keepsake::MemoryKeepsake;
pub use ledger::MemoryLedger;
pub use upstream::{MemoryUpstream, Request, Validating};
pub use vault::MemoryVault;
pub use writes::{WriteFault, Writes};

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
        let damage = |checksum: &_| blobs.damage(checksum);
        contract::blobs(blobs.clone(), damage, |checksum, time| {
            blobs.set_kept(checksum, time)
        })
        .await;
    }

    #[tokio::test]
    async fn a_failure_is_met_once_before_or_after_it_was_recorded() {
        use crate::ports::{Batch, Change, Ledger, StoreError};
        use crossdock_core::actor::Actor;
        use crossdock_core::ownership::Ownership;
        use crossdock_core::registry_name::RegistryName;
        use crossdock_core::timestamp::Timestamp;

        let clock = ManualClock::at(Timestamp::from_unix_seconds(0).unwrap());
        let ledger = MemoryLedger::new(clock.reading());
        let batch = |name: &str| Batch {
            actor: Actor::admin(),
            changes: vec![Change::RecordOwner {
                view: RegistryName::parse("main").unwrap(),
                name: name.parse().unwrap(),
                ownership: Ownership::sole(RegistryName::parse("acme").unwrap()),
            }],
        };
        ledger.fail_next_append(StoreError::Full("on command".to_owned()));
        assert!(ledger.append(batch("petal")).await.is_err());
        assert_eq!(ledger.facts(0, 10).await.unwrap().len(), 0);
        let lost = StoreError::Unavailable("on command".to_owned());
        ledger.fail_next_append_once_recorded(lost);
        assert!(ledger.append(batch("petal")).await.is_err());
        assert_eq!(ledger.facts(0, 10).await.unwrap().len(), 1);
        assert!(ledger.append(batch("rose")).await.is_ok());
        ledger.fail_next_read(StoreError::Corrupt("on command".to_owned()));
        assert!(ledger.facts(0, 10).await.is_err());
        assert_eq!(ledger.facts(0, 10).await.unwrap().len(), 2);
    }
}
