//! Exports: what a lock needs, as a folder that cargo builds from without a network.
//!
//! cargo replaces sources by their address, so an export has one folder for each
//! identity in the lock: the one of crates.io, a view's, those of registries and faces.
//! Rows are taken where cargo itself would read them, through the sparse protocol; so an
//! export can be made from any machine that may read the view.
//!
//! All that an export holds is written in one file of it ([`contents`]); index files,
//! configurations and what has to be checked follow from that file alone.
//!
//! Absent: the command line, and how far it is being shown.

mod archives;
pub mod closure;
pub mod configuration;
pub mod contents;
mod earlier;
mod edges;
pub mod error;
pub mod fetch;
mod finish;
pub mod git;
pub mod index_files;
pub mod layout;
pub mod names;
pub mod origin;
pub mod place;
pub mod report;
pub mod run;
mod there;
pub mod vendor;
pub mod verify;
