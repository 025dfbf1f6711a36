//! Rows of mirrors as values that a table can keep: packed, or as what differs.
//!
//! Apart from `sql`, because nothing here knows of a database.

pub(crate) mod difference;
pub(crate) mod packed;

use crossdock_registry::ports::StoreError;

/// Says that something stored cannot have been written by us.
pub(crate) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} in the database is not one of ours"))
}
