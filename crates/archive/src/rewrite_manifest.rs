//! The manifest of a release, saying of its dependencies what its row says.
//!
//! In index, git and local-registry sources cargo believes the row; in directory
//! sources it believes the manifest alone (measured, cargo 1.95). Inside a federation
//! the two differ: rows lead elsewhere, to a view, a face, a crate that stands in for
//! another, while the archive stays as it was published. So a folder of unpacked
//! crates needs manifests that say what the rows say.
//!
//! Three things follow the row: the registry, the crate's real name, the requirement.
//! What else a manifest says stays as it is written.
//!
//! Absent: where the manifest lies, and the checksums beside it.

use crossdock_core::address::Address;
use crossdock_core::release::{Dependency, DependencyKind, Release, Target};
use semver::VersionReq;
use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value, value};

/// Why a manifest cannot say what its row says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cargo.toml of `{krate}` {what}")]
pub struct RewriteError {
    /// Name and version of the crate.
    pub krate: String,
    /// What is wrong with the manifest.
    pub what: String,
}

/// The tables of dependencies, in the spelling of today and the former one.
const SECTIONS: [(&str, DependencyKind); 5] = [
    ("dependencies", DependencyKind::Normal),
    ("dev-dependencies", DependencyKind::Dev),
    ("dev_dependencies", DependencyKind::Dev),
    ("build-dependencies", DependencyKind::Build),
    ("build_dependencies", DependencyKind::Build),
];

/// Returns the manifest as it has to be for `row`, or nothing if it says the same.
///
/// `address_of` says where a target of the row is; the crates.io identity is what a
/// manifest means by saying nothing. A dependency that the row does not have stays.
///
/// # Errors
/// [`RewriteError`] if the text is no manifest.
pub fn rewrite_manifest(
    manifest: &str,
    row: &Release,
    address_of: &dyn Fn(&Target) -> Address,
) -> Result<Option<String>, RewriteError> {
    let refuse = |what: String| RewriteError {
        krate: format!("{} {}", row.name, row.version),
        what,
    };
    let mut document: DocumentMut = manifest.parse().map_err(|error: toml_edit::TomlError| {
        refuse(format!("is no TOML: {}", error.message()))
    })?;
    let mut changed = false;
    let mut table = |table: &mut dyn TableLike, platform: Option<&str>| {
        for (section, kind) in SECTIONS {
            let section = table.get_mut(section).and_then(Item::as_table_like_mut);
            for (name, said) in section.into_iter().flat_map(TableLike::iter_mut) {
                if let Some(meant) = meant(row, &name, kind, platform) {
                    changed |= say(said, meant, &address_of(&meant.target));
                }
            }
        }
    };
    table(document.as_table_mut(), None);
    let platforms = document.get_mut("target").and_then(Item::as_table_like_mut);
    for (platform, said) in platforms.into_iter().flat_map(TableLike::iter_mut) {
        if let Some(said) = said.as_table_like_mut() {
            table(said, Some(&platform));
        }
    }
    Ok(changed.then(|| document.to_string()))
}

/// Finds what the row says of a dependency.
///
/// Rows have platforms as cargo prints them, manifests as somebody wrote them: white
/// space does not count.
fn meant<'r>(
    row: &'r Release,
    name: &str,
    kind: DependencyKind,
    platform: Option<&str>,
) -> Option<&'r Dependency> {
    let bare = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
    let platform = platform.map(bare);
    row.dependencies.iter().find(|dependency| {
        dependency.name == name
            && dependency.kind == kind
            && dependency.platform.as_deref().map(bare) == platform
    })
}

/// Makes a dependency say what is meant; tells whether it said something else.
fn say(said: &mut Item, meant: &Dependency, address: &Address) -> bool {
    if let Some(requirement) = said.as_str() {
        let same = *address == Address::CratesIo && meant.package.is_none();
        if same && same_requirement(requirement, &meant.req) {
            return false;
        }
        let mut table = InlineTable::new();
        table.insert("version", Value::from(requirement));
        *said = value(table);
    }
    let Some(table) = said.as_table_like_mut() else {
        return false;
    };
    let mut changed = say_registry(table, address);
    // A name beside an equal `package` is no rename.
    let rename = |package: &&str| *package != meant.name;
    let package = meant.package.as_ref().map(|package| package.as_str());
    let package = package.filter(rename);
    if table.get("package").and_then(Item::as_str).filter(rename) != package {
        match package {
            Some(package) => drop(table.insert("package", value(package))),
            None => drop(table.remove("package")),
        }
        changed = true;
    }
    let requirement = table.get("version").and_then(Item::as_str).unwrap_or("*");
    if !same_requirement(requirement, &meant.req) {
        table.insert("version", value(meant.req.as_str()));
        changed = true;
    }
    changed
}

fn say_registry(table: &mut dyn TableLike, address: &Address) -> bool {
    let said = table.get("registry-index").and_then(Item::as_str);
    let said = said.and_then(|said| Address::parse(said).ok());
    let wanted = (*address != Address::CratesIo).then_some(address);
    // A name of a registry would be looked up in the configuration of whoever builds.
    let named = table.remove("registry").is_some();
    let present = table.contains_key("registry-index");
    if said.as_ref() == wanted && present == wanted.is_some() {
        return named;
    }
    match wanted {
        Some(address) => drop(table.insert("registry-index", value(address.to_string()))),
        None => drop(table.remove("registry-index")),
    }
    true
}

/// Compares requirements by what they mean; texts that mean nothing, as texts.
fn same_requirement(said: &str, meant: &str) -> bool {
    match (VersionReq::parse(said), VersionReq::parse(meant)) {
        (Ok(said), Ok(meant)) => said == meant,
        _ => said == meant,
    }
}
