//! `.crate` files: what is in them, and what makes one unsafe.
//!
//! cargo unpacks a `.crate` as a gzip of a tar, with the checks of its own version.
//! What must not reach any cargo is refused here, whoever sends it.
//!
//! Absent: files and folders. Bytes come in, values go out; nothing is unpacked.

mod block;
mod clash;
mod content;
mod gunzip;
mod inspect;
mod limits;
mod members;
mod named;
mod pack;
mod path;
mod pax;
mod portable;
mod refusal;
mod rename;
mod renumber;
mod rewrite_manifest;

pub use content::{Content, ContentFile, Difference, EmbeddedLock, LOCK, VCS_INFO, content};
pub use inspect::{FileEntry, Inspection, inspect};
pub use limits::{Limits, Scope};
pub use named::named;
pub use pack::{PackError, PackedFile, Tree, pack, unpack};
pub use refusal::{ArchiveError, EntryRule, TarFault};
pub use rename::{RenameError, rename};
pub use renumber::renumber;
pub use rewrite_manifest::{RewriteError, rewrite_manifest};
