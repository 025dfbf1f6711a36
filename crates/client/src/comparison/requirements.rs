//! What two manifests say otherwise of dependencies.
//!
//! Absent: what the dependencies resolve to.

use crossdock_archive::Tree;
use crossdock_core::release::DependencyKind;
use crossdock_wire::manifest::{self, ManifestDependency};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A dependency that one manifest has otherwise than the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DependencyChange {
    /// Its name in the manifest.
    pub name: String,
    /// `normal`, `dev` or `build`.
    pub kind: &'static str,
    /// The platform it is for.
    pub target: Option<String>,
    /// What the earlier manifest asks for; nothing if it does not have it.
    pub old: Option<String>,
    /// What the later one asks for.
    pub new: Option<String>,
}

impl DependencyChange {
    pub(super) fn told(&self) -> String {
        let kind = match self.kind {
            "normal" => String::new(),
            kind => format!(" ({kind})"),
        };
        let target = self.target.as_ref().map(|target| format!(" for {target}"));
        let what = format!("{}{kind}{}", self.name, target.unwrap_or_default());
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
        format!("{what}: {} -> {}", side(&self.old), side(&self.new))
    }
}

/// Compares what the manifests of two trees ask for; nothing if one of them is no
/// packaged manifest.
pub fn dependencies(old: &Tree, new: &Tree) -> Option<Vec<DependencyChange>> {
    let (old, new) = (asked_for(old)?, asked_for(new)?);
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let changes = keys.into_iter().filter(|key| old.get(key) != new.get(key));
    Some(
        changes
            .map(|key| {
                let (target, kind, name) = key;
                DependencyChange {
                    name: name.clone(),
                    kind: match kind {
                        DependencyKind::Normal => "normal",
                        DependencyKind::Dev => "dev",
                        DependencyKind::Build => "build",
                    },
                    target: target.clone(),
                    old: old.get(key).cloned(),
                    new: new.get(key).cloned(),
                }
            })
            .collect(),
    )
}

type Key = (Option<String>, DependencyKind, String);

fn asked_for(tree: &Tree) -> Option<BTreeMap<Key, String>> {
    let text = std::str::from_utf8(&tree.get("Cargo.toml")?.bytes).ok()?;
    let manifest = manifest::parse(text).ok()?;
    let dependencies = manifest.dependencies.iter();
    Some(
        dependencies
            .map(|it| ((it.platform.clone(), it.kind, it.name.clone()), worded(it)))
            .collect(),
    )
}

/// The requirement, and whatever else is not as it is by default.
fn worded(dependency: &ManifestDependency) -> String {
    let mut text = dependency.req.clone();
    if let Some(package) = &dependency.package {
        text += &format!(" of {package}");
    }
    if let Some(registry) = &dependency.registry_index {
        text += &format!(" from {registry}");
    }
    if !dependency.features.is_empty() {
        text += &format!(", features {}", dependency.features.join(" "));
    }
    if !dependency.default_features {
        text += ", without default features";
    }
    if dependency.optional {
        text += ", optional";
    }
    for (name, value) in &dependency.unknown {
        text += &format!(", {name} = {value}");
    }
    text
}
