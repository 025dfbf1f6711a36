//! One dependency, in the four forms in which a registry meets it.
//!
//! A person writes it in a manifest, cargo normalises it there when it packs, cargo
//! describes it in the body of a publish, and an index row carries it. The last two
//! name a renamed dependency the opposite way round.
//!
//! Absent: which crate has it.

use serde_json::{Value, json};

/// The registry string under which cargo knows crates.io, whatever serves it.
pub const CRATES_IO_IDENTITY: &str = "https://github.com/rust-lang/crates.io-index";

/// A dependency.
#[derive(Debug, Clone)]
pub struct Dependency {
    name: String,
    requirement: String,
    renamed: Option<String>,
    registry: Option<Registry>,
    path: Option<String>,
    kind: Kind,
    target: Option<String>,
    optional: bool,
    default_features: bool,
    features: Vec<String>,
}

/// A registry that a manifest names.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Its name in cargo's configuration.
    pub name: String,
    /// Its index, `sparse+` included.
    pub index: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    Dev,
    Build,
}

/// Who reads a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As a person writes it, registries by name.
    Written,
    /// As cargo packs it, registries by address.
    Packed,
}

impl Dependency {
    /// Depends on a crate of crates.io, or of the registry that has the dependent.
    pub fn on(name: &str, requirement: &str) -> Self {
        Self {
            name: name.to_owned(),
            requirement: requirement.to_owned(),
            renamed: None,
            registry: None,
            path: None,
            kind: Kind::Normal,
            target: None,
            optional: false,
            default_features: true,
            features: Vec::new(),
        }
    }

    /// Takes it from a registry.
    pub fn from(mut self, name: &str, index: &str) -> Self {
        self.registry = Some(Registry {
            name: name.to_owned(),
            index: index.to_owned(),
        });
        self
    }

    /// Takes it from a folder beside, as members of a workspace do; what is packed
    /// does not say so.
    pub fn beside(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// Calls it by another name.
    pub fn renamed(mut self, name: &str) -> Self {
        self.renamed = Some(name.to_owned());
        self
    }

    /// Takes it for tests only.
    pub fn dev(mut self) -> Self {
        self.kind = Kind::Dev;
        self
    }

    /// Takes it for the build script.
    pub fn build(mut self) -> Self {
        self.kind = Kind::Build;
        self
    }

    /// Takes it on some platforms: `cfg(unix)`.
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self
    }

    /// Takes it only where a feature asks for it.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Asks for a feature of it.
    pub fn feature(mut self, feature: &str) -> Self {
        self.features.push(feature.to_owned());
        self
    }

    /// Leaves its default features out.
    pub fn without_default_features(mut self) -> Self {
        self.default_features = false;
        self
    }

    /// Returns the registry it is taken from, if a manifest names one.
    pub fn registry(&self) -> Option<&Registry> {
        self.registry.as_ref()
    }

    /// Writes its table of a manifest.
    pub(crate) fn table(&self, form: Form) -> String {
        let section = match self.kind {
            Kind::Normal => "dependencies",
            Kind::Dev => "dev-dependencies",
            Kind::Build => "build-dependencies",
        };
        let target = self
            .target
            .as_ref()
            .map(|target| format!("target.{target:?}."))
            .unwrap_or_default();
        let called = self.renamed.as_ref().unwrap_or(&self.name);
        let mut table = format!(
            "[{target}{section}.{called}]\nversion = {:?}\n",
            self.requirement
        );
        if self.renamed.is_some() {
            table += &format!("package = {:?}\n", self.name);
        }
        match (&self.registry, form) {
            (Some(registry), Form::Written) => {
                table += &format!("registry = {:?}\n", registry.name)
            }
            (Some(registry), Form::Packed) => {
                table += &format!("registry-index = {:?}\n", registry.index)
            }
            (None, _) => {}
        }
        if let (Some(path), Form::Written) = (&self.path, form) {
            table += &format!("path = {path:?}\n");
        }
        if self.optional {
            table += "optional = true\n";
        }
        if !self.default_features {
            table += "default-features = false\n";
        }
        if !self.features.is_empty() {
            table += &format!("features = {:?}\n", self.features);
        }
        table
    }

    /// Returns it as an index row has it.
    pub(crate) fn row(&self) -> Value {
        json!({
            "name": self.renamed.as_ref().unwrap_or(&self.name),
            "package": self.renamed.as_ref().map(|_| &self.name),
            "req": self.spelled_requirement(),
            "features": self.features,
            "optional": self.optional,
            "default_features": self.default_features,
            "target": self.target,
            "kind": self.spelled_kind(),
            "registry": self.registry.as_ref().map(|registry| &registry.index),
        })
    }

    /// Returns it as the body of a publish has it.
    ///
    /// Towards any registry but crates.io itself, cargo writes the crates.io identity
    /// on what the manifest takes from nowhere in particular.
    pub(crate) fn upload(&self) -> Value {
        let registry = self
            .registry
            .as_ref()
            .map_or(CRATES_IO_IDENTITY, |registry| &registry.index);
        json!({
            "name": self.name,
            "explicit_name_in_toml": self.renamed,
            "version_req": self.spelled_requirement(),
            "features": self.features,
            "optional": self.optional,
            "default_features": self.default_features,
            "target": self.target,
            "kind": self.spelled_kind(),
            "registry": registry,
        })
    }

    fn spelled_requirement(&self) -> String {
        match self.requirement.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("^{}", self.requirement),
            false => self.requirement.clone(),
        }
    }

    fn spelled_kind(&self) -> &'static str {
        match self.kind {
            Kind::Normal => "normal",
            Kind::Dev => "dev",
            Kind::Build => "build",
        }
    }
}
