//! A `.crate` under another name, for code that goes on working.
//!
//! The manifest gets the new package name and keeps the library's name, which is
//! what code says; the archive is packed canonically, so that the same crate renamed
//! twice is the same bytes. The embedded `Cargo.lock` is left out, since its root
//! package has the old name. Nothing else changes.
//!
//! Absent: whose the new name is.

use crate::limits::Limits;
use crate::pack::{PackError, Tree, pack, unpack};
use crate::refusal::ArchiveError;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use toml_edit::{DocumentMut, Item, Table, value};

/// Why an archive cannot be renamed.
#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    /// It cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It cannot be packed again.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Its manifest is missing or says nothing that could be renamed.
    #[error("Cargo.toml of `{name}` {version} {what}")]
    Manifest {
        /// The crate.
        name: CrateName,
        /// Its version.
        version: Version,
        /// What is wrong with it.
        what: String,
    },
}

/// Packs a release again under another name.
///
/// # Errors
/// [`RenameError`] if it is no archive of this release, or has no readable manifest.
pub fn rename(
    bytes: &[u8],
    name: &CrateName,
    version: &Version,
    new: &CrateName,
    limits: &Limits,
) -> Result<Vec<u8>, RenameError> {
    let mut tree = unpack(bytes, name, version, limits)?;
    let refuse = |what: String| RenameError::Manifest {
        name: name.clone(),
        version: version.clone(),
        what,
    };
    let manifest = tree.get("Cargo.toml").map(|file| file.bytes.clone());
    let manifest = manifest.ok_or_else(|| refuse("is missing".to_owned()))?;
    let manifest = String::from_utf8(manifest).map_err(|_| refuse("is not UTF-8".to_owned()))?;
    let renamed = rename_manifest(&manifest, &tree, name, new).map_err(refuse)?;
    if let Some(file) = tree.get_mut("Cargo.toml") {
        file.bytes = renamed.into_bytes();
    }
    tree.remove("Cargo.lock");
    Ok(pack(new, version, &tree)?)
}

fn rename_manifest(
    manifest: &str,
    tree: &Tree,
    name: &CrateName,
    new: &CrateName,
) -> Result<String, String> {
    let mut document: DocumentMut = manifest
        .parse()
        .map_err(|error: toml_edit::TomlError| format!("is no TOML: {}", error.message()))?;
    // Packages of cargo's first year have `[project]`.
    let section = ["package", "project"]
        .into_iter()
        .find(|section| document.contains_key(section))
        .ok_or("has no [package]")?;
    let package = document[section].as_table_like_mut();
    let package = package.ok_or("has a [package] that is no table")?;
    match package.get("name").and_then(Item::as_str) {
        Some(said) if said == name.as_str() => drop(package.insert("name", value(new.as_str()))),
        _ => return Err(format!("does not say that it is `{name}`")),
    }
    let has_library = document.contains_key("lib") || tree.contains_key("src/lib.rs");
    if has_library {
        let library = document
            .entry("lib")
            .or_insert_with(|| Item::Table(Table::new()))
            .as_table_like_mut()
            .ok_or("has a [lib] that is no table")?;
        if !library.contains_key("name") {
            library.insert("name", value(name.as_str().replace('-', "_")));
        }
    }
    Ok(document.to_string())
}
