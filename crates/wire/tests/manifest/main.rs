//! The manifest inside an archive: what is read, what is refused, what row it makes.
//!
//! One program for all files. Nothing is read from disk; manifests stand where they
//! are used.

#![expect(
    clippy::unwrap_used,
    reason = "all of this program is test; a panic is how it says no"
)]

mod admission;
mod dependencies;
mod package;
mod random;
mod row;

use crossdock_wire::manifest::{Manifest, ManifestError, parse};

const PACKAGE: &str = "[package]\nname = \"n\"\nversion = \"1.2.3\"\n";

/// Reads a manifest of which only the rest is of interest.
fn with(rest: &str) -> Result<Manifest, ManifestError> {
    parse(&format!("{PACKAGE}{rest}"))
}

fn refused(rest: &str) -> ManifestError {
    match with(rest) {
        Err(error) => error,
        Ok(_) => unreachable!("read:\n{rest}"),
    }
}
