//! Folders of `.crate` files and cargo workspaces, read as packed releases.
//!
//! Which files belong to a package and what its manifest means when it is packed is
//! cargo's knowledge, so cargo packs; what it packs is packed again canonically, so
//! that the same tree is the same bytes in any folder and on any machine.
//!
//! This crate reads folders and runs cargo. Absent: registries, rows, what is kept
//! and what is served.

mod archive_file;
mod fingerprint;
mod live;
mod manifest_file;
mod options;
mod package_cargo;
mod packed;
mod packer;
mod program;
mod read_file;
mod selection;
mod walk;
mod whole_path;
mod workspace;

pub use live::{Live, Seen, Standing};
pub use options::{Cargo, Options};
pub use packed::{Beside, Found, Packed, Problem};
pub use packer::Packer;
