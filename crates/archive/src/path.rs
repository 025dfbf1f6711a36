//! Paths of entries: where they may lead, and where they could be written.

use crate::inspect::Scope;
use crate::refusal::ArchiveError;

/// Longest path in bytes; file systems take 4096 with the folder it is unpacked in.
const PATH_BYTES_MAX: usize = 1024;

/// Checks a path and returns it below the root folder; the root itself is empty.
pub(crate) fn checked<'p>(
    path: &'p [u8],
    root: &str,
    scope: Scope,
) -> Result<&'p str, ArchiveError> {
    let text = std::str::from_utf8(path)
        .map_err(|_| ArchiveError::path(&String::from_utf8_lossy(path), "a path must be UTF-8"))?;
    let refuse = |rule| Err(ArchiveError::path(text, rule));
    if text.len() > PATH_BYTES_MAX {
        return refuse("a path must have at most 1024 bytes");
    }
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return refuse("a path must not hold control characters");
    }
    if text.starts_with('/') {
        return refuse("a path must not be absolute");
    }
    let trimmed = text.strip_suffix('/').unwrap_or(text);
    if trimmed.split('/').any(|part| part == "..") {
        return refuse("a path must not hold `..`");
    }
    if trimmed
        .split('/')
        .any(|part| part.is_empty() || part == ".")
    {
        return refuse("a path must not hold empty parts or `.`");
    }
    let Some(below) = trimmed.strip_prefix(root) else {
        return refuse("every path must begin with the crate's name and version");
    };
    let below = match below.strip_prefix('/') {
        Some(below) => below,
        None if below.is_empty() => "",
        None => return refuse("every path must begin with the crate's name and version"),
    };
    if below.split('/').any(|part| part == ".cargo-ok") {
        return refuse("`.cargo-ok` is cargo's own mark of a complete unpacking");
    }
    if scope == Scope::Publish {
        portable(text, below)?;
    }
    Ok(below)
}

/// Refuses what cannot be written on Windows or means something else there.
fn portable(text: &str, below: &str) -> Result<(), ArchiveError> {
    let refuse = |rule| Err(ArchiveError::path(text, rule));
    for part in below.split('/').filter(|part| !part.is_empty()) {
        if part.bytes().any(|byte| b"<>:\"|?*\\".contains(&byte)) {
            return refuse("a path must not hold any of < > : \" | ? * \\");
        }
        if part.ends_with('.') || part.ends_with(' ') {
            return refuse("a part of a path must not end with a dot or space");
        }
        let stem = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
        let device = |prefix: &str| {
            stem.strip_prefix(prefix)
                .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
        };
        if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || device("com") || device("lpt")
        {
            return refuse("a part of a path must not be a device name of Windows");
        }
    }
    Ok(())
}
