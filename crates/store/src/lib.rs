//! Adapters for what is kept: facts and projections in SQLite, archives in files.
//!
//! Absent: what a fact means, and who may write one.

mod blobs;
mod egress;
mod lock;
mod sqlite;

pub use blobs::FileBlobs;
pub use egress::EgressTable;
pub use lock::DataLock;
pub use sqlite::{Clock, SqliteLedger};
