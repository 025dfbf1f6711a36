//! A crate defined in a case: its sources, its archive, its index row.
//!
//! The archive is what `cargo package` would make of the sources, as far as a
//! registry or cargo looks: a normalised manifest, the original beside it, files.
//!
//! Absent: publishing it. An upstream takes it as it is, `upload.rs` wraps it for a
//! registry, and `project.rs` lets cargo do it from the sources.

use crate::dependency::{Dependency, Form};
use crate::tarball::{Tarball, checksum};
use serde_json::{Map, Value, json};

/// A crate.
#[derive(Debug, Clone)]
pub struct Krate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    dependencies: Vec<Dependency>,
    features: Vec<(String, Vec<String>)>,
    links: Option<String>,
    description: String,
    files: Vec<(String, String)>,
    more: String,
    licence: String,
    yanked: bool,
    published: Option<String>,
}

impl Krate {
    /// Defines a library without anything in it.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            dependencies: Vec::new(),
            features: Vec::new(),
            links: None,
            description: format!("{name} for a test"),
            files: vec![("src/lib.rs".to_owned(), String::new())],
            more: String::new(),
            licence: "license = \"MIT\"".to_owned(),
            yanked: false,
            published: None,
        }
    }

    /// Depends on a crate.
    pub fn needs(mut self, dependency: Dependency) -> Self {
        self.dependencies.push(dependency);
        self
    }

    /// Has a feature.
    pub fn feature(mut self, name: &str, enables: &[&str]) -> Self {
        self.features.push((
            name.to_owned(),
            enables.iter().map(|word| (*word).to_owned()).collect(),
        ));
        self
    }

    /// Links a native library, of which a program may have one.
    pub fn links(mut self, library: &str) -> Self {
        self.links = Some(library.to_owned());
        self.file("build.rs", "fn main() {}\n")
    }

    /// Has this in `src/lib.rs`.
    pub fn lib(self, source: &str) -> Self {
        self.file("src/lib.rs", source)
    }

    /// Is a program with this in `src/main.rs`, and no library.
    pub fn main(mut self, source: &str) -> Self {
        self.files.retain(|(path, _)| path != "src/lib.rs");
        self.file("src/main.rs", source)
    }

    /// Has a file.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.retain(|(other, _)| other != path);
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Has this description.
    pub fn description(mut self, text: &str) -> Self {
        self.description = text.to_owned();
        self
    }

    /// Has more lines in its manifest's `[package]`.
    pub fn package(mut self, lines: &str) -> Self {
        self.more.push_str(lines);
        self.more.push('\n');
        self
    }

    /// Says this of its licence, a line of its manifest.
    pub fn licence(mut self, line: &str) -> Self {
        self.licence = line.to_owned();
        self
    }

    /// Is yanked.
    pub fn yanked(mut self) -> Self {
        self.yanked = true;
        self
    }

    /// Was published at this time, as its index row says.
    pub fn published(mut self, time: &str) -> Self {
        self.published = Some(time.to_owned());
        self
    }

    /// Returns its dependencies.
    pub(crate) fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// Returns what it says of itself.
    pub(crate) fn described(&self) -> &str {
        &self.description
    }

    /// Returns the library it links.
    pub(crate) fn linked(&self) -> Option<&str> {
        self.links.as_deref()
    }

    /// Writes its manifest.
    pub fn manifest(&self, form: Form) -> String {
        let mut text = format!(
            "[package]\nname = {:?}\nversion = {:?}\nedition = \"2021\"\ndescription = {:?}\n{}\n",
            self.name, self.version, self.description, self.licence
        );
        if let Some(library) = &self.links {
            text += &format!("links = {library:?}\n");
        }
        text += &self.more;
        for dependency in &self.dependencies {
            text += "\n";
            text += &dependency.table(form);
        }
        if !self.features.is_empty() {
            text += "\n[features]\n";
            for (name, enables) in &self.features {
                text += &format!("{name} = {enables:?}\n");
            }
        }
        text
    }

    /// Lists its source files, the manifest as a person writes it first.
    pub fn sources(&self) -> impl Iterator<Item = (&str, String)> {
        let files = self
            .files
            .iter()
            .map(|(path, text)| (path.as_str(), text.clone()));
        std::iter::once(("Cargo.toml", self.manifest(Form::Written))).chain(files)
    }

    /// Packs it.
    pub fn archive(&self) -> Vec<u8> {
        self.tarball().gzip()
    }

    /// Packs it without compressing it, so that a case can add to it.
    pub fn tarball(&self) -> Tarball {
        let root = format!("{}-{}", self.name, self.version);
        let mut tarball = Tarball::default()
            .file(&format!("{root}/Cargo.toml"), self.manifest(Form::Packed))
            .file(
                &format!("{root}/Cargo.toml.orig"),
                self.manifest(Form::Written),
            );
        for (path, text) in &self.files {
            tarball = tarball.file(&format!("{root}/{path}"), text);
        }
        tarball
    }

    /// Returns its features in the two maps a row has: those that cargo before 1.60
    /// cannot read, `dep:` and `?/`, stand apart.
    fn split_features(&self) -> (Map<String, Value>, Map<String, Value>) {
        let modern = |word: &String| word.starts_with("dep:") || word.contains("?/");
        let (new, old): (Vec<_>, Vec<_>) = self
            .features
            .iter()
            .partition(|(_, words)| words.iter().any(modern));
        let map = |features: Vec<&(String, Vec<String>)>| {
            features
                .into_iter()
                .map(|(name, words)| (name.clone(), json!(words)))
                .collect()
        };
        (map(old), map(new))
    }

    /// Returns all its features, as a publish has them.
    pub(crate) fn all_features(&self) -> Map<String, Value> {
        self.features
            .iter()
            .map(|(name, words)| (name.clone(), json!(words)))
            .collect()
    }

    /// Returns its index row, with the checksum of [`Self::archive`].
    pub fn row(&self) -> Value {
        let (features, features2) = self.split_features();
        let dependencies: Vec<_> = self.dependencies.iter().map(Dependency::row).collect();
        let mut row = json!({
            "name": self.name,
            "vers": self.version,
            "deps": dependencies,
            "cksum": checksum(&self.archive()),
            "features": features,
            "yanked": self.yanked,
            "links": self.links,
        });
        if let Some(time) = &self.published {
            row["pubtime"] = json!(time);
        }
        if !features2.is_empty() {
            row["features2"] = Value::Object(features2);
            row["v"] = json!(2);
        }
        row
    }
}
