//! Adapters for what is kept: facts and projections in SQLite or PostgreSQL, archives in
//! files or an object store, and what one run leaves to the next.
//!
//! Absent: what a fact means, and who may write one.

mod blobs;
mod egress;
mod keepsake;
mod lock;
mod migrate;
mod objects;
mod postgres;
mod rows;
mod sqlite;
mod vault;

use crossdock_core::timestamp::Timestamp;
use std::sync::Arc;

pub use blobs::{FileBlobs, TieredBlobs};
pub use egress::EgressTable;
pub use keepsake::FileKeepsake;
pub use lock::DataLock;
pub use objects::{
    CredentialsError, S3Address, S3AddressError, S3Blobs, S3Credentials, S3Settings,
};
pub use postgres::{Listening, PostgresLedger, PostgresUrl, PostgresUrlError};
pub use sqlite::SqliteLedger;
pub use vault::{FolderVault, S3Vault};

/// Tells the time; facts take theirs from it within their transaction.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
