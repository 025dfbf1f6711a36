//! What cargo's configuration says of registries: which address a name has, and which
//! source takes the place of an address.
//!
//! Files are merged as cargo does it (Cargo Book, "Configuration", Hierarchical
//! structure): "Cargo allows local configuration for a particular package as well as
//! global configuration. It looks for configuration files in the current directory and
//! all parent directories." The nearest wins, value by value.
//!
//! The one reader of cargo's configuration for all that runs beside cargo. Absent:
//! `--config` on somebody's cargo command line, and `include`, which are not seen from
//! here; changing configuration (`cargo_config.rs`).

mod places;

use crossdock_core::address::Address;
use places::File;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf, absolute};
use toml::{Table, Value};

pub use places::{Place, line_of};

/// How many replacements are followed; cargo itself refuses circles.
const REPLACEMENTS_MAX: usize = 8;

/// The name that cargo keeps for crates.io.
const CRATES_IO: &str = "crates-io";

/// What cargo's configuration says of registries.
#[derive(Clone, Debug, Default)]
pub struct CargoSources {
    merged: Table,
    /// The nearest first.
    files: Vec<File>,
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
        // cargo looks above the folder that it is in, whatever path led there.
        let here = folder.canonicalize().or_else(|_| absolute(folder));
        let here = here.unwrap_or_else(|_| folder.to_owned());
        let mut found = Vec::new();
        for above in here.ancestors() {
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
            let table: Table = text.parse().map_err(|source| SourcesError::NotToml {
                path: path.clone(),
                source,
            })?;
            fill(&mut sources.merged, table);
            sources.files.push(File { path, text });
        }
        Ok(sources)
    }

    /// Reads what holds in `folder` for somebody whom cargo itself will tell if a file is
    /// broken: nothing is said then.
    pub fn around(folder: &Path) -> Self {
        Self::load(folder, cargo_home().as_deref()).unwrap_or_default()
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

    /// Lists the registries that have a name, with their addresses as written.
    ///
    /// Names in variables are in capitals, with `_` for `-`; registries of a server have
    /// lower-case names, so both readings are listed.
    pub fn registries(&self) -> BTreeMap<String, String> {
        let tables = self.merged.get("registries").and_then(Value::as_table);
        let indexed = |(name, registry): (&String, &Value)| {
            Some((name.clone(), registry.get("index")?.as_str()?.to_owned()))
        };
        let tables = tables.into_iter().flatten().filter_map(indexed);
        let mut registries: BTreeMap<String, String> = tables.collect();
        registries.extend(of_environment(std::env::vars()));
        registries
    }

    /// Finds where a key stands that holds: in the nearest file that has it.
    pub fn place(&self, keys: &[&str]) -> Option<Place> {
        self.files.iter().find_map(|file| file.place(keys))
    }

    /// Reads one string.
    pub fn text(&self, keys: &[&str]) -> Option<&str> {
        self.value(keys)?.as_str()
    }

    /// Reads a list of strings, or one string as words, as cargo does with programs;
    /// none if nothing is said.
    pub fn words(&self, keys: &[&str]) -> Option<Vec<String>> {
        match self.value(keys)? {
            Value::String(words) => Some(words.split_whitespace().map(str::to_owned).collect()),
            Value::Array(list) => {
                let words = list.iter().filter_map(Value::as_str);
                Some(words.map(str::to_owned).collect())
            }
            _ => None,
        }
    }

    /// Lists the names of a table's tables.
    pub fn names_in(&self, section: &str) -> Vec<String> {
        let tables = self.merged.get(section).and_then(Value::as_table);
        tables.into_iter().flat_map(Table::keys).cloned().collect()
    }

    fn value(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter()
            .try_fold(self.merged.get(*first)?, |value, key| value.get(key))
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

    /// Returns the name under which `[registries]` has an address, if it does.
    pub fn name_of(&self, address: &Address) -> Option<String> {
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
            // "Arrays will be joined together with higher precedence items being placed
            // later in the merged array."
            (Some(Value::Array(near)), Value::Array(mut far)) => {
                far.append(near);
                *near = far;
            }
            (Some(_), _) => {}
        }
    }
}

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
    fn the_deepest_file_wins_and_lists_are_joined() {
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
            "[registries]\nlab = { index = \"sparse+http://above/\" }\nout.index = \"x\"\n\
             [registry]\nglobal-credential-providers = [\"far\"]\ndefault = \"lab\"\n",
        );
        write(
            &below,
            "registry.global-credential-providers = [\"near\"]\n\n\
             [registries.lab]\n# why\nindex = \"sparse+http://below/\"\n",
        );
        let sources = CargoSources::load(&below, None).unwrap();
        let known = sources.registries();
        assert_eq!(known["lab"], "sparse+http://below/");
        assert_eq!(known["out"], "x");
        let providers = sources.words(&["registry", "global-credential-providers"]);
        assert_eq!(providers.unwrap(), ["far", "near"]);
        let line = |keys: &[&str]| sources.place(keys).map(|place| place.line);
        assert_eq!(line(&["registries", "lab", "index"]), Some(5));
        assert_eq!(line(&["registry", "default"]), Some(6));
        assert_eq!(line(&["registries", "out", "index"]), Some(3));
        assert_eq!(line(&["registries", "nowhere", "index"]), None);
    }

    #[test]
    fn a_variable_may_mean_either_spelling() {
        let variables = [("CARGO_REGISTRIES_MY_LAB_INDEX".to_owned(), "x".to_owned())];
        let known = of_environment(variables.into_iter());
        assert_eq!(known.len(), 2);
        assert_eq!(known[0].0, "my-lab");
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
