//! What the `dl` of a `config.json` becomes for one release.
//!
//! Cargo Book, "Registry Index", Index Configuration. Upstreams are built for
//! cargo, so this follows what cargo does to the letter, not what a URL library
//! would: text is replaced by text. In particular nothing is percent-encoded: the
//! `+` of a version is sent as `+` (cargo 1.95's `sources/registry/download.rs`),
//! and no other character of a name or version would need it.
//!
//! Absent: whether the outcome is an address anyone should go to.

use crate::index_path;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;

/// Returns the address of a release's archive.
///
/// The markers are `{crate}`, `{version}`, `{prefix}`, `{lowerprefix}` and
/// `{sha256-checksum}`. "If none of the markers are present, then the value
/// `/{crate}/{version}/download` is appended to the end."
pub fn expand(template: &str, name: &CrateName, version: &Version, checksum: &Checksum) -> String {
    let prefix = index_path::directory(name.as_str());
    let markers = [
        ("{crate}", name.to_string()),
        ("{version}", version.to_string()),
        ("{lowerprefix}", prefix.to_ascii_lowercase()),
        ("{prefix}", prefix),
        ("{sha256-checksum}", checksum.to_string()),
    ];
    if !markers.iter().any(|(marker, _)| template.contains(marker)) {
        return format!("{template}/{name}/{version}/download");
    }
    // No value contains a brace, so the order of replacement decides nothing.
    markers
        .iter()
        .fold(template.to_owned(), |address, (marker, value)| {
            address.replace(marker, value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(template: &str, name: &str, version: &str) -> String {
        expand(
            template,
            &CrateName::parse(name).unwrap(),
            &Version::parse(version).unwrap(),
            &Checksum::of(b""),
        )
    }

    #[test]
    fn every_marker_is_replaced_wherever_it_stands() {
        let sum = Checksum::of(b"").to_string();
        for (template, address) in [
            (
                "https://h/{crate}/{crate}-{version}.crate",
                "https://h/MyCrate/MyCrate-1.0.0.crate".to_owned(),
            ),
            (
                "https://h/{prefix}/{lowerprefix}/{crate}",
                "https://h/My/Cr/my/cr/MyCrate".to_owned(),
            ),
            ("https://h/{sha256-checksum}", format!("https://h/{sum}")),
            (
                "https://{crate}.h/?v={version}",
                "https://MyCrate.h/?v=1.0.0".to_owned(),
            ),
            (
                "https://h/{other}/{crate}",
                "https://h/{other}/MyCrate".to_owned(),
            ),
        ] {
            assert_eq!(expanded(template, "MyCrate", "1.0.0"), address);
        }
    }

    #[test]
    fn short_names_have_the_directories_of_the_index() {
        for (name, directory) in [("a", "1"), ("Ab", "2"), ("Abc", "3/A")] {
            assert_eq!(expanded("{prefix}", name, "1.0.0"), directory);
        }
    }

    #[test]
    fn without_a_marker_the_old_path_is_appended_as_cargo_does() {
        assert_eq!(
            expanded("https://h/api/v1/crates", "a", "1.0.0"),
            "https://h/api/v1/crates/a/1.0.0/download"
        );
        // Cargo does not look for a slash at the end either.
        assert_eq!(
            expanded("https://h/{other}/", "a", "1.0.0"),
            "https://h/{other}//a/1.0.0/download"
        );
    }

    #[test]
    fn the_plus_of_a_version_stays_a_plus() {
        let version = "0.12.25-rc.1+1.3.0";
        assert_eq!(
            expanded("https://h/{version}", "a", version),
            format!("https://h/{version}")
        );
        assert_eq!(
            expanded("https://h", "a", version),
            format!("https://h/a/{version}/download")
        );
    }
}
