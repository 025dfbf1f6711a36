//! The licence in a manifest of any age.
//!
//! Apart from [`super::parse`], which is strict because it judges uploads: archives
//! of mirrors are as old as crates.io, and nothing but two fields is asked of them.

use super::MANIFEST_BYTES_MAX;
use toml::Table;

/// What a manifest says of its licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaidLicence {
    /// `license`.
    pub license: Option<String>,
    /// `license-file`.
    pub license_file: Option<String>,
}

/// Reads the licence of a manifest; nothing if it is no manifest.
///
/// Where the section is still called `[project]`, as cargo wrote before 1.0, that
/// one is read.
pub fn licence(text: &str) -> Option<SaidLicence> {
    if text.len() > MANIFEST_BYTES_MAX {
        return None;
    }
    let table: Table = text.parse().ok()?;
    let package = table.get("package").or_else(|| table.get("project"))?;
    let text = |key: &str| Some(package.get(key)?.as_str()?.to_owned());
    Some(SaidLicence {
        license: text("license"),
        license_file: text("license-file"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_of_any_age() {
        let said = |text: &str| licence(text).map(|said| (said.license, said.license_file));
        let mit = Some((Some("MIT".to_owned()), None));
        assert_eq!(said("[package]\nlicense = 'MIT'"), mit);
        assert_eq!(said("[project]\nlicense = 'MIT'"), mit);
        let file = Some((None, Some("COPYING".to_owned())));
        assert_eq!(said("[package]\nlicense-file = 'COPYING'"), file);
        assert_eq!(said("[package]\nlicense = 3"), Some((None, None)));
        assert_eq!(said("[lib]"), None);
        assert_eq!(said("[package"), None);
        assert_eq!(said(""), None);
    }
}
