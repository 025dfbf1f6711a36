//! The registry that is served: a small static one, made up here, as a sparse
//! registry on disk.
//!
//! Made up rather than taken from crates.io, so that the HTTP bench needs no
//! network and its figures can be compared over the years. The shapes are
//! those of real files: a crate with a handful of releases, one with hundreds
//! that have a dozen dependencies each, archives that do not compress further.
//! Absent: anything that depends on chance; two runs write the same bytes.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The registry's place in the address of whatever serves it: the name of the
/// default view, so that a static tree and Crossdock have the same paths.
pub(crate) const VIEW: &str = "main";

/// About 2 kB of index: most crates are like this.
pub(crate) const SMALL: &str = "pebble";
/// About 700 kB of index: clap, hyper and syn are like this.
pub(crate) const LARGE: &str = "boulder";
/// An archive of 100 kB.
pub(crate) const PARCEL: &str = "parcel";
/// An archive of 2 MB.
pub(crate) const FREIGHT: &str = "freight";
/// A name nobody has.
pub(crate) const ABSENT: &str = "nowhere";
/// The one version of the crates that can be downloaded.
pub(crate) const ARCHIVED_VERSION: &str = "1.0.0";

const SMALL_RELEASES: usize = 5;
const LARGE_RELEASES: usize = 330;
/// What the others depend on; they exist, so that nobody looks for them in vain.
const GRAINS: usize = 14;

/// Writes the registry under `docroot`, to be reached at `origin`.
pub(crate) fn write(docroot: &Path, origin: &str) -> Result<()> {
    let config = json!({
        "dl": format!("{origin}/{VIEW}/dl/{{crate}}/{{version}}/{{sha256-checksum}}"),
    });
    write_file(docroot, &index_path("config.json"), config.to_string())?;

    write_index(docroot, SMALL, &rows(SMALL, SMALL_RELEASES, 2))?;
    write_index(docroot, LARGE, &rows(LARGE, LARGE_RELEASES, GRAINS))?;
    for number in 0..GRAINS {
        let name = grain(number);
        write_index(docroot, &name, &rows(&name, 1, 0))?;
    }
    write_archived(docroot, PARCEL, 100_000)?;
    write_archived(docroot, FREIGHT, 2_000_000)
}

/// Where the index file of `name` is, below the origin; `config.json` stands for itself.
pub(crate) fn index_path(name: &str) -> String {
    let folder = match name.len() {
        _ if name == "config.json" => String::new(),
        1 => "1/".to_owned(),
        2 => "2/".to_owned(),
        3 => format!("3/{}/", &name[..1]),
        _ => format!("{}/{}/", &name[..2], &name[2..4]),
    };
    format!("/{VIEW}/index/{folder}{name}")
}

fn grain(number: usize) -> String {
    format!("grain-{number:02}")
}

fn rows(name: &str, releases: usize, dependencies: usize) -> Vec<Value> {
    (0..releases)
        .map(|release| {
            let version = format!("1.{release}.0");
            let checksum = hex(&Sha256::digest(format!("{name} {version}")));
            row(name, &version, dependencies, &checksum)
        })
        .collect()
}

/// A row as crates.io would show it.
pub(crate) fn row(name: &str, version: &str, dependencies: usize, checksum: &str) -> Value {
    let deps: Vec<Value> = (0..dependencies)
        .map(|number| {
            json!({
                "name": grain(number), "req": "^1.0.0", "features": [], "optional": number % 2 == 1,
                "default_features": true, "target": null, "kind": "normal",
            })
        })
        .collect();
    let features: serde_json::Map<String, Value> = (0..dependencies)
        .filter(|number| number % 2 == 1)
        .map(|number| {
            let value = json!([format!("dep:{}", grain(number))]);
            (format!("with-{}", grain(number)), value)
        })
        .collect();
    json!({
        "name": name, "vers": version, "deps": deps, "cksum": checksum, "features": {},
        "features2": features, "yanked": false, "rust_version": "1.70",
        "pubtime": "2024-02-29T12:00:00Z", "v": 2,
    })
}

fn write_index(docroot: &Path, name: &str, rows: &[Value]) -> Result<()> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&row.to_string());
        text.push('\n');
    }
    write_file(docroot, &index_path(name), &text)
}

fn write_archived(docroot: &Path, name: &str, bytes: usize) -> Result<()> {
    let archive = archive(name, bytes)?;
    let checksum = hex(&Sha256::digest(&archive));
    write_index(docroot, name, &[row(name, ARCHIVED_VERSION, 1, &checksum)])?;
    let path = format!("/{VIEW}/dl/{name}/{ARCHIVED_VERSION}/{checksum}");
    write_file(docroot, &path, archive)
}

/// A valid `.crate` of about `bytes`.
pub(crate) fn archive(name: &str, bytes: usize) -> Result<Vec<u8>> {
    archive_of(name, ARCHIVED_VERSION, bytes)
}

/// A valid `.crate` of about `bytes` that says it is of this version.
pub(crate) fn archive_of(name: &str, version: &str, bytes: usize) -> Result<Vec<u8>> {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\
         description = \"Ballast.\"\nlicense = \"MIT\"\n\n[dependencies.{}]\nversion = \"1.0.0\"\n",
        grain(0)
    );
    let gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(gzip);
    let files: [(&str, &[u8]); 3] = [
        ("Cargo.toml", manifest.as_bytes()),
        ("ballast.bin", &ballast(bytes)),
        ("src/lib.rs", b"//! Carries ballast.\n"),
    ];
    for (path, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        let path = format!("{name}-{version}/{path}");
        tar.append_data(&mut header, path, contents)?;
    }
    Ok(tar.into_inner()?.finish()?)
}

/// Bytes that no compressor makes smaller: a chain of hashes.
fn ballast(bytes: usize) -> Vec<u8> {
    let mut ballast = Vec::with_capacity(bytes + 32);
    let mut link = Sha256::digest(b"ballast");
    while ballast.len() < bytes {
        ballast.extend_from_slice(&link);
        link = Sha256::digest(link);
    }
    ballast.truncate(bytes);
    ballast
}

/// Bytes as lower-case digits, as checksums are written.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that is served at `path`, an index file with its compressed form beside it.
fn write_file(docroot: &Path, path: &str, contents: impl AsRef<[u8]>) -> Result<()> {
    let plain = contents.as_ref();
    let file = docroot.join(path.trim_start_matches('/'));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&file, plain)?;
    if path.contains("/index/") {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(plain)?;
        fs::write(file.with_added_extension("gz"), gzip.finish()?)?;
    }
    Ok(())
}
