//! What cargo's configuration says of registries: which address a name has, and which
//! source takes the place of an address.
//!
//! Files are merged as cargo does it (Cargo Book, "Configuration", Hierarchical
//! structure): "Cargo allows local configuration for a particular package as well as
//! global configuration. It looks for configuration files in the current directory and
//! all parent directories." The nearest wins, value by value.
//!
//! Absent: `--config` on somebody's cargo command line, and `include`, which are not seen
//! from here; changing configuration (`cargo_config.rs`).

use crossdock_core::address::Address;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// How many replacements are followed; cargo itself refuses circles.
const REPLACEMENTS_MAX: usize = 8;

/// The name that cargo keeps for crates.io.
const CRATES_IO: &str = "crates-io";

/// What cargo's configuration says of registries.
#[derive(Clone, Debug, Default)]
pub struct CargoSources {
    merged: Table,
}

/// What takes the place of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// The registry at this address, which is the same one if nothing does.
    By(Address),
    /// A folder or something else that is no registry with an address, as written.
    ByOther(String),
}

/// Why cargo's configuration is not understood.
#[derive(Debug, thiserror::Error)]
pub enum SourcesError {
    /// A file cannot be read.
    #[error("could not read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no TOML.
    #[error("{} is no TOML", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: toml::de::Error,
    },
}

impl CargoSources {
    /// Reads the configuration that holds in `folder`.
    ///
    /// # Errors
    /// [`SourcesError`] names the file.
    pub fn load(folder: &Path, cargo_home: Option<&Path>) -> Result<Self, SourcesError> {
        let mut found = Vec::new();
        for above in folder.ancestors() {
            found.extend(file_in(&above.join(".cargo")));
        }
        found.extend(cargo_home.and_then(file_in));
        let mut sources = Self::default();
        let mut seen = BTreeSet::new();
        for path in found {
            if !seen.insert(path.clone()) {
                continue;
            }
            let text =
                std::fs::read_to_string(&path).map_err(|source| SourcesError::Unreadable {
                    path: path.clone(),
                    source,
                })?;
            let table: Table = text
                .parse()
                .map_err(|source| SourcesError::NotToml { path, source })?;
            fill(&mut sources.merged, table);
        }
        Ok(sources)
    }

    /// Returns the address of the registry that cargo calls `name`; the environment
    /// outranks files.
    pub fn registry(&self, name: &str) -> Option<Address> {
        if name == CRATES_IO {
            return Some(Address::CratesIo);
        }
        let variable = std::env::var(index_variable(name)).ok();
        let written = variable.or_else(|| text(&self.merged, ["registries", name, "index"]));
        Address::parse(&written?).ok()
    }

    /// Returns the token for an address that has a name, as far as files and the
    /// environment have one; credential providers are cargo's own affair.
    pub fn token(&self, address: &Address) -> Option<String> {
        let name = self.name_of(address)?;
        let variable = format!("CARGO_REGISTRIES_{}_TOKEN", shouted(&name));
        std::env::var(variable)
            .ok()
            .or_else(|| text(&self.merged, ["registries", &name, "token"]))
    }

    /// Finds what cargo reads where `address` is meant.
    pub fn replacement(&self, address: &Address) -> Replaced {
        let mut address = address.clone();
        for _ in 0..REPLACEMENTS_MAX {
            let replaced_by = self
                .source_of(&address)
                .and_then(|name| text(&self.merged, ["source", &name, "replace-with"]));
            let Some(name) = replaced_by else {
                break;
            };
            let source = text(&self.merged, ["source", &name, "registry"]);
            let next = source.as_deref().map(Address::parse).and_then(Result::ok);
            match next.or_else(|| self.registry(&name)) {
                Some(next) => address = next,
                None => return Replaced::ByOther(name),
            }
        }
        Replaced::By(address)
    }

    /// Returns the name under which `[source]` has an address, if it does; cargo wants
    /// each address there once.
    pub fn source_of(&self, address: &Address) -> Option<String> {
        if *address == Address::CratesIo {
            return Some(CRATES_IO.to_owned());
        }
        let sources = self.merged.get("source")?.as_table()?;
        let says = |source: &Value| Address::parse(source.get("registry")?.as_str()?).ok();
        let found = sources
            .iter()
            .find(|(_, source)| says(source).as_ref() == Some(address));
        match found {
            Some((name, _)) => Some(name.clone()),
            // A `[source.NAME]` without an address stands beside `[registries.NAME]`.
            None => self
                .name_of(address)
                .filter(|name| sources.contains_key(name)),
        }
    }

    /// Lists the sources that are replaced by the source of this name.
    pub fn replaced_by(&self, name: &str) -> Vec<String> {
        let sources = self.merged.get("source").and_then(Value::as_table);
        let sources = sources.into_iter().flatten();
        let is_replaced =
            |source: &Value| source.get("replace-with").and_then(Value::as_str) == Some(name);
        let replaced = sources.filter(|(_, source)| is_replaced(source));
        replaced.map(|(source, _)| source.clone()).collect()
    }

    /// Lists the addresses that have a name.
    pub fn known(&self) -> Vec<Address> {
        let named = |section: &str, key: &str| -> Vec<Address> {
            let tables = self.merged.get(section).and_then(Value::as_table);
            let values = tables.into_iter().flat_map(|tables| tables.values());
            values
                .filter_map(|value| Address::parse(value.get(key)?.as_str()?).ok())
                .collect()
        };
        let mut known = named("registries", "index");
        known.extend(named("source", "registry"));
        known
    }

    fn name_of(&self, address: &Address) -> Option<String> {
        let registries = self.merged.get("registries")?.as_table()?;
        let mut names = registries.keys();
        names
            .find(|name| self.registry(name).as_ref() == Some(address))
            .cloned()
    }
}

/// Returns the variable in which cargo looks for the address of a registry.
pub fn index_variable(name: &str) -> String {
    format!("CARGO_REGISTRIES_{}_INDEX", shouted(name))
}

/// Returns cargo's home, which need not exist.
pub fn cargo_home() -> Option<PathBuf> {
    match std::env::var_os("CARGO_HOME") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(std::env::home_dir()?.join(".cargo")),
    }
}

fn shouted(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// The file of a folder; the one without extension is the one cargo reads.
fn file_in(folder: &Path) -> Option<PathBuf> {
    let names = ["config", "config.toml"];
    names
        .map(|name| folder.join(name))
        .into_iter()
        .find(|path| path.is_file())
}

/// Adds what is not said yet.
fn fill(table: &mut Table, farther: Table) {
    for (key, value) in farther {
        match (table.get_mut(&key), value) {
            (None, value) => drop(table.insert(key, value)),
            (Some(Value::Table(near)), Value::Table(far)) => fill(near, far),
            (Some(_), _) => {}
        }
    }
}

fn text(table: &Table, [section, name, key]: [&str; 3]) -> Option<String> {
    Some(
        table
            .get(section)?
            .get(name)?
            .get(key)?
            .as_str()?
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(texts: &[&str]) -> CargoSources {
        let mut sources = CargoSources::default();
        for text in texts {
            fill(&mut sources.merged, text.parse().unwrap());
        }
        sources
    }

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn replacements_are_followed_to_their_end() {
        let sources = sources(&[
            "[registries.main]\nindex = \"sparse+http://h:1/main/index/\"\n\
             [source.crates-io]\nreplace-with = \"main\"\n",
            "[registries.lab]\nindex = \"sparse+http://h:1/lab/index\"\n\
             [source.lab]\nregistry = \"sparse+http://h:1/lab/index/\"\nreplace-with = \"pin\"\n\
             [source.pin]\nregistry = \"sparse+http://h:1/lab/at/7/index/\"\n\
             [source.crates-io]\nreplace-with = \"far\"\n\
             [source.x]\nregistry = \"sparse+http://x/\"\nreplace-with = \"folder\"\n\
             [source.folder]\ndirectory = \"vendor\"\n",
        ]);
        let by = |text: &str| Replaced::By(address(text));
        for (asked, expected) in [
            (
                "https://github.com/rust-lang/crates.io-index",
                by("sparse+http://h:1/main/index/"),
            ),
            (
                "sparse+http://h:1/lab/index/",
                by("sparse+http://h:1/lab/at/7/index/"),
            ),
            ("sparse+http://other/", by("sparse+http://other/")),
            ("sparse+http://x/", Replaced::ByOther("folder".to_owned())),
        ] {
            assert_eq!(sources.replacement(&address(asked)), expected, "{asked}");
        }
        assert_eq!(
            sources.registry("lab"),
            Some(address("sparse+http://h:1/lab/index/"))
        );
        assert_eq!(
            sources
                .source_of(&address("sparse+http://h:1/lab/index/"))
                .as_deref(),
            Some("lab")
        );
        assert_eq!(
            sources.source_of(&address("sparse+http://h:1/main/index/")),
            None
        );
    }

    #[test]
    fn circles_end() {
        let sources = sources(&[
            "[source.a]\nregistry = \"sparse+http://a/\"\nreplace-with = \"b\"\n\
             [source.b]\nregistry = \"sparse+http://b/\"\nreplace-with = \"a\"\n",
        ]);
        assert!(matches!(
            sources.replacement(&address("sparse+http://a/")),
            Replaced::By(_)
        ));
    }
}
