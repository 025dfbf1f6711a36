//! `.crate` files: what is in them, and what makes one unsafe.
//!
//! Absent: files and folders. Bytes come in, values go out; nothing is unpacked.

mod block;
mod gunzip;
mod inspect;
mod path;
mod pax;
mod refusal;

pub use inspect::{FileEntry, Inspection, Limits, Scope, inspect};
pub use refusal::ArchiveError;
