//! The dependencies of a packaged manifest.

use super::fields::Fields;
use super::{ManifestError, platform};
use crossdock_core::address::Address;
use crossdock_core::name::{CrateName, NAME_BYTES_MAX};
use crossdock_core::release::{DependencyKind, Unknown};
use toml::{Table, Value};

/// A dependency as the manifest says it.
#[derive(Clone, Debug)]
pub struct ManifestDependency {
    /// The name in the manifest, renamed or not.
    pub name: String,
    /// The crate's real name if `name` is a rename.
    pub package: Option<CrateName>,
    /// The requirement in canonical form: `1.2` is written `^1.2`, as in rows.
    pub req: String,
    /// Features asked for.
    pub features: Vec<String>,
    /// Whether a feature has to switch it on.
    pub optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The platform it is for.
    pub platform: Option<String>,
    /// When it is needed.
    pub kind: DependencyKind,
    /// The registry it names; absent means the crates.io identity.
    pub registry_index: Option<Address>,
    /// `public` and the keys of artifact dependencies, as index fields.
    pub unknown: Unknown,
    krate: CrateName,
}

impl ManifestDependency {
    /// Returns the real name of the crate depended on.
    pub fn crate_name(&self) -> &CrateName {
        &self.krate
    }
}

/// The tables of dependencies, in the spelling of today and the former one.
const SECTIONS: [(&str, &str, DependencyKind); 3] = [
    ("dependencies", "dependencies", DependencyKind::Normal),
    ("dev-dependencies", "dev_dependencies", DependencyKind::Dev),
    (
        "build-dependencies",
        "build_dependencies",
        DependencyKind::Build,
    ),
];

/// What packaging takes out of a dependency: each means something on the
/// publisher's machine only.
const NEVER_PACKAGED: [&str; 8] = [
    "workspace",
    "path",
    "base",
    "git",
    "branch",
    "tag",
    "rev",
    "registry",
];

/// Reads all dependencies: normal, dev, build, then platform by platform the same
/// three, each sorted by name.
pub(super) fn all(manifest: &Fields<'_>) -> Result<Vec<ManifestDependency>, ManifestError> {
    let mut dependencies = sections(manifest, None)?;
    if let Some(platforms) = manifest.table("target")? {
        for platform in platforms.names() {
            platform::check(platform)?;
            let of_platform = platforms.required_table(platform)?;
            dependencies.extend(sections(&of_platform, Some(platform))?);
        }
    }
    Ok(dependencies)
}

fn sections(
    parent: &Fields<'_>,
    platform: Option<&str>,
) -> Result<Vec<ManifestDependency>, ManifestError> {
    let mut dependencies = Vec::new();
    for (name, former, kind) in SECTIONS {
        let spelling = match name == former {
            true => name,
            false => parent.spelling(name, former)?,
        };
        if let Some(section) = parent.table(spelling)? {
            for dependency in section.names() {
                dependencies.push(one(&section, dependency, kind, platform)?);
            }
        }
    }
    Ok(dependencies)
}

fn one(
    section: &Fields<'_>,
    name: &str,
    kind: DependencyKind,
    platform: Option<&str>,
) -> Result<ManifestDependency, ManifestError> {
    let short;
    let table = match section.value(name) {
        Some(Value::Table(table)) => table,
        Some(req @ Value::String(_)) => {
            short = Table::from_iter([("version".to_owned(), req.clone())]);
            &short
        }
        _ => return Err(section.wrong(name, "a requirement or a table")),
    };
    let fields = Fields::of(table, section.path(name));
    if let Some(never) = NEVER_PACKAGED.into_iter().find(|never| fields.has(never)) {
        return Err(ManifestError::NotPackaged(fields.path(never)));
    }
    let (package, krate) = crates(name, fields.text("package")?)?;
    let default_features = fields.spelling("default-features", "default_features")?;
    Ok(ManifestDependency {
        name: name.to_owned(),
        package,
        req: requirement(name, &fields.required_text("version")?)?,
        features: fields.texts("features")?,
        optional: fields.flag("optional")?.unwrap_or(false),
        default_features: fields.flag(default_features)?.unwrap_or(true),
        platform: platform.map(str::to_owned),
        kind,
        registry_index: registry(name, fields.text("registry-index")?)?,
        unknown: row_fields(&fields)?,
        krate,
    })
}

/// Says which crate a name means, and whether the name is another than the crate's.
fn crates(
    name: &str,
    package: Option<String>,
) -> Result<(Option<CrateName>, CrateName), ManifestError> {
    let Some(package) = package.filter(|package| package != name) else {
        return Ok((None, CrateName::parse(name)?));
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || name.len() > NAME_BYTES_MAX || !name.bytes().all(letters) {
        let name = name.chars().take(NAME_BYTES_MAX);
        let name = name.flat_map(char::escape_debug).collect();
        return Err(ManifestError::Rename(name));
    }
    let package = CrateName::parse(&package)?;
    Ok((Some(package.clone()), package))
}

/// Reads a requirement as cargo does, and writes it as cargo sends it.
fn requirement(name: &str, req: &str) -> Result<String, ManifestError> {
    match semver::VersionReq::parse(req) {
        Ok(parsed) => Ok(parsed.to_string()),
        Err(error) => Err(ManifestError::Requirement {
            dependency: name.to_owned(),
            req: req.chars().take(120).flat_map(char::escape_debug).collect(),
            rule: error.to_string(),
        }),
    }
}

fn registry(name: &str, address: Option<String>) -> Result<Option<Address>, ManifestError> {
    let address = address.as_deref().map(Address::parse).transpose();
    let address = address.map_err(|source| ManifestError::Registry {
        dependency: name.to_owned(),
        source,
    })?;
    Ok(address.filter(|address| *address != Address::CratesIo))
}

/// Reads what newer cargos put into rows: `public` (RFC 3516), and artifact
/// dependencies (RFC 3028), whose `target` is `bindep_target` there.
fn row_fields(fields: &Fields<'_>) -> Result<Unknown, ManifestError> {
    let mut row = Unknown::new();
    let mut push = |key: &str, json: String| row.push((key.to_owned(), json.into()));
    if fields.flag("public")? == Some(true) {
        push("public", "true".to_owned());
    }
    let artifact = match fields.value("artifact") {
        None => return Ok(row),
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(_) => fields.required_texts("artifact")?,
    };
    push("artifact", json(&artifact));
    if let Some(target) = fields.text("target")? {
        push("bindep_target", json(&target));
    }
    if fields.flag("lib")? == Some(true) {
        push("lib", "true".to_owned());
    }
    Ok(row)
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("strings and lists of strings always serialise")
}
