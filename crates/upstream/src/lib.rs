//! Adapters for other registries: whoever is asked over the network is asked here,
//! and folders of this machine beside them.
//!
//! [`SparseUpstream`] speaks the sparse protocol of the Cargo Book to one registry.
//! It keeps the promises of the port: every call ends within a deadline and in
//! bounded memory, bytes are verified before they are returned, the token goes to
//! the configured origin only, and whatever leaves is written into [`Egress`].
//!
//! Absent: what is worth asking, what an answer means for a view, what is kept
//! (one request in flight per key included): the use cases in `registry` decide.

mod body;
mod breaker;
mod channel;
mod client;
mod clock;
mod crates_io;
mod directory;
pub mod egress;
mod fetch;
mod kept_config;
mod public_names;
mod reach;
mod refusals;
mod resolver;
mod retry_after;
mod route;
mod secret;
mod settings;
mod shown;
mod sparse;

pub use crates_io::crates_io_index;
pub use directory::FolderDirectory;
pub use egress::Egress;
pub use public_names::{ListError, PublicNames, WatchedNames};
pub use secret::{Secret, SecretError};
pub use settings::{SparseSettings, StartError};
pub use sparse::SparseUpstream;
