//! The body of a publish, made by hand.
//!
//! Cargo Book, "Web API", "Publish": the length of the JSON, the JSON, the length of
//! the archive, the archive; lengths are 32 bits, little endian.
//!
//! Absent: sending it.

use crate::dependency::Dependency;
use crate::krate::Krate;
use serde_json::{Value, json};

/// Returns what cargo would upload for a crate.
pub fn body(krate: &Krate) -> Vec<u8> {
    body_of(&metadata(krate), &krate.archive())
}

/// Puts a body together from its two parts.
pub fn body_of(metadata: &Value, archive: &[u8]) -> Vec<u8> {
    let metadata = metadata.to_string();
    let mut body = Vec::with_capacity(metadata.len() + archive.len() + 8);
    for part in [metadata.as_bytes(), archive] {
        let length = u32::try_from(part.len()).expect("archives of tests are small");
        body.extend(length.to_le_bytes());
        body.extend(part);
    }
    body
}

/// Returns the JSON that describes a crate.
pub fn metadata(krate: &Krate) -> Value {
    let dependencies: Vec<_> = krate
        .dependencies()
        .iter()
        .map(Dependency::upload)
        .collect();
    json!({
        "name": krate.name,
        "vers": krate.version,
        "deps": dependencies,
        "features": krate.all_features(),
        "authors": [],
        "description": krate.described(),
        "documentation": null,
        "homepage": null,
        "readme": null,
        "readme_file": null,
        "keywords": [],
        "categories": [],
        "license": "MIT",
        "license_file": null,
        "repository": null,
        "badges": {},
        "links": krate.linked(),
        "rust_version": null,
    })
}
