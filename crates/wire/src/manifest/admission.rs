//! What a new release may say: limits and sense, beyond what parses.
//!
//! Holds for publishes; mirrors show what their upstream took.

use super::{Manifest, ManifestDependency, features};
use crossdock_core::release::DependencyKind;

/// crates.io's bound on dependencies, all kinds and platforms together.
const DEPENDENCIES_MAX: usize = 500;

/// crates.io's bound on features, and on the values of one.
const FEATURES_MAX: usize = 300;

/// Longest description in bytes; crates.io's `MAX_DESCRIPTION_LENGTH`.
const DESCRIPTION_BYTES_MAX: usize = 1000;

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
    /// A release that needs itself.
    #[error("release depends on itself as `{0}`; only dev-dependencies may")]
    Itself(String),
    /// A link that a browser should not follow.
    #[error("`{field}` is `{link}`, which must be an http or https address")]
    Link {
        /// The field.
        field: &'static str,
        /// What it says.
        link: String,
    },
    /// A text that shows other than it reads.
    #[error("`{field}` holds the character {character}, which changes how text is shown")]
    Character {
        /// The field.
        field: &'static str,
        /// The character, escaped.
        character: String,
    },
}

/// Tells whether a manifest is admitted as a new release.
///
/// # Errors
/// [`AdmissionError`] with the first rule it breaks.
pub fn admit(manifest: &Manifest) -> Result<(), AdmissionError> {
    let dependencies = manifest.dependencies.len();
    bounded("dependencies", dependencies, DEPENDENCIES_MAX)?;
    bounded("features", manifest.features.len(), FEATURES_MAX)?;
    for (feature, values) in &manifest.features {
        let what = format!("values of feature `{}`", feature.escape_debug());
        bounded(&what, values.len(), FEATURES_MAX)?;
    }
    for dependency in &manifest.dependencies {
        admit_dependency(manifest, dependency)?;
    }
    features::check(manifest)?;
    admit_links(manifest)?;
    admit_texts(manifest)
}

fn bounded(what: &str, count: usize, max: usize) -> Result<(), AdmissionError> {
    if count <= max {
        return Ok(());
    }
    Err(AdmissionError::TooMany {
        what: what.to_owned(),
        count,
        max,
    })
}

fn admit_dependency(
    manifest: &Manifest,
    dependency: &ManifestDependency,
) -> Result<(), AdmissionError> {
    let name = &dependency.name;
    if dependency.req == "*" {
        return Err(AdmissionError::Wildcard(name.clone()));
    }
    if needs_itself(manifest, dependency) {
        return Err(AdmissionError::Itself(name.clone()));
    }
    let what = format!("features of dependency `{name}`");
    bounded(&what, dependency.features.len(), FEATURES_MAX)?;
    let odd = |feature: &&String| !features::is_name(feature);
    match dependency.features.iter().find(odd) {
        Some(feature) => Err(AdmissionError::FeatureName(
            feature.escape_debug().to_string(),
        )),
        None => Ok(()),
    }
}

/// Tells whether a release cannot be built without itself.
///
/// Tests may use the crate they test, and an old version may be made of a newer one
/// (rand_core 0.3.2 is), which is how one type stays one across both.
fn needs_itself(manifest: &Manifest, dependency: &ManifestDependency) -> bool {
    let same = dependency.crate_name().key() == manifest.name.key()
        && dependency.registry_index.is_none()
        && dependency.kind != DependencyKind::Dev;
    let takes = |req: semver::VersionReq| req.matches(manifest.version.as_semver());
    same && semver::VersionReq::parse(&dependency.req).is_ok_and(takes)
}

fn admit_links(manifest: &Manifest) -> Result<(), AdmissionError> {
    let links = [
        ("homepage", &manifest.homepage),
        ("documentation", &manifest.documentation),
        ("repository", &manifest.repository),
    ];
    let is_web = |link: &str| {
        let url = url::Url::parse(link);
        url.is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    for (field, link) in links {
        if let Some(link) = link.as_deref().filter(|link| !is_web(link)) {
            let link = link.chars().take(120).flat_map(char::escape_debug);
            let link = link.collect();
            return Err(AdmissionError::Link { field, link });
        }
    }
    Ok(())
}

/// Refuses what would move a terminal's cursor or turn a line of text around.
fn admit_texts(manifest: &Manifest) -> Result<(), AdmissionError> {
    let description_bytes = manifest.description.as_ref().map_or(0, String::len);
    let what = "bytes of description";
    bounded(what, description_bytes, DESCRIPTION_BYTES_MAX)?;
    let one = |text: &Option<String>| text.clone().into_iter().collect::<Vec<_>>();
    let texts = [
        ("description", one(&manifest.description)),
        ("homepage", one(&manifest.homepage)),
        ("documentation", one(&manifest.documentation)),
        ("repository", one(&manifest.repository)),
        ("readme", one(&manifest.readme)),
        ("license", one(&manifest.license)),
        ("license-file", one(&manifest.license_file)),
        ("links", one(&manifest.links)),
        ("keywords", manifest.keywords.clone()),
        ("categories", manifest.categories.clone()),
        ("authors", manifest.authors.clone()),
    ];
    for (field, texts) in texts {
        let mut characters = texts.iter().flat_map(|text| text.chars());
        if let Some(character) = characters.find(|c| changes_display(*c)) {
            let character = format!("U+{:04X}", u32::from(character));
            return Err(AdmissionError::Character { field, character });
        }
    }
    Ok(())
}

/// Controls but for line breaks and tabs, and Unicode's bidirectional overrides,
/// embeddings and isolates (UAX 9), as rustc refuses them in sources.
fn changes_display(c: char) -> bool {
    let breaks = matches!(c, '\n' | '\r' | '\t');
    c.is_control() && !breaks || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
