//! Which release an archive says it is of, by the folder that all its files lie in.
//!
//! For archives that come as files, whose own names anybody may have changed.
//!
//! Absent: whether the archive is sound and its manifest agrees (`inspect.rs`).

use crate::limits::Limits;
use crate::members::Members;
use crate::refusal::ArchiveError;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

/// Reads name and version from the folder of the first entry.
///
/// Returns nothing if there is no entry or its folder is no `NAME-VERSION`. What it
/// returns is a claim: [`crate::inspect`] holds every other entry against it.
///
/// # Errors
/// [`ArchiveError`], if the archive cannot be read as far as its first entry.
pub fn named(bytes: &[u8], limits: &Limits) -> Result<Option<(CrateName, Version)>, ArchiveError> {
    let first = Members::new(bytes, limits)?.next_member()?;
    let path = first.map(|member| member.path).unwrap_or_default();
    let folder = path.split(|byte| *byte == b'/').next().unwrap_or_default();
    Ok(std::str::from_utf8(folder).ok().and_then(split))
}

/// Splits `NAME-VERSION`. Names have no dots and versions begin with a number and a
/// dot, so the hyphen before the first dot is the one, whatever hyphens either has.
fn split(folder: &str) -> Option<(CrateName, Version)> {
    let dot = folder.find('.')?;
    let hyphen = folder[..dot].rfind('-')?;
    let name = CrateName::parse(&folder[..hyphen]).ok()?;
    let version = Version::parse(&folder[hyphen + 1..]).ok()?;
    Some((name, version))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_hyphen_before_the_first_dot_divides() {
        for (folder, name, version) in [
            ("petal-1.0.0", "petal", "1.0.0"),
            ("petal-1-2.0.0-rc-1.2+b-3", "petal-1", "2.0.0-rc-1.2+b-3"),
            ("hc-128-0.1.0", "hc-128", "0.1.0"),
        ] {
            let split =
                split(folder).map(|(name, version)| (name.to_string(), version.to_string()));
            assert_eq!(split, Some((name.to_owned(), version.to_owned())));
        }
        for folder in ["", "petal", "petal-1", "-1.0.0", "1.0.0", "petal-x.0.0"] {
            assert_eq!(split(folder), None, "{folder}");
        }
    }
}
