//! A crate unpacked for a directory source, and whether it still is as it was unpacked.
//!
//! The manifest follows the row (`archive`'s `rewrite_manifest.rs` says why), and is
//! listed as it is then; `package` stays the checksum that locks have.
//!
//! Absent: which crates there are.

use super::error::ExportError;
use super::place::{Place, files_below};
use crossdock_archive::{Limits, PackedFile, Tree, rewrite_manifest, unpack};
use crossdock_core::address::Address;
use crossdock_core::checksum::Checksum;
use crossdock_core::release::{Dependency, Release, Target};
use crossdock_wire::vendored_checksum::{self, VendoredChecksum};
use std::collections::BTreeSet;

/// Files that are for git, which would change how others are checked out, and so their
/// checksums, where an export is committed; `cargo vendor` leaves them out too.
const FOR_GIT: [&str; 3] = [".gitattributes", ".gitignore", ".gitmodules"];

/// Unpacks an archive for a source of this identity.
///
/// # Errors
/// [`ExportError::Unpack`].
pub fn vendored(bytes: &[u8], row: &Release, identity: &Address) -> Result<Tree, ExportError> {
    let refuse = |why: String| ExportError::Unpack(format!("{} {}", row.name, row.version), why);
    let unpacked = unpack(bytes, &row.name, &row.version, &Limits::default());
    let mut tree = unpacked.map_err(|error| refuse(error.to_string()))?;
    tree.retain(|path, _| {
        let name = path.rsplit('/').next().unwrap_or_default();
        !FOR_GIT.contains(&name) && path != vendored_checksum::FILE_NAME
    });
    if let Some(manifest) = tree.get_mut("Cargo.toml") {
        let text = std::str::from_utf8(&manifest.bytes);
        let text = text.map_err(|_| refuse("its Cargo.toml is not UTF-8".to_owned()))?;
        let address_of = |target: &Target| address(target, identity);
        let rewritten = rewrite_manifest(text, row, &address_of);
        if let Some(rewritten) = rewritten.map_err(|error| refuse(error.to_string()))? {
            manifest.bytes = rewritten.into_bytes();
        }
    }
    let sum = |(path, file): (&String, &PackedFile)| (path.clone(), Checksum::of(&file.bytes));
    let sums = vendored_checksum::encode(&VendoredChecksum {
        files: tree.iter().map(sum).collect(),
        package: row.checksum,
        made_from: Some(made_from(row, identity)),
    });
    let sums = PackedFile {
        bytes: sums.into_bytes(),
        executable: false,
    };
    tree.insert(vendored_checksum::FILE_NAME.to_owned(), sums);
    Ok(tree)
}

/// Says what is wrong with an unpacked crate; nothing if it is as it was written.
///
/// # Errors
/// [`ExportError::System`].
pub fn fault(
    place: &Place,
    folder: &str,
    row: &Release,
    identity: &Address,
) -> Result<Option<String>, ExportError> {
    let path = |below: &str| format!("{folder}/{below}");
    let Some(text) = place.read(&path(vendored_checksum::FILE_NAME))? else {
        return Ok(Some("is not there".to_owned()));
    };
    let sums = match vendored_checksum::decode(&text) {
        Ok(sums) => sums,
        Err(error) => return Ok(Some(format!("cannot be checked: {error}"))),
    };
    if sums.package != row.checksum {
        return Ok(Some("is of another archive".to_owned()));
    }
    if sums.made_from != Some(made_from(row, identity)) {
        return Ok(Some("has a manifest made from another row".to_owned()));
    }
    for (below, sum) in &sums.files {
        match place.read(&path(below))? {
            None => return Ok(Some(format!("lacks {below}"))),
            Some(bytes) if Checksum::of(&bytes) != *sum => {
                return Ok(Some(format!("has another {below} than it was made with")));
            }
            Some(_) => {}
        }
    }
    let mut listed: BTreeSet<_> = sums.files.keys().map(|below| path(below)).collect();
    listed.insert(path(vendored_checksum::FILE_NAME));
    let stray = files_below(place, folder)?;
    let stray = stray.into_iter().find(|path| !listed.contains(path));
    Ok(stray.map(|path| format!("has a file that is not of the crate: {path}")))
}

/// Says what the manifest follows, so that a row that leads elsewhere is noticed.
fn made_from(row: &Release, identity: &Address) -> String {
    let line = |dependency: &Dependency| {
        format!(
            "{}\n{:?}\n{:?}\n{}\n{:?}\n{}\n",
            dependency.name,
            dependency.kind,
            dependency.platform,
            dependency.req,
            dependency.package.as_ref().map(|package| package.as_str()),
            address(&dependency.target, identity),
        )
    };
    let text: String = row.dependencies.iter().map(line).collect();
    Checksum::of(text.as_bytes()).to_string()
}

/// Says where a target is, for a row of this identity.
pub(crate) fn address(target: &Target, identity: &Address) -> Address {
    match target {
        Target::CratesIo => Address::CratesIo,
        Target::Elsewhere(address) => address.clone(),
        // A row that was read by its text never names a registry otherwise.
        Target::Own | Target::Registry(_) => identity.clone(),
    }
}
