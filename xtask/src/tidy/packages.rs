//! The packages of this workspace and the edges between them, as their manifests say.
//!
//! Apart because the edges, the map and the build rules all start from here.
//! A package is known by its folder's name (`core`, not `crossdock-core`), as people say it.
//!
//! Absent: development dependencies. What a test needs beside it does not direct the house.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::tree::{Tree, numbered};

/// A member of the workspace.
pub(crate) struct Package {
    /// The name of its folder.
    pub(crate) name: String,
    /// The name cargo knows it by.
    pub(crate) cargo_name: String,
    /// Its folder, from the repository's top.
    pub(crate) folder: String,
    /// The manifest as parsed.
    pub(crate) manifest: toml::Table,
    /// The folder names of the members it is built on, each with the line of the manifest that says so.
    pub(crate) edges: BTreeMap<String, usize>,
}

impl Package {
    /// The path of its manifest.
    pub(crate) fn manifest_path(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

/// Every package at `NAME/` or `crates/NAME/`; deeper manifests are somebody's test data.
///
/// A manifest that cannot be read is left out here and found by [`unreadable`].
pub(crate) fn packages(tree: &Tree) -> Vec<Package> {
    let mut packages: Vec<Package> = manifests(tree)
        .filter_map(|(folder, text)| {
            let manifest: toml::Table = text.parse().ok()?;
            Some(Package {
                cargo_name: manifest.get("package")?.get("name")?.as_str()?.to_owned(),
                name: folder.rsplit('/').next().unwrap_or(folder).to_owned(),
                folder: folder.to_owned(),
                manifest,
                edges: BTreeMap::new(),
            })
        })
        .collect();
    let folder_names: BTreeMap<String, String> = packages
        .iter()
        .map(|package| (package.cargo_name.clone(), package.name.clone()))
        .collect();
    for package in &mut packages {
        let text = tree.text(&package.manifest_path()).unwrap_or_default();
        package.edges = dependencies(&package.manifest)
            .into_iter()
            .filter_map(|(key, real)| Some((folder_names.get(&real)?.clone(), line_of(text, &key))))
            .collect();
    }
    packages
}

/// Manifests that are no TOML.
pub(crate) fn unreadable(tree: &Tree) -> Vec<Finding> {
    manifests(tree)
        .filter_map(|(folder, text)| {
            let error = text.parse::<toml::Table>().err()?;
            Some(Finding::in_file(
                &format!("{folder}/Cargo.toml"),
                format!("is no TOML: {}", error.message()),
                "put it right; nothing else about this package was checked",
            ))
        })
        .collect()
}

fn manifests(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.files().filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        let name = folder.strip_prefix("crates/").unwrap_or(folder);
        (!name.contains('/')).then_some((folder, text))
    })
}

/// What the package is built on: the key in the manifest and the real name of the package.
fn dependencies(manifest: &toml::Table) -> BTreeSet<(String, String)> {
    let mut tables: Vec<&toml::Value> = Vec::new();
    let kinds = ["dependencies", "build-dependencies"];
    tables.extend(kinds.iter().filter_map(|kind| manifest.get(*kind)));
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        for target in targets.values() {
            tables.extend(kinds.iter().filter_map(|kind| target.get(*kind)));
        }
    }
    tables
        .iter()
        .filter_map(|table| table.as_table())
        .flatten()
        .map(|(key, value)| {
            let real = value.get("package").and_then(toml::Value::as_str);
            (key.clone(), real.unwrap_or(key).to_owned())
        })
        .collect()
}

fn line_of(text: &str, key: &str) -> usize {
    numbered(text)
        .find(|(_, line)| {
            line.trim_start()
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        })
        .map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_named_by_folder_and_found_in_every_table() {
        let tree = Tree::of(&[
            ("crates/core/Cargo.toml", "[package]\nname = \"acme-core\""),
            ("crates/wire/Cargo.toml", "[package]\nname = \"acme-wire\""),
            (
                "bench/Cargo.toml",
                "[package]\nname = \"acme-bench\"\n[dependencies]\nacme-core.workspace = true\nserde = \"1\"\n\
                 [target.'cfg(unix)'.build-dependencies]\nw = { package = \"acme-wire\", path = \"x\" }",
            ),
        ]);
        let packages = packages(&tree);
        let bench = packages.iter().find(|p| p.name == "bench").unwrap();
        let edges: Vec<(&str, usize)> = bench
            .edges
            .iter()
            .map(|(name, line)| (name.as_str(), *line))
            .collect();
        assert_eq!(edges, [("core", 4), ("wire", 7)]);
    }

    #[test]
    fn test_data_is_no_package_and_tests_direct_nothing() {
        let tree = Tree::of(&[
            ("crates/core/Cargo.toml", "[package]\nname = \"acme-core\""),
            (
                "crates/wire/Cargo.toml",
                "[package]\nname = \"acme-wire\"\n[dev-dependencies]\nacme-core.workspace = true",
            ),
            (
                "conformance/data/app/Cargo.toml",
                "[package]\nname = \"app\"",
            ),
        ]);
        let packages = packages(&tree);
        assert_eq!(packages.len(), 2);
        assert!(packages.iter().all(|package| package.edges.is_empty()));
    }

    #[test]
    fn a_broken_manifest_is_told() {
        let tree = Tree::of(&[("crates/core/Cargo.toml", "[package")]);
        assert!(packages(&tree).is_empty());
        assert_eq!(unreadable(&tree).len(), 1);
    }
}
