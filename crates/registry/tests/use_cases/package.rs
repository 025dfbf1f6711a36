//! Packages as `cargo package` makes them and `cargo publish` sends them.

use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// A package; equal values have equal bytes.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    manifest_rest: String,
    library: String,
}

impl Package {
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            manifest_rest: String::new(),
            library: String::new(),
        }
    }

    /// Adds a line of `[dependencies]`.
    pub(crate) fn needs(self, dependency: &str) -> Self {
        self.with(&format!("[dependencies]\n{dependency}"))
    }

    /// Adds to the manifest, behind `[package]`.
    pub(crate) fn with(mut self, manifest: &str) -> Self {
        self.manifest_rest += manifest;
        self.manifest_rest.push('\n');
        self
    }

    /// Gives the library this source.
    pub(crate) fn library(mut self, source: &str) -> Self {
        source.clone_into(&mut self.library);
        self
    }

    /// The `.crate`.
    pub(crate) fn archive(&self) -> Bytes {
        let (name, version) = (&self.name, &self.version);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{}",
            self.manifest_rest
        );
        let root = format!("{name}-{version}");
        packed(&[
            (&format!("{root}/Cargo.toml"), &manifest),
            (&format!("{root}/src/lib.rs"), &self.library),
        ])
    }

    pub(crate) fn checksum(&self) -> Checksum {
        Checksum::of(&self.archive())
    }

    /// The body of a publish.
    pub(crate) fn body(&self) -> Bytes {
        body(&self.name, &self.version, &self.archive())
    }
}

/// The body of a publish (Cargo Book, "Registry Web API", Publish).
pub(crate) fn body(name: &str, version: &str, archive: &[u8]) -> Bytes {
    let metadata =
        format!(r#"{{"name":"{name}","vers":"{version}","description":"about {name}"}}"#);
    let mut body = Vec::new();
    for part in [metadata.as_bytes(), archive] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    body.into()
}

/// A gzipped tar of files.
pub(crate) fn packed(files: &[(&str, &str)]) -> Bytes {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        let appended = tar.append_data(&mut header, path, content.as_bytes());
        appended.unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    gzip.finish().unwrap().into()
}
