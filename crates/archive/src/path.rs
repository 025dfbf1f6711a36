//! Where an entry lies: below the crate's own folder, or nowhere.

use crate::refusal::EntryRule;

/// Longest path in bytes; no file system that cargo unpacks to takes more.
pub(crate) const PATH_BYTES_MAX: usize = 4096;

/// cargo's mark in an unpacked folder.
pub(crate) const CARGO_OK: &str = ".cargo-ok";

/// Gives the path below the crate's folder `root`; the folder's own is empty.
///
/// Empty parts and `.` are left out, as they are when cargo unpacks.
pub(crate) fn below(root: &str, path: &[u8]) -> Result<String, EntryRule> {
    if path.len() > PATH_BYTES_MAX {
        return Err(EntryRule::PathTooLong);
    }
    if path.contains(&0) {
        return Err(EntryRule::Nul);
    }
    let path = std::str::from_utf8(path).map_err(|_| EntryRule::NotText)?;
    if path.starts_with(['/', '\\']) {
        return Err(EntryRule::Absolute);
    }
    // A backslash separates parts on Windows.
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Err(EntryRule::Upwards);
    }
    let mut parts = path.split('/');
    if parts.next() != Some(root) {
        return Err(EntryRule::OtherRoot(root.to_owned()));
    }
    let parts: Vec<&str> = parts
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    match parts.as_slice() {
        [first, ..] if first.eq_ignore_ascii_case(CARGO_OK) => Err(EntryRule::CargoOk),
        _ => Ok(parts.join("/")),
    }
}
