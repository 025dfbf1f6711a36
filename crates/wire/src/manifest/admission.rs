//! What a new release may say: limits and sense, beyond what parses.
//!
//! Holds for publishes; mirrors show what their upstream took.

use super::Manifest;
use crossdock_core::release::DependencyKind;
use std::collections::BTreeSet;

/// crates.io's bounds: dependencies, features, and values of one feature.
const DEPENDENCIES_MAX: usize = 500;
const FEATURES_MAX: usize = 300;

/// Why a manifest is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// Too many of something.
    #[error("{count} {what}, allowed are {max}")]
    TooMany {
        /// Of what.
        what: String,
        /// How many.
        count: usize,
        /// The bound.
        max: usize,
    },
    /// A feature's name breaks the grammar.
    #[error(
        "feature name `{0}` must start with a letter, digit or `_` and contain only letters, digits, `_`, `-`, `+` and `.`"
    )]
    FeatureName(String),
    /// A feature enables something that does not exist.
    #[error(
        "feature `{feature}` enables `{value}`, which is neither a feature nor an optional dependency"
    )]
    FeatureValue {
        /// The feature.
        feature: String,
        /// What it enables.
        value: String,
    },
    /// A requirement that takes any version.
    #[error("dependency `{0}` has requirement `*`; say which versions it was tested with")]
    Wildcard(String),
    /// A crate that needs itself.
    #[error("crate depends on itself as `{0}`; only dev-dependencies may")]
    Itself(String),
    /// A link that a browser should not follow.
    #[error("`{0}` must be an http or https address")]
    Link(String),
    /// `rust-version` is no version.
    #[error("rust-version `{0}` must be of the form 1.70 or 1.70.0")]
    RustVersion(String),
}

/// Tells whether a manifest is admitted as a new release.
///
/// # Errors
/// [`AdmissionError`] with the first rule it breaks.
pub fn admit(manifest: &Manifest) -> Result<(), AdmissionError> {
    bounded(
        "dependencies",
        manifest.dependencies.len(),
        DEPENDENCIES_MAX,
    )?;
    bounded("features", manifest.features.len(), FEATURES_MAX)?;
    for dependency in &manifest.dependencies {
        if dependency.req == "*" {
            return Err(AdmissionError::Wildcard(dependency.name.clone()));
        }
        let own = dependency.crate_name().key() == manifest.name.key()
            && dependency.registry_index.is_none();
        if own && dependency.kind != DependencyKind::Dev {
            return Err(AdmissionError::Itself(dependency.name.clone()));
        }
        bounded(
            &format!("features of dependency `{}`", dependency.name),
            dependency.features.len(),
            FEATURES_MAX,
        )?;
    }
    for link in &manifest.addresses {
        let web = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !web {
            return Err(AdmissionError::Link(link.escape_debug().to_string()));
        }
    }
    if let Some(version) = manifest
        .rust_version
        .as_ref()
        .filter(|version| !is_rust_version(version))
    {
        return Err(AdmissionError::RustVersion(
            version.escape_debug().to_string(),
        ));
    }
    admit_features(manifest)
}

fn bounded(what: &str, count: usize, max: usize) -> Result<(), AdmissionError> {
    if count <= max {
        Ok(())
    } else {
        Err(AdmissionError::TooMany {
            what: what.escape_debug().to_string(),
            count,
            max,
        })
    }
}

fn admit_features(manifest: &Manifest) -> Result<(), AdmissionError> {
    let values = || manifest.features.values().flatten();
    let hidden: BTreeSet<&str> = values()
        .filter_map(|value| value.strip_prefix("dep:"))
        .collect();
    let dependencies: BTreeSet<&str> = manifest
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
        .collect();
    let optional: BTreeSet<&str> = manifest
        .dependencies
        .iter()
        .filter(|dependency| dependency.optional)
        .map(|dependency| dependency.name.as_str())
        .collect();
    for (feature, values) in &manifest.features {
        if !is_feature_name(feature) {
            return Err(AdmissionError::FeatureName(
                feature.escape_debug().to_string(),
            ));
        }
        bounded(
            &format!("values of feature `{feature}`"),
            values.len(),
            FEATURES_MAX,
        )?;
        for value in values {
            let exists = match (value.strip_prefix("dep:"), value.split_once('/')) {
                (Some(dependency), _) => optional.contains(dependency),
                (None, Some((dependency, of_it))) => {
                    let weak = dependency.strip_suffix('?');
                    let named = weak.unwrap_or(dependency);
                    let known = if weak.is_some() {
                        optional.contains(named)
                    } else {
                        dependencies.contains(named)
                    };
                    known && is_feature_name(of_it)
                }
                (None, None) => {
                    manifest.features.contains_key(value)
                        || (optional.contains(value.as_str()) && !hidden.contains(value.as_str()))
                }
            };
            if !exists {
                let (feature, value) = (feature.clone(), value.escape_debug().to_string());
                return Err(AdmissionError::FeatureValue { feature, value });
            }
        }
    }
    Ok(())
}

/// Cargo Book, "Features": letters, digits, `_`, `-`, `+`, `.`; crates.io takes ASCII.
fn is_feature_name(name: &str) -> bool {
    let first = name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    first
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-+.".contains(&b))
}

/// Cargo Book, "The rust-version field": numbers only, two or three of them.
fn is_rust_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| {
        !part.is_empty() && part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit())
    };
    (1..=3).contains(&numbers.len()) && numbers.iter().all(number)
}
