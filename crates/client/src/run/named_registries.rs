//! Which registries the manifests of a project name.
//!
//! Read before cargo is asked anything, because cargo refuses a manifest that names a
//! registry which it does not know. Names are looked for as text in every table called
//! dependencies; what a manifest means is cargo's knowledge.
//!
//! Absent: where these registries are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// How many folders are looked into; a workspace of a thousand packages has as many.
const FOLDERS_MAX: usize = 20_000;

/// Largest manifest that is read, in bytes.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Lists the names in all manifests at and below a folder. Links, hidden folders and
/// `target` are passed over.
pub fn named(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        seen += 1;
        if seen > FOLDERS_MAX {
            break;
        }
        let manifest = folder.join("Cargo.toml");
        let is_small = fs::metadata(&manifest).is_ok_and(|file| file.len() <= MANIFEST_BYTES_MAX);
        let text = is_small
            .then(|| fs::read_to_string(&manifest).ok())
            .flatten();
        if let Some(table) = text.and_then(|text| text.parse::<Table>().ok()) {
            collect(&table, &mut names);
        }
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && name != "target" && !name.starts_with('.') {
                folders.push(entry.path());
            }
        }
    }
    names
}

fn collect(table: &Table, names: &mut BTreeSet<String>) {
    for (key, value) in table {
        let Value::Table(below) = value else {
            continue;
        };
        match key.ends_with("dependencies") {
            true => {
                let registry =
                    |dependency: &Value| Some(dependency.get("registry")?.as_str()?.to_owned());
                names.extend(below.values().filter_map(registry));
            }
            false => collect(below, names),
        }
    }
    names.remove("crates-io");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_dependencies_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace.dependencies]\na = { version = \"1\", registry = \"one\" }\n",
        );
        write(
            "b/Cargo.toml",
            "[target.'cfg(unix)'.dev-dependencies.x]\nversion = \"1\"\nregistry = \"two\"\n\
             [dependencies]\ny = { version = \"1\", registry = \"crates-io\" }\nz = \"1\"\n",
        );
        write(
            "target/Cargo.toml",
            "[dependencies]\na.registry = \"three\"\n",
        );
        write("broken/Cargo.toml", "[dependencies");
        let names: Vec<_> = named(folder.path()).into_iter().collect();
        assert_eq!(names, ["one", "two"]);
    }
}
