//! What `inspect` refuses, row by row, and what it lets through.
//!
//! Every archive is made here, byte by byte where a tar writer would not write it.
//! The modules follow the parts of an archive; `random` holds the laws.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this program is test; a panic is how it says no"
)]

mod bounds;
mod container;
mod extensions;
mod kinds;
mod listing;
mod made;
mod names;
mod paths;
mod random;
