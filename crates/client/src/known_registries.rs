//! Which registries cargo knows by name in a folder, from its configuration files.
//!
//! Cargo Book, "Configuration", Hierarchical structure: `.cargo/config.toml` of the
//! folder and all above it, then `$CARGO_HOME/config.toml`; the deepest wins. A
//! variable `CARGO_REGISTRIES_<NAME>_INDEX` outranks them.
//!
//! Absent: `--config`, which belongs to one run of cargo, and files that `include`
//! names: a registry that only such a file knows is known to cargo and not seen here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf, absolute};
use toml::{Table, Value};

/// Lists the registries that cargo would know in a folder, with their addresses.
pub fn known(folder: &Path) -> BTreeMap<String, String> {
    // cargo looks above the folder that it is in, whatever path led there.
    let absolute = folder.canonicalize().or_else(|_| absolute(folder));
    let absolute = absolute.unwrap_or_else(|_| folder.to_owned());
    let mut folders: Vec<PathBuf> = absolute
        .ancestors()
        .map(|above| above.join(".cargo"))
        .collect();
    folders.extend(home());
    let mut known = BTreeMap::new();
    for folder in folders {
        for (name, address) in registries(&folder) {
            known.entry(name).or_insert(address);
        }
    }
    known.extend(of_environment(std::env::vars()));
    known
}

fn home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// Those of one folder's file; the one without extension is the one cargo reads.
fn registries(folder: &Path) -> BTreeMap<String, String> {
    let text = ["config", "config.toml"]
        .into_iter()
        .find_map(|name| std::fs::read_to_string(folder.join(name)).ok());
    let table = text.and_then(|text| text.parse::<Table>().ok());
    let registries = table.and_then(|table| table.get("registries")?.as_table().cloned());
    let indexed = |(name, registry): (String, Value)| {
        let index = registry.get("index")?.as_str()?.to_owned();
        Some((name, index))
    };
    registries
        .into_iter()
        .flatten()
        .filter_map(indexed)
        .collect()
}

/// Names in variables are in capitals, with `_` for `-`; registries of a server have
/// lower-case names, so both readings are listed.
fn of_environment(variables: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut known = Vec::new();
    for (variable, address) in variables {
        let name = variable
            .strip_prefix("CARGO_REGISTRIES_")
            .and_then(|rest| rest.strip_suffix("_INDEX"));
        if let Some(name) = name {
            let name = name.to_ascii_lowercase();
            known.push((name.replace('_', "-"), address.clone()));
            known.push((name, address));
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_file_wins() {
        let top = tempfile::tempdir().unwrap();
        let below = top.path().join("a/b");
        for folder in [top.path(), &below] {
            std::fs::create_dir_all(folder.join(".cargo")).unwrap();
        }
        let write = |folder: &Path, text: &str| {
            std::fs::write(folder.join(".cargo/config.toml"), text).unwrap();
        };
        write(
            top.path(),
            "[registries]\nlab = { index = \"sparse+http://above/\" }\nout.index = \"x\"\n",
        );
        write(
            &below,
            "[registries.lab]\nindex = \"sparse+http://below/\"\n",
        );
        let known = known(&below);
        assert_eq!(known["lab"], "sparse+http://below/");
        assert_eq!(known["out"], "x");
    }

    #[test]
    fn a_variable_may_mean_either_spelling() {
        let variables = [("CARGO_REGISTRIES_MY_LAB_INDEX".to_owned(), "x".to_owned())];
        let known = of_environment(variables.into_iter());
        assert_eq!(known.len(), 2);
        assert_eq!(known[0].0, "my-lab");
    }
}
