//! What the use cases need of the world, each port by its guarantees.
//!
//! Adapters live in `store` and `upstream`; [`crate::memory`] has full fakes with
//! faults on command. A port says what holds (durability, uniqueness, deadlines),
//! never which product gives it.

pub mod blobs;
pub mod ledger;
pub mod upstream;

pub use blobs::{Blobs, StoreError};
pub use ledger::{
    AppendError, Applied, Batch, Change, HostedCrate, HostedRelease, Ledger, Mirrored,
};
pub use upstream::{DownloadError, IndexAnswer, Silence, Upstream, Validators};
