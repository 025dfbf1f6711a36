//! What a Cargo.lock says: how many copies of a crate, and from where.
//!
//! Absent: judging it.

use crate::command::fail;
use std::path::Path;

/// One package of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its identity; absent for a package of the project itself.
    pub source: Option<String>,
    /// The checksum of its archive.
    pub checksum: Option<String>,
}

/// A Cargo.lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The file as it is.
    pub text: String,
    /// Its packages.
    pub packages: Vec<Package>,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => fail(&format!("no lock at {}: {error}", path.display())),
        };
        let table: toml::Table = match toml::from_str(&text) {
            Ok(table) => table,
            Err(error) => fail(&format!("a lock that is no TOML ({error}):\n{text}")),
        };
        let packages = table
            .get("package")
            .and_then(toml::Value::as_array)
            .cloned()
            .unwrap_or_default();
        let packages = packages.iter().map(package).collect();
        Self { text, packages }
    }

    /// Lists the packages of one name.
    pub fn of(&self, name: &str) -> Vec<&Package> {
        self.packages
            .iter()
            .filter(|package| package.name == name)
            .collect()
    }

    /// Lists the versions of one name.
    pub fn versions(&self, name: &str) -> Vec<&str> {
        self.of(name)
            .into_iter()
            .map(|package| package.version.as_str())
            .collect()
    }

    /// Expects exactly one package of a name and returns its identity.
    #[track_caller]
    pub fn one(&self, name: &str) -> &str {
        match self.of(name).as_slice() {
            [package] => package.source.as_deref().unwrap_or_default(),
            several => fail(&format!(
                "expected one `{name}`, got {several:#?}\nin\n{}",
                self.text
            )),
        }
    }

    /// Expects no name to occur twice.
    #[track_caller]
    pub fn one_of_each(&self) {
        for package in &self.packages {
            self.one(&package.name);
        }
    }
}

fn package(value: &toml::Value) -> Package {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
    };
    Package {
        name: text("name").unwrap_or_default(),
        version: text("version").unwrap_or_default(),
        source: text("source"),
        checksum: text("checksum"),
    }
}
