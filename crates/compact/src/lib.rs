//! Archives of one crate kept as differences, and made again byte for byte.
//!
//! A `.crate` is a gzip of a tar. Its bytes say nothing of how alike two versions are;
//! its tar does. So the tar is kept as a difference to that of another version, and
//! beside it a [`Recipe`]: which of a handful of encoders made these bytes of the tar.
//! Nothing is believed: what is made again has the checksum, or it is not given.
//!
//! Absent: files, waiting, and which archives are kept so. Bytes come in, values go out.

mod bits;
mod chain;
mod deflate;
mod delta;
mod encoder;
mod gzip;
mod header;
mod limits;
mod recipe;

pub use chain::{Chain, ChainError, archive};
pub use encoder::Encoder;
pub use header::{Header, HeaderError, MEMBERS_MAX, Member};
pub use limits::Limits;
pub use recipe::{Recipe, Reproduced, RestoreError, reproduce};
