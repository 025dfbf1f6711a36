//! What the metadata of a publish says otherwise than the manifest in its archive.
//!
//! The row is derived from the manifest, so nothing here decides anything; but a
//! client that resolves by one and sends the other has a fault that its user should
//! hear of. Compared is what cargo resolves by: dependencies, features, `links` and
//! `rust-version`. What is not said contradicts nothing: old clients say less.
//!
//! Absent: name and version, in which both must agree (`manifest.rs`); refusing.

use crate::manifest::{Manifest, ManifestDependency};
use crossdock_core::address::Address;
use crossdock_core::release::DependencyKind;
use semver::VersionReq;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Contradictions that are told; cargo prints each of them.
const TOLD_MAX: usize = 10;

/// Characters of a value that are told: requirements and names are shorter.
const CHARS_MAX: usize = 80;

/// Lists in what the metadata contradicts the manifest, at most ten and how many more.
///
/// What a stranger wrote is escaped in every line.
pub fn contradictions(json: &str, manifest: &Manifest) -> Vec<String> {
    let Ok(Value::Object(said)) = serde_json::from_str(json) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    differ(
        "links",
        said.get("links"),
        manifest.links.as_deref(),
        &mut found,
    );
    let rust_version = manifest.rust_version.as_deref();
    differ(
        "rust-version",
        said.get("rust_version"),
        rust_version,
        &mut found,
    );
    if let Some(Value::Array(said)) = said.get("deps") {
        dependencies(said, &manifest.dependencies, &mut found);
    }
    if let Some(Value::Object(said)) = said.get("features") {
        features(said, manifest, &mut found);
    }
    let more = found.len().saturating_sub(TOLD_MAX);
    found.truncate(TOLD_MAX);
    if more > 0 {
        found.push(format!("{more} more differences"));
    }
    found
}

fn differ(what: &str, said: Option<&Value>, inside: Option<&str>, found: &mut Vec<String>) {
    let Some(said) = said else { return };
    if said.as_str() != inside {
        found.push(format!(
            "{what} is {} there and {} in the archive",
            shown(said.as_str()),
            shown(inside)
        ));
    }
}

/// A dependency as both sides can be brought to say it.
#[derive(PartialEq, Eq)]
struct Said {
    krate: String,
    req: String,
    features: BTreeSet<String>,
    optional: bool,
    default_features: bool,
    /// Nothing where the registry itself is meant, which the manifest says by address.
    registry: Option<Address>,
}

/// Name in the manifest, kind, platform.
type Place = (String, &'static str, Option<String>);

fn dependencies(said: &[Value], inside: &[ManifestDependency], found: &mut Vec<String>) {
    let said: BTreeMap<Place, Option<Said>> = said.iter().filter_map(sent).collect();
    let inside: BTreeMap<Place, Said> = inside.iter().map(packaged).collect();
    for (place, theirs) in &said {
        let named = named(place);
        match (theirs, inside.get(place)) {
            (_, None) => found.push(format!("{named} is not in the archive")),
            (None, Some(_)) => found.push(format!("{named} cannot be read there")),
            (Some(theirs), Some(ours)) => compare(&named, theirs, ours, found),
        }
    }
    for place in inside.keys().filter(|place| !said.contains_key(*place)) {
        found.push(format!("{} is in the archive only", named(place)));
    }
}

fn compare(named: &str, theirs: &Said, ours: &Said, found: &mut Vec<String>) {
    let mut told = |what: &str, theirs: &str, ours: &str| {
        if theirs != ours {
            found.push(format!(
                "{what} of {named} is {} there and {} in the archive",
                shown(Some(theirs)),
                shown(Some(ours))
            ));
        }
    };
    let list = |features: &BTreeSet<String>| {
        let features: Vec<_> = features.iter().map(String::as_str).collect();
        features.join(",")
    };
    told("the crate", &theirs.krate, &ours.krate);
    told("the requirement", &theirs.req, &ours.req);
    told("`features`", &list(&theirs.features), &list(&ours.features));
    let flag = |flag: bool| if flag { "true" } else { "false" };
    told("`optional`", flag(theirs.optional), flag(ours.optional));
    let (their_defaults, our_defaults) = (theirs.default_features, ours.default_features);
    told(
        "`default-features`",
        flag(their_defaults),
        flag(our_defaults),
    );
    if let Some(address) = &theirs.registry {
        let ours = ours.registry.as_ref().unwrap_or(&Address::CratesIo);
        told("the registry", &address.to_string(), &ours.to_string());
    }
}

/// Reads one of `deps` (Cargo Book, "Registry Web API", Publish).
fn sent(dependency: &Value) -> Option<(Place, Option<Said>)> {
    let text = |key: &str| dependency.get(key).and_then(Value::as_str);
    let krate = text("name")?.to_owned();
    let name = text("explicit_name_in_toml").unwrap_or(&krate).to_owned();
    let kind = match text("kind") {
        Some("dev") => "dev-dependency",
        Some("build") => "build-dependency",
        _ => "dependency",
    };
    let place = (name, kind, text("target").map(platform));
    let read = || {
        let req = VersionReq::parse(text("version_req")?).ok()?;
        let flag = |key: &str| dependency.get(key).and_then(Value::as_bool);
        let features = dependency.get("features").and_then(Value::as_array);
        let features = features.into_iter().flatten().filter_map(Value::as_str);
        Some(Said {
            krate,
            req: req.to_string(),
            features: features.map(str::to_owned).collect(),
            optional: flag("optional").unwrap_or(false),
            default_features: flag("default_features").unwrap_or(true),
            registry: match text("registry") {
                None => None,
                Some(address) => Some(Address::parse(address).ok()?),
            },
        })
    };
    Some((place, read()))
}

fn packaged(dependency: &ManifestDependency) -> (Place, Said) {
    let kind = match dependency.kind {
        DependencyKind::Normal => "dependency",
        DependencyKind::Dev => "dev-dependency",
        DependencyKind::Build => "build-dependency",
    };
    let target = dependency.platform.as_deref().map(platform);
    let said = Said {
        krate: dependency.crate_name().to_string(),
        req: dependency.req.clone(),
        features: dependency.features.iter().cloned().collect(),
        optional: dependency.optional,
        default_features: dependency.default_features,
        registry: dependency.registry_index.clone(),
    };
    ((dependency.name.clone(), kind, target), said)
}

/// cargo sends a platform as it understood it, and packages it as it was written.
fn platform(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.replace(",)", ")")
}

fn features(said: &Map<String, Value>, manifest: &Manifest, found: &mut Vec<String>) {
    let words = |value: &Value| -> BTreeSet<String> {
        let words = value.as_array().into_iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    for (name, theirs) in said {
        let theirs = words(theirs);
        match manifest.features.get(name) {
            // Implied by an optional dependency; old cargos send it.
            None if theirs.iter().eq([&format!("dep:{name}")]) || theirs.is_empty() => {}
            None => found.push(format!(
                "feature {} is not in the archive",
                shown(Some(name))
            )),
            Some(ours) if theirs == ours.iter().cloned().collect() => {}
            Some(_) => found.push(format!(
                "feature {} switches on other things there than in the archive",
                shown(Some(name))
            )),
        }
    }
    let missing = |name: &&String| !said.contains_key(*name);
    for name in manifest.features.keys().filter(missing) {
        found.push(format!(
            "feature {} is in the archive only",
            shown(Some(name))
        ));
    }
}

fn named((name, kind, platform): &Place) -> String {
    let platform = platform
        .as_deref()
        .map(|platform| format!(" for {}", shown(Some(platform))));
    format!(
        "{kind} {}{}",
        shown(Some(name)),
        platform.unwrap_or_default()
    )
}

fn shown(text: Option<&str>) -> String {
    let Some(text) = text else {
        return "nothing".to_owned();
    };
    let cut: String = text.chars().take(CHARS_MAX).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("`{}{dots}`", cut.escape_debug())
}
