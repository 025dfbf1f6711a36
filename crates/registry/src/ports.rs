//! What the use cases need of the world, each port by its guarantees.
//!
//! Adapters live in `store` and `upstream`; `memory` has full fakes with faults on
//! command, and `contract` the suite that all of them pass. A port says what holds
//! (durability, uniqueness, deadlines), never which product gives it.

pub mod blobs;
pub mod change;
mod compaction;
pub mod directory;
pub mod egress;
pub mod keepsake;
pub mod ledger;
mod new_release;
mod scratch;
pub mod upstream;
mod vault;

pub use blobs::{Blobs, StoreError, Stored};
pub use change::{Change, SeenRows};
pub use compaction::{Compaction, Kept, Line, LineRelease, Packed, Raw, Tiers};
pub use directory::{Directory, FolderContents, FolderProblem, FolderRelease};
pub use egress::{Departed, EgressQuestion, EgressRecord, ErrandKind, Reason};
pub use keepsake::Keepsake;
pub use ledger::{
    AppendError, Applied, Batch, HostedCrate, HostedRelease, Ledger, Mirrored, Observed, SHOWN_MAX,
};
pub use new_release::NewRelease;
pub use scratch::{Scratch, Scratches};
pub use upstream::{DownloadError, IndexAnswer, IndexBody, Silence, Upstream, Validators};
pub use vault::Vault;
