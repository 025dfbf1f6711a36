//! The few things asked of a Cargo.toml without cargo: is it one, what is it of, and
//! where may it be published.
//!
//! Absent: everything that needs cargo's reading of inheritance and defaults.

use crate::packed::Problem;
use crate::read_file::read_file;
use crossdock_wire::manifest::MANIFEST_BYTES_MAX;
use std::path::Path;
use toml::{Table, Value};

/// What a Cargo.toml is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A package, perhaps a workspace's root besides: what lies below its folder is
    /// the package's own affair, but for members of the workspace.
    Package,
    /// A workspace's root alone.
    Workspace,
}

/// Reads what a Cargo.toml is of.
pub(crate) fn kind(path: &Path) -> Result<Kind, Problem> {
    let bytes = read_file(path, MANIFEST_BYTES_MAX as u64)?;
    let text = String::from_utf8(bytes).map_err(|error| Problem::new(path, error))?;
    let table: Table = text.parse().map_err(|error| Problem::new(path, error))?;
    match (
        table.contains_key("package"),
        table.contains_key("workspace"),
    ) {
        (true, _) => Ok(Kind::Package),
        (false, true) => Ok(Kind::Workspace),
        (false, false) => Err(Problem::new(
            path,
            "it has neither [package] nor [workspace]",
        )),
    }
}

/// Gives where a packed manifest permits to publish; nothing if it does not say.
pub(crate) fn publish(manifest: &str) -> Option<Vec<String>> {
    let table: Table = manifest.parse().ok()?;
    match table.get("package")?.get("publish")? {
        Value::Boolean(false) => Some(Vec::new()),
        Value::Array(names) => Some(
            names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        ),
        _ => None,
    }
}
