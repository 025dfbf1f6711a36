//! One dependency of a packaged manifest.

use super::{ManifestError, table, text_of, texts, wrong};
use cargo_platform::Platform;
use crossdock_core::address::Address;
use crossdock_core::name::CrateName;
use crossdock_core::release::DependencyKind;
use std::str::FromStr;
use toml::{Table, Value};

/// A dependency as the manifest says it.
#[derive(Clone, Debug)]
pub struct ManifestDependency {
    /// The name in the manifest, renamed or not.
    pub name: String,
    /// The crate's real name if `name` is a rename.
    pub package: Option<CrateName>,
    /// The requirement.
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
    pub unknown: Vec<(String, Box<str>)>,
    krate: CrateName,
}

impl ManifestDependency {
    /// Returns the real name of the crate depended on.
    pub fn crate_name(&self) -> &CrateName {
        &self.krate
    }
}

const SECTIONS: [(&str, &str, DependencyKind); 3] = [
    ("dependencies", "dependencies", DependencyKind::Normal),
    ("dev-dependencies", "dev_dependencies", DependencyKind::Dev),
    (
        "build-dependencies",
        "build_dependencies",
        DependencyKind::Build,
    ),
];

/// Reads all dependencies: normal, dev, build, then platform by platform, each
/// section sorted by name, as packaging writes them.
pub(super) fn all(manifest: &Table) -> Result<Vec<ManifestDependency>, ManifestError> {
    let mut dependencies = sections(manifest, None)?;
    for (platform, of_platform) in table(manifest, "target")?.into_iter().flatten() {
        Platform::from_str(platform).map_err(|error| ManifestError::Platform {
            platform: platform.escape_debug().to_string(),
            rule: error.to_string(),
        })?;
        let of_platform = of_platform
            .as_table()
            .ok_or_else(|| wrong(format!("target.{platform}"), "a table"))?;
        dependencies.extend(sections(of_platform, Some(platform))?);
    }
    Ok(dependencies)
}

fn sections(
    parent: &Table,
    platform: Option<&str>,
) -> Result<Vec<ManifestDependency>, ManifestError> {
    let mut dependencies = Vec::new();
    for (name, former_name, kind) in SECTIONS {
        let section = match table(parent, name)? {
            Some(section) => Some(section),
            None => table(parent, former_name)?,
        };
        for (dependency, value) in section.into_iter().flatten() {
            dependencies.push(one(dependency, value, kind, platform)?);
        }
    }
    Ok(dependencies)
}

fn one(
    name: &str,
    value: &Value,
    kind: DependencyKind,
    platform: Option<&str>,
) -> Result<ManifestDependency, ManifestError> {
    let short;
    let table = match value {
        Value::String(req) => {
            short = Table::from_iter([("version".to_owned(), Value::String(req.clone()))]);
            &short
        }
        Value::Table(table) => table,
        _ => {
            return Err(wrong(
                format!("dependencies.{name}"),
                "a requirement or a table",
            ));
        }
    };
    let path = format!("dependencies.{name}");
    if table.contains_key("workspace") {
        return Err(ManifestError::NotPackaged(format!("{path}.workspace")));
    }
    if table.contains_key("registry") && !table.contains_key("registry-index") {
        return Err(ManifestError::NotPackaged(format!("{path}.registry")));
    }
    let package = text_of(table, &path, "package")?
        .map(|package| CrateName::parse(&package))
        .transpose()?;
    let krate = match &package {
        Some(package) => package.clone(),
        None => CrateName::parse(name)?,
    };
    Ok(ManifestDependency {
        name: name.to_owned(),
        // A rename to itself is none.
        package: package.filter(|package| package.as_str() != name),
        req: requirement(name, table, &path)?,
        features: table
            .get("features")
            .map(|value| texts(value, || format!("{path}.features")))
            .transpose()?
            .unwrap_or_default(),
        optional: flag(table, &path, "optional", "optional", false)?,
        default_features: flag(table, &path, "default-features", "default_features", true)?,
        platform: platform.map(str::to_owned),
        kind,
        registry_index: registry(name, table, &path)?,
        unknown: row_fields(table, &path)?,
        krate,
    })
}

fn requirement(name: &str, table: &Table, path: &str) -> Result<String, ManifestError> {
    let Some(req) = text_of(table, path, "version")? else {
        return Err(ManifestError::Field {
            field: format!("{path}.version"),
            expected: "a requirement: a published dependency cannot be a path or git repository alone",
        });
    };
    // The index wants the canonical form, which `semver` writes: `1.2` is `^1.2`.
    let parsed = semver::VersionReq::parse(&req).map_err(|error| ManifestError::Requirement {
        dependency: name.escape_debug().to_string(),
        req: req.escape_debug().to_string(),
        rule: error.to_string(),
    })?;
    Ok(parsed.to_string())
}

fn registry(name: &str, table: &Table, path: &str) -> Result<Option<Address>, ManifestError> {
    let Some(text) = text_of(table, path, "registry-index")? else {
        return Ok(None);
    };
    let parsed = Address::parse(&text).map_err(|source| ManifestError::Registry {
        dependency: name.escape_debug().to_string(),
        source,
    })?;
    Ok(Some(parsed).filter(|address| *address != Address::CratesIo))
}

fn flag(
    table: &Table,
    path: &str,
    name: &str,
    former_name: &str,
    default: bool,
) -> Result<bool, ManifestError> {
    match table.get(name).or_else(|| table.get(former_name)) {
        None => Ok(default),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| wrong(format!("{path}.{name}"), "true or false")),
    }
}

/// Reads what newer cargos put into rows: `public`, and artifact dependencies.
fn row_fields(table: &Table, path: &str) -> Result<Vec<(String, Box<str>)>, ManifestError> {
    let mut fields = Vec::new();
    let mut push = |key: &str, json: String| fields.push((key.to_owned(), json.into_boxed_str()));
    if flag(table, path, "public", "public", false)? {
        push("public", "true".to_owned());
    }
    let artifact = match table.get("artifact") {
        None => return Ok(fields),
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(value) => texts(value, || format!("{path}.artifact"))?,
    };
    push("artifact", json(&artifact));
    if let Some(target) = text_of(table, path, "target")? {
        push("bindep_target", json(&target));
    }
    if flag(table, path, "lib", "lib", false)? {
        push("lib", "true".to_owned());
    }
    Ok(fields)
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("strings and lists of strings always serialise")
}
