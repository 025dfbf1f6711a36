//! [`Release`] to row text, in cargo's field order, unknown fields last.

use crossdock_core::release::{Dependency, DependencyKind, Release};
use serde::Serialize;
use std::io::Write;

/// Writes a row without line end; `registry_of` says what stands in a
/// dependency's `registry`, nothing meaning null.
pub fn encode<'r>(
    release: &Release,
    registry_of: &mut dyn FnMut(&Dependency) -> Option<&'r str>,
) -> String {
    let mut row = Object::begin(Vec::with_capacity(256 + 160 * release.dependencies.len()));
    row.value("name", release.name.as_str());
    row.display("vers", &release.version);
    row.key("deps");
    row.text.push(b'[');
    for (index, dependency) in release.dependencies.iter().enumerate() {
        if index > 0 {
            row.text.push(b',');
        }
        let registry = registry_of(dependency);
        row.text = encode_dependency(row.text, dependency, registry);
    }
    row.text.push(b']');
    row.value("features", &release.features);
    if let Some(features2) = &release.features2 {
        row.value("features2", features2);
    }
    row.display("cksum", &release.checksum);
    row.value("yanked", &release.yanked);
    if let Some(links) = &release.links {
        row.value("links", links);
    }
    if let Some(rust_version) = &release.rust_version {
        row.value("rust_version", rust_version);
    }
    if let Some(pubtime) = &release.pubtime {
        row.display("pubtime", pubtime);
    }
    if let Some(v) = &release.v {
        row.value("v", v);
    }
    release
        .unknown
        .iter()
        .for_each(|(key, json)| row.json(key, json));
    String::from_utf8(row.end()).expect("serde writes UTF-8, and unknown fields came as text")
}

fn encode_dependency(text: Vec<u8>, dependency: &Dependency, registry: Option<&str>) -> Vec<u8> {
    let mut row = Object::begin(text);
    row.value("name", &dependency.name);
    row.value("req", &dependency.req);
    row.value("features", &dependency.features);
    row.value("optional", &dependency.optional);
    row.value("default_features", &dependency.default_features);
    row.value("target", &dependency.platform);
    let kind = match dependency.kind {
        DependencyKind::Normal => "normal",
        DependencyKind::Dev => "dev",
        DependencyKind::Build => "build",
    };
    row.value("kind", kind);
    if let Some(registry) = registry {
        row.value("registry", registry);
    }
    if let Some(package) = &dependency.package {
        row.value("package", package.as_str());
    }
    dependency
        .unknown
        .iter()
        .for_each(|(key, json)| row.json(key, json));
    row.end()
}

/// A JSON object being written, as the UTF-8 that serde writes.
struct Object {
    text: Vec<u8>,
    first: bool,
}

impl Object {
    fn begin(mut text: Vec<u8>) -> Self {
        text.push(b'{');
        Self { text, first: true }
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.text.push(b',');
        }
        self.first = false;
        self.push(key);
        self.text.push(b':');
    }

    fn value<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.key(key);
        self.push(value);
    }

    /// Writes a value whose text needs no escaping: versions, digests, times.
    fn display(&mut self, key: &str, value: &dyn std::fmt::Display) {
        self.key(key);
        let _ = write!(self.text, "\"{value}\"");
    }

    fn json(&mut self, key: &str, json: &str) {
        self.key(key);
        self.text.extend_from_slice(json.as_bytes());
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) {
        serde_json::to_writer(&mut self.text, value)
            .expect("strings, flags and maps of strings always serialise into memory");
    }

    fn end(mut self) -> Vec<u8> {
        self.text.push(b'}');
        self.text
    }
}
