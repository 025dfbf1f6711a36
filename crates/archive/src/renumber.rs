//! A `.crate` under another version, for builds that are given versions of their own.
//!
//! The manifest says the new version, and so does the root package of an embedded
//! `Cargo.lock`, without which `cargo install --locked` would not take it. The archive
//! is packed canonically: the same tree under the same version is the same bytes.
//!
//! Absent: which version it is to be. `Cargo.toml.orig` stays as its author wrote it.

use crate::content::LOCK;
use crate::limits::Limits;
use crate::pack::{pack, unpack};
use crate::rename::RenameError;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use toml_edit::{DocumentMut, Item, TableLike, value};

/// Packs a release again under another version.
///
/// # Errors
/// [`RenameError`] if it is no archive of this release, or has no readable manifest.
pub fn renumber(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    new: &Version,
    limits: &Limits,
) -> Result<Vec<u8>, RenameError> {
    let mut tree = unpack(bytes, name, version, limits)?;
    let refuse = |what: &str| RenameError::Manifest {
        name: name.clone(),
        version: version.clone(),
        what: what.to_owned(),
    };
    let manifest = tree.get_mut("Cargo.toml");
    let manifest = manifest.ok_or_else(|| refuse("is missing"))?;
    let mut document = document(&manifest.bytes).ok_or_else(|| refuse("is no TOML"))?;
    let package = document
        .get_mut("package")
        .and_then(Item::as_table_like_mut)
        .ok_or_else(|| refuse("has no [package]"))?;
    if text(package, "version") != Some(version.to_string()) {
        return Err(refuse("says another version"));
    }
    package.insert("version", value(new.to_string()));
    manifest.bytes = document.to_string().into_bytes();
    if let Some(lock) = tree.get_mut(LOCK) {
        // One that cannot be read is no worse than before.
        if let Some(renumbered) = renumber_lock(&lock.bytes, name, version, new) {
            lock.bytes = renumbered.into_bytes();
        }
    }
    Ok(pack(name, new, &tree)?)
}

/// Gives the root package of a lock, which has no source, its new version.
fn renumber_lock(
    lock: &[u8],
    name: &CrateName,
    version: &Version,
    new: &Version,
) -> Option<String> {
    let mut document = document(lock)?;
    let packages = document.get_mut("package")?.as_array_of_tables_mut()?;
    for package in packages.iter_mut() {
        if text(package, "name").as_deref() == Some(name.as_str())
            && text(package, "version") == Some(version.to_string())
            && package.get("source").is_none()
        {
            package.insert("version", value(new.to_string()));
        }
    }
    Some(document.to_string())
}

fn document(bytes: &[u8]) -> Option<DocumentMut> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn text(table: &dyn TableLike, key: &str) -> Option<String> {
    Some(table.get(key)?.as_str()?.to_owned())
}
