//! Names that every system can write, asked of what is published.
//!
//! cargo warns of some of them when it packages, and fails to unpack on Windows.
//! Old archives have them, so mirrors do not ask.
//!
//! Absent: spellings that Unicode normalisation makes equal. macOS would merge
//! `é` written in one character with `é` in two; tables for it are not worth a
//! dependency until somebody meets it.

use crate::path::CARGO_OK;
use crate::refusal::{EntryRule, shown};

/// Longest name of one file or folder in bytes, on all common file systems.
const PART_BYTES_MAX: usize = 255;

/// What Windows refuses in names, and what cargo refuses to package.
const REFUSED: &str = "<>:\"|?*\\";

/// Checks the parts of a path, the crate's own folder included.
pub(crate) fn check(path: &str, folder: bool) -> Result<(), EntryRule> {
    let parts = path.strip_suffix('/').filter(|_| folder).unwrap_or(path);
    parts.split('/').try_for_each(part)
}

fn part(part: &str) -> Result<(), EntryRule> {
    if part.is_empty() || part == "." {
        return Err(EntryRule::NotNormal);
    }
    if part.len() > PART_BYTES_MAX {
        return Err(EntryRule::PartTooLong);
    }
    if let Some(refused) = part
        .chars()
        .find(|c| c.is_control() || REFUSED.contains(*c))
    {
        return Err(EntryRule::Character(format!(
            "`{}`",
            refused.escape_debug()
        )));
    }
    if part.ends_with(['.', ' ']) {
        return Err(EntryRule::PartEnd);
    }
    if is_device(part) {
        return Err(EntryRule::DeviceName(shown(part.as_bytes())));
    }
    if part.eq_ignore_ascii_case(CARGO_OK) {
        return Err(EntryRule::CargoOk);
    }
    Ok(())
}

/// Windows takes the name up to the first dot for a device, in any case
/// (Microsoft, "Naming Files, Paths, and Namespaces").
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end_matches(' ');
    let stem = stem.to_ascii_lowercase();
    let numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix).map(|rest| rest.chars().collect());
        let number: Vec<char> = number.unwrap_or_default();
        matches!(number.as_slice(), ['0'..='9' | '¹' | '²' | '³'])
    };
    matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) || numbered("com")
        || numbered("lpt")
}
