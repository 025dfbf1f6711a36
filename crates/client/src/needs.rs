//! What the packages of a project name in their manifests, as cargo itself reads them:
//! inheritance from a workspace and targets included.
//!
//! Absent: running `cargo metadata`, whose output this is; what a lock adds.

use crate::cargo_sources::{Place, line_of};
use crossdock_core::address::Address;
use crossdock_core::name::{CrateName, NameKey};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The tables of a manifest that name dependencies.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// One dependency of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The crate that is meant, whatever the manifest calls it.
    pub krate: String,
    /// The version requirement.
    pub requirement: String,
    /// Where it comes from.
    pub source: NeedSource,
    /// The manifest, and the line that names it.
    pub place: Place,
}

/// Where a manifest takes a dependency from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NeedSource {
    /// The registry that cargo knows by this address; nothing said is crates.io.
    Registry(Address),
    /// A git repository, as `git+URL?branch=…`.
    Git(String),
    /// A folder beside, or what is no address.
    Other,
}

impl Need {
    /// Returns what two spellings of its name have in common.
    pub fn key(&self) -> Option<NameKey> {
        Some(CrateName::parse(&self.krate).ok()?.key())
    }
}

/// A project as `cargo metadata --no-deps` tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    packages: Vec<Package>,
    /// The folder that has the lock.
    pub workspace_root: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
struct Package {
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    req: String,
    source: Option<String>,
}

impl Metadata {
    /// Lists what all packages of the project name. `read` gives the text of a manifest,
    /// for its lines.
    pub fn needs(&self, read: impl Fn(&Path) -> Option<String>) -> Vec<Need> {
        let top = self.workspace_root.join("Cargo.toml");
        let shared = read(&top).unwrap_or_default();
        let mut needs = Vec::new();
        for package in &self.packages {
            let text = read(&package.manifest_path).unwrap_or_default();
            let mut seen = BTreeSet::new();
            for dependency in &package.dependencies {
                let called = dependency.rename.as_ref().unwrap_or(&dependency.name);
                let source = dependency.source.as_deref();
                if !seen.insert((called, source)) {
                    continue;
                }
                // Where `workspace = true` stands, the workspace is to be changed.
                let inherited = line_of(&shared, &["workspace", "dependencies", called]);
                let own = line_in(&text, called);
                let (file, line) = match (own, inherited) {
                    (Some((line, true)), Some(at_top)) => {
                        let _inherits = line;
                        (&top, at_top)
                    }
                    (Some((line, _)), _) => (&package.manifest_path, line),
                    (None, _) => (&package.manifest_path, 1),
                };
                needs.push(Need {
                    krate: dependency.name.clone(),
                    requirement: dependency.req.clone(),
                    source: parse(source),
                    place: Place {
                        file: file.clone(),
                        line,
                    },
                });
            }
        }
        needs
    }
}

fn parse(source: Option<&str>) -> NeedSource {
    match source {
        Some(git) if git.starts_with("git+") => NeedSource::Git(git.to_owned()),
        Some(source) => Address::parse(source).map_or(NeedSource::Other, NeedSource::Registry),
        None => NeedSource::Other,
    }
}

/// Finds the line that names a dependency, and whether it inherits from the workspace.
fn line_in(text: &str, called: &str) -> Option<(usize, bool)> {
    let table: toml::Table = text.parse().ok()?;
    let mut places: Vec<Vec<String>> = TABLES.map(|one| vec![one.to_owned()]).into();
    let targets = table.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(toml::Table::keys) {
        let below = |one: &str| vec!["target".to_owned(), target.clone(), one.to_owned()];
        places.extend(TABLES.map(below));
    }
    places.iter().find_map(|tables| {
        let mut keys: Vec<&str> = tables.iter().map(String::as_str).collect();
        keys.push(called);
        let line = line_of(text, &keys)?;
        let (first, rest) = keys.split_first()?;
        let value = rest
            .iter()
            .try_fold(table.get(*first)?, |value, key| value.get(key));
        let inherits = value.and_then(|value| value.get("workspace")?.as_bool());
        Some((line, inherits == Some(true)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"workspace_root":"/w","packages":[{"manifest_path":"/w/a/Cargo.toml","dependencies":[
        {"name":"seed","rename":null,"req":"^1","source":"sparse+http://h/local/index/","registry":"sparse+http://h/local/index/"},
        {"name":"stem","rename":"stalk","req":"^1","source":"registry+https://github.com/rust-lang/crates.io-index"},
        {"name":"leaf","rename":null,"req":"*","source":"git+https://g/leaf?branch=main"},
        {"name":"soil","rename":null,"req":"^1","source":"registry+https://github.com/rust-lang/crates.io-index"},
        {"name":"bed","rename":null,"req":"*","source":null,"path":"/w/bed"}]}]}"#;

    #[test]
    fn lines_are_those_that_would_have_to_change() {
        let read = |path: &Path| {
            Some(match path.to_str()? {
                "/w/Cargo.toml" => "[workspace]\n[workspace.dependencies]\nsoil = \"1\"\n".into(),
                "/w/a/Cargo.toml" => "[dependencies]\nsoil.workspace = true\n\n\
                     seed = { version = \"1\", registry = \"local\" }\n\
                     [dev-dependencies.stalk]\nversion = \"1\"\npackage = \"stem\"\n\
                     [target.'cfg(unix)'.dependencies]\nleaf = { git = \"https://g/leaf\" }\n"
                    .to_owned(),
                _ => return None,
            })
        };
        let metadata: Metadata = serde_json::from_str(METADATA).unwrap();
        let found: Vec<_> = metadata
            .needs(read)
            .into_iter()
            .map(|need| {
                let file = need.place.file.display().to_string();
                (need.krate, file, need.place.line, need.source)
            })
            .collect();
        let a = || "/w/a/Cargo.toml".to_owned();
        let at = |text: &str| NeedSource::Registry(Address::parse(text).unwrap());
        let git = NeedSource::Git("git+https://g/leaf?branch=main".to_owned());
        assert_eq!(
            found,
            [
                (
                    "seed".to_owned(),
                    a(),
                    4,
                    at("sparse+http://h/local/index/")
                ),
                (
                    "stem".to_owned(),
                    a(),
                    5,
                    NeedSource::Registry(Address::CratesIo)
                ),
                ("leaf".to_owned(), a(), 9, git),
                (
                    "soil".to_owned(),
                    "/w/Cargo.toml".to_owned(),
                    3,
                    NeedSource::Registry(Address::CratesIo)
                ),
                ("bed".to_owned(), a(), 1, NeedSource::Other),
            ]
        );
    }
}
