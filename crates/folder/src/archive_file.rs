//! A `.crate` file, taken as it is.
//!
//! The file's own name says nothing: name and version are those of the folder inside
//! and of the manifest, which have to agree.
//!
//! Absent: packing (`package_cargo.rs`).

use crate::manifest_file;
use crate::options::Options;
use crate::packed::{Packed, Problem};
use crate::read_file::read_file;
use bytes::Bytes;
use crossdock_archive::{inspect, named};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::manifest;
use std::path::Path;

/// Reads a `.crate` file.
pub(crate) fn read(path: &Path, options: &Options) -> Result<Packed, Problem> {
    let bytes = read_file(path, options.archive_bytes_max)?;
    let named = named(&bytes, &options.limits).map_err(|error| Problem::new(path, error))?;
    let Some((name, version)) = named else {
        let rule =
            "its first entry lies in no folder NAME-VERSION; take what `cargo package` makes";
        return Err(Problem::new(path, rule));
    };
    packed(name, version, bytes.into(), path, options)
}

/// Inspects an archive and reads its manifest.
pub(crate) fn packed(
    name: CrateName,
    version: Version,
    bytes: Bytes,
    origin: &Path,
    options: &Options,
) -> Result<Packed, Problem> {
    let inspection = inspect(&bytes, &name, &version, options.scope, &options.limits)
        .map_err(|error| Problem::new(origin, error))?;
    let manifest =
        manifest::parse(&inspection.manifest).map_err(|error| Problem::new(origin, error))?;
    let agrees = manifest.agrees_with(&name, &version);
    agrees.map_err(|error| Problem::new(origin, error))?;
    Ok(Packed {
        checksum: Checksum::of(&bytes),
        publish: manifest_file::publish(&inspection.manifest),
        beside: Vec::new(),
        origin: origin.to_owned(),
        name,
        version,
        bytes,
        manifest,
    })
}
