//! A package as `cargo package` and `cargo publish` make it, without cargo.

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;

/// The `.crate` of a library without dependencies; equal arguments, equal bytes.
pub(crate) fn archive(name: &str, version: &str) -> Vec<u8> {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\
        description = \"about {name}\"\nlicense = \"MIT\"\nkeywords = [\"flower\"]\n"
    );
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in [("Cargo.toml", manifest.as_str()), ("src/lib.rs", "")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(
            &mut header,
            format!("{name}-{version}/{path}"),
            content.as_bytes(),
        )
        .unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap()
}

/// SHA-256 in hex.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

/// The body of `PUT /api/v1/crates/new` (Cargo Book, "Registry Web API", Publish).
pub(crate) fn publish_body(name: &str, version: &str, archive: &[u8]) -> Vec<u8> {
    let json = format!(
        r#"{{"name":"{name}","vers":"{version}","deps":[],"features":{{}},"authors":[],"description":"about {name}","documentation":null,"homepage":null,"readme":null,"readme_file":null,"keywords":["flower"],"categories":[],"license":"MIT","license_file":null,"repository":null,"badges":{{}},"links":null,"rust_version":null}}"#
    );
    let mut body = Vec::new();
    for part in [json.as_bytes(), archive] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    body
}

/// An index row of a release without dependencies.
pub(crate) fn row(name: &str, version: &str) -> String {
    format!(
        r#"{{"name":"{name}","vers":"{version}","deps":[],"cksum":"{}","features":{{}},"yanked":false}}"#,
        checksum(&archive(name, version))
    )
}
