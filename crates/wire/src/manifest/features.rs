//! Features: what they may be called, what they may enable, and which of them only
//! newer cargos can read.
//!
//! Cargo Book, "Features", and RFC 3143 (`dep:` and `?/`).

use super::Manifest;
use super::admission::AdmissionError;
use crossdock_core::release::Features;
use std::collections::{BTreeMap, BTreeSet};

/// What a value of a feature enables.
enum Enabled<'v> {
    /// Another feature, or an optional dependency's own.
    Feature(&'v str),
    /// `dep:NAME`.
    Dependency(&'v str),
    /// `NAME/FEATURE`, or `NAME?/FEATURE`, which does not enable NAME itself.
    OfDependency {
        name: &'v str,
        feature: &'v str,
        weak: bool,
    },
}

impl<'v> Enabled<'v> {
    fn read(value: &'v str) -> Self {
        if let Some(name) = value.strip_prefix("dep:") {
            return Self::Dependency(name);
        }
        let Some((name, feature)) = value.split_once('/') else {
            return Self::Feature(value);
        };
        let (name, weak) = match name.strip_suffix('?') {
            Some(name) => (name, true),
            None => (name, false),
        };
        Self::OfDependency {
            name,
            feature,
            weak,
        }
    }
}

/// Checks that everything features enable is there, as cargo does when it reads the
/// row; a row that fails there loses the version.
pub(super) fn check(manifest: &Manifest) -> Result<(), AdmissionError> {
    let names = |optional: bool| -> BTreeSet<&str> {
        let named = manifest.dependencies.iter();
        let named = named.filter(|dependency| dependency.optional || !optional);
        named.map(|dependency| dependency.name.as_str()).collect()
    };
    let (any, optional) = (names(false), names(true));
    let values = || manifest.features.values().flatten();
    // A dependency named with `dep:` has no feature of its own name.
    let hidden: BTreeSet<&str> = values()
        .filter_map(|value| value.strip_prefix("dep:"))
        .collect();
    let exists = |value: &str| match Enabled::read(value) {
        Enabled::Dependency(name) => optional.contains(name),
        Enabled::OfDependency {
            name,
            feature,
            weak,
        } => if weak { &optional } else { &any }.contains(name) && is_name(feature),
        Enabled::Feature(name) => {
            manifest.features.contains_key(name)
                || optional.contains(name) && !hidden.contains(name)
        }
    };
    for (feature, values) in &manifest.features {
        if !is_name(feature) {
            let name = feature.escape_debug().to_string();
            return Err(AdmissionError::FeatureName(name));
        }
        if let Some(value) = values.iter().find(|value| !exists(value)) {
            return Err(AdmissionError::FeatureValue {
                feature: feature.clone(),
                value: value.escape_debug().to_string(),
            });
        }
    }
    Ok(())
}

/// Tells whether a feature may be called so: a letter of any script, a digit or `_`,
/// then also `-`, `+` and `.`, as for cargo and crates.io.
pub(super) fn is_name(name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    name.starts_with(letter) && name.chars().all(|c| letter(c) || "-+.".contains(c))
}

/// Splits features into those that every cargo reads and those that cargo before
/// 1.60 must not see (Cargo Book, "Registry Index", `features2`).
///
/// The second are those with `dep:` or `?/`, and those that enable one of them:
/// an old cargo would miss the enabled feature and lose the version.
pub(super) fn split(mut features: Features) -> (Features, Features) {
    let mut enablers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut newer: Vec<&str> = Vec::new();
    for (name, values) in &features {
        if values.iter().any(|value| is_new(value)) {
            newer.push(name);
        }
        for value in values {
            enablers.entry(value).or_default().push(name);
        }
    }
    let mut moved: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = newer.pop() {
        if moved.insert(name.to_owned()) {
            newer.extend(enablers.get(name).into_iter().flatten());
        }
    }
    let features2 = features.extract_if(.., |name, _| moved.contains(name));
    let features2 = features2.collect();
    (features, features2)
}

fn is_new(value: &str) -> bool {
    match Enabled::read(value) {
        Enabled::Dependency(_) => true,
        Enabled::OfDependency { weak, .. } => weak,
        Enabled::Feature(_) => false,
    }
}
