//! [`Release`] to row text, in cargo's field order, unknown fields last.
//!
//! What neighbouring rows share is written once and copied from then on: in a file of
//! crates.io that is five dependencies of six (`core`'s `release/dependencies.rs`).

use crossdock_core::release::{Dependency, DependencyKind, Features, Release};
use serde::Serialize;
use std::collections::HashMap;
use std::io::Write;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::from_ref;

/// Writes a row without line end; `registry_of` says what stands in a
/// dependency's `registry`, nothing meaning null.
pub fn encode<'a>(
    release: &Release,
    registry_of: &mut dyn FnMut(&Dependency) -> Option<&'a str>,
) -> String {
    let mut writer = Writer::default();
    writer.object(release, registry_of);
    writer.finish()
}

/// Writes rows one after the other, a line each.
#[derive(Default)]
pub struct Writer<'r> {
    text: Vec<u8>,
    /// Where something shared stands in `text`, by its address.
    written: HashMap<usize, Range<usize>>,
    // What has an address here is borrowed for as long, so no other takes it over.
    rows: PhantomData<&'r Release>,
}

impl<'r> Writer<'r> {
    /// Writes a row and ends its line; `registry_of` as for [`encode`], but asked once
    /// for a dependency that rows share.
    pub fn row<'a>(
        &mut self,
        release: &'r Release,
        registry_of: &mut dyn FnMut(&Dependency) -> Option<&'a str>,
    ) {
        self.object(release, registry_of);
        self.text.push(b'\n');
    }

    /// Lets the next row be asked of anew, also for what it shares with those before: for
    /// rows whose dependencies are equal and point elsewhere.
    pub fn ask_anew(&mut self) {
        self.written.clear();
    }

    /// Returns the text.
    pub fn finish(self) -> String {
        String::from_utf8(self.text).expect("serde writes UTF-8, and unknown fields came as text")
    }

    fn object<'a>(
        &mut self,
        release: &'r Release,
        registry_of: &mut dyn FnMut(&Dependency) -> Option<&'a str>,
    ) {
        let mut row = Object::begin(std::mem::take(&mut self.text));
        row.value("name", release.name.as_str());
        row.display("vers", &release.version);
        row.key("deps");
        row.text.push(b'[');
        for (index, dependency) in release.dependencies.iter().enumerate() {
            if index > 0 {
                row.text.push(b',');
            }
            row.text = self.once(row.text, from_ref(dependency).addr(), |text| {
                encode_dependency(text, dependency, registry_of(dependency))
            });
        }
        row.text.push(b']');
        self.features(&mut row, "features", &release.features);
        if let Some(features2) = &release.features2 {
            self.features(&mut row, "features2", features2);
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
        self.text = row.end();
    }

    fn features(&mut self, row: &mut Object, key: &str, features: &'r Features) {
        row.key(key);
        let text = std::mem::take(&mut row.text);
        row.text = self.once(text, from_ref(&**features).addr(), |mut text| {
            push(&mut text, &**features);
            text
        });
    }

    /// Writes something with an address, or copies what was written of it before.
    fn once(
        &mut self,
        mut text: Vec<u8>,
        address: usize,
        write: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Vec<u8> {
        if let Some(range) = self.written.get(&address) {
            text.extend_from_within(range.clone());
            return text;
        }
        let start = text.len();
        let text = write(text);
        self.written.insert(address, start..text.len());
        text
    }
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
        push(&mut self.text, key);
        self.text.push(b':');
    }

    fn value<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.key(key);
        push(&mut self.text, value);
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

    fn end(mut self) -> Vec<u8> {
        self.text.push(b'}');
        self.text
    }
}

fn push<T: Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(text, value)
        .expect("strings, flags and maps of strings always serialise into memory");
}
