//! One row of an index file: a JSON object that tells one release.
//!
//! Cargo Book, "Registry Index", JSON schema. Reading follows what cargo 1.95
//! does (measured): a row that it could not read is refused here with the reason,
//! fields we do not know are kept as text, and writing puts known fields into
//! cargo's order. What a dependency's `registry` means depends on who asks, so
//! both directions take a function for it.
//!
//! Absent: which rows belong into a file (`index_file.rs`), and any judgement.

mod decode;
mod encode;
mod readable;
mod yank;

use crate::json_depth::DEPTH_MAX;
use crossdock_core::address::AddressError;
use crossdock_core::checksum::ChecksumError;
use crossdock_core::name::NameError;
use crossdock_core::version::VersionError;

pub(crate) use decode::Reader;
pub use decode::decode;
pub use encode::{Writer, encode};
pub use yank::with_yanked;

/// Highest schema version that cargo of today reads (`INDEX_V_MAX` of cargo 1.95).
pub const SCHEMA_VERSION_MAX: u32 = 2;

/// Why a row is no release that cargo could use.
#[derive(Debug, thiserror::Error)]
pub enum IndexLineError {
    /// Not JSON, a known field of another type, a field missing or twice.
    #[error("row is not valid: {}", shown(.0))]
    Json(#[from] serde_json::Error),
    /// It nests deeper than any row needs.
    #[error("row nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// The name breaks the grammar.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The version breaks the grammar.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// `cksum` is not 64 lower-case hex digits.
    #[error(transparent)]
    Checksum(#[from] ChecksumError),
    /// Something of a dependency that cargo cannot read.
    #[error(
        "dependency `{}`: `{}` is no valid {what}",
        shown(dependency),
        shown(value)
    )]
    Dependency {
        /// The dependency's name in the row.
        dependency: String,
        /// What cargo would take the value for.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// `rust_version` is something else than one to three numbers.
    #[error("`{}` is no valid rust_version", shown(.0))]
    RustVersion(String),
    /// A dependency's `registry` is no address cargo may be sent to.
    #[error("dependency `{}`: {source}", shown(dependency))]
    Registry {
        /// The dependency's name in the row.
        dependency: String,
        /// What is wrong with the address.
        source: AddressError,
    },
    /// A schema version that cargo of today skips, or 0.
    #[error("row has schema version {0}, known are 1 and {SCHEMA_VERSION_MAX}")]
    Schema(u32),
}

/// Longest part of a stranger's text in a message; the reason has to stay in sight.
const SHOWN_CHARS_MAX: usize = 160;

/// Cuts a stranger's text to what fits into one line of a log.
fn shown(text: &impl std::fmt::Display) -> String {
    let text = text.to_string();
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| if breaks_a_line(c) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters, and those that end a line or turn its direction.
fn breaks_a_line(c: char) -> bool {
    let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}
