//! Row text to [`Release`].

use super::readable::{check_dependency, is_rust_version};
use super::{IndexLineError, SCHEMA_VERSION_MAX};
use crate::json_depth::is_too_deep;
use crossdock_core::address::AddressError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::release::{Dependency, DependencyKind, Features, Release, Target, Unknown};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Reads a row; `target_of` says what a dependency's `registry` means, null included.
///
/// A malformed `pubtime` is left out, because it would make cargo drop the whole
/// version over a date.
///
/// # Errors
/// [`IndexLineError`] for a row that cargo would not use either.
pub fn decode(
    line: &str,
    target_of: &dyn Fn(Option<&str>) -> Result<Target, AddressError>,
) -> Result<Release, IndexLineError> {
    if is_too_deep(line.as_bytes()) {
        return Err(IndexLineError::TooDeep);
    }
    let row: Row = serde_json::from_str(line)?;
    if row.v.is_some_and(|v| v == 0 || v > SCHEMA_VERSION_MAX) {
        return Err(IndexLineError::Schema(row.v.unwrap_or_default()));
    }
    if let Some(text) = row
        .rust_version
        .as_ref()
        .filter(|text| !is_rust_version(text))
    {
        return Err(IndexLineError::RustVersion(text.clone()));
    }
    let dependencies = row
        .deps
        .into_iter()
        .map(|dependency| dependency.settle(target_of));
    Ok(Release {
        name: CrateName::parse(&row.name)?,
        version: Version::parse(&row.vers)?,
        dependencies: dependencies.collect::<Result<_, _>>()?,
        features: row.features,
        features2: row.features2,
        checksum: Checksum::parse(&row.cksum)?,
        yanked: row.yanked,
        links: row.links,
        rust_version: row.rust_version,
        pubtime: row.pubtime.as_deref().and_then(moment),
        v: row.v,
        unknown: row.unknown,
    })
}

struct Row {
    name: String,
    vers: String,
    deps: Vec<RowDependency>,
    features: Features,
    features2: Option<Features>,
    cksum: String,
    yanked: bool,
    links: Option<String>,
    rust_version: Option<String>,
    pubtime: Option<Box<RawValue>>,
    v: Option<u32>,
    unknown: Unknown,
}

fn moment(json: &RawValue) -> Option<Timestamp> {
    let text: String = serde_json::from_str(json.get()).ok()?;
    Timestamp::parse(&text).ok()
}

struct RowDependency {
    name: String,
    req: String,
    features: Vec<String>,
    optional: bool,
    default_features: bool,
    target: Option<String>,
    kind: DependencyKind,
    registry: Option<String>,
    package: Option<String>,
    unknown: Unknown,
}

impl RowDependency {
    fn settle(
        self,
        target_of: &dyn Fn(Option<&str>) -> Result<Target, AddressError>,
    ) -> Result<Dependency, IndexLineError> {
        let target =
            target_of(self.registry.as_deref()).map_err(|source| IndexLineError::Registry {
                dependency: self.name.clone(),
                source,
            })?;
        let dependency = Dependency {
            package: self.package.as_deref().map(CrateName::parse).transpose()?,
            name: self.name,
            req: self.req,
            features: self.features,
            optional: self.optional,
            default_features: self.default_features,
            platform: self.target,
            kind: self.kind,
            target,
            unknown: self.unknown,
        };
        check_dependency(&dependency)?;
        Ok(dependency)
    }
}

/// A field that may stand once.
struct Once<T>(Option<T>);

impl<T> Once<T> {
    fn set<'de, M: MapAccess<'de>>(
        &mut self,
        key: &'static str,
        map: &mut M,
    ) -> Result<(), M::Error>
    where
        T: Deserialize<'de>,
    {
        match self.0.replace(map.next_value()?) {
            None => Ok(()),
            Some(_) => Err(M::Error::duplicate_field(key)),
        }
    }

    fn required<E: Error>(self, key: &'static str) -> Result<T, E> {
        self.0.ok_or_else(|| E::missing_field(key))
    }
}

fn keep<'de, M: MapAccess<'de>>(
    unknown: &mut Unknown,
    key: String,
    map: &mut M,
) -> Result<(), M::Error> {
    let value: Box<RawValue> = map.next_value()?;
    unknown.push((key, value.get().into()));
    Ok(())
}

/// Looks at all keys at once: one by one, a row of a million keys would take hours.
fn each_once<E: Error>(unknown: Unknown) -> Result<Unknown, E> {
    let mut keys: Vec<&str> = unknown.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(E::custom(format_args!("duplicate field `{}`", pair[0]))),
        None => Ok(unknown),
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of an index")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row, M::Error> {
        let (mut name, mut vers, mut cksum) = (Once(None), Once(None), Once(None));
        let (mut deps, mut features, mut features2) = (Once(None), Once(None), Once(None));
        let (mut yanked, mut links, mut rust_version) = (Once(None), Once(None), Once(None));
        let (mut pubtime, mut v) = (Once(None), Once(None));
        let mut unknown = Unknown::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => name.set("name", &mut map)?,
                "vers" => vers.set("vers", &mut map)?,
                "deps" => deps.set("deps", &mut map)?,
                "features" => features.set("features", &mut map)?,
                "features2" => features2.set("features2", &mut map)?,
                "cksum" => cksum.set("cksum", &mut map)?,
                "yanked" => yanked.set("yanked", &mut map)?,
                "links" => links.set("links", &mut map)?,
                "rust_version" => rust_version.set("rust_version", &mut map)?,
                "pubtime" => pubtime.set("pubtime", &mut map)?,
                "v" => v.set("v", &mut map)?,
                _ => keep(&mut unknown, key, &mut map)?,
            }
        }
        Ok(Row {
            name: name.required("name")?,
            vers: vers.required("vers")?,
            deps: deps.required("deps")?,
            features: features.0.unwrap_or_default(),
            features2: features2.0.flatten(),
            cksum: cksum.required("cksum")?,
            yanked: yanked.0.flatten().unwrap_or(false),
            links: links.0.flatten(),
            rust_version: rust_version.0.flatten(),
            pubtime: pubtime.0.flatten(),
            v: v.0.flatten(),
            unknown: each_once(unknown)?,
        })
    }
}

impl<'de> Deserialize<'de> for RowDependency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DependencyVisitor)
    }
}

struct DependencyVisitor;

impl<'de> Visitor<'de> for DependencyVisitor {
    type Value = RowDependency;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dependency of an index row")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<RowDependency, M::Error> {
        let (mut name, mut req, mut features) = (Once(None), Once(None), Once(None));
        let (mut optional, mut default_features) = (Once(None), Once(None));
        let (mut target, mut kind, mut registry, mut package) =
            (Once(None), Once(None), Once(None), Once(None));
        let mut unknown = Unknown::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => name.set("name", &mut map)?,
                "req" => req.set("req", &mut map)?,
                "features" => features.set("features", &mut map)?,
                "optional" => optional.set("optional", &mut map)?,
                "default_features" => default_features.set("default_features", &mut map)?,
                "target" => target.set("target", &mut map)?,
                "kind" => kind.set("kind", &mut map)?,
                "registry" => registry.set("registry", &mut map)?,
                "package" => package.set("package", &mut map)?,
                _ => keep(&mut unknown, key, &mut map)?,
            }
        }
        let kind: Option<String> = kind.0.flatten();
        Ok(RowDependency {
            name: name.required("name")?,
            req: req.required("req")?,
            features: features.0.unwrap_or_default(),
            optional: optional.0.unwrap_or(false),
            default_features: default_features.0.unwrap_or(true),
            target: target.0.flatten(),
            // Whatever cargo does not know it takes for a normal dependency.
            kind: match kind.as_deref() {
                Some("dev") => DependencyKind::Dev,
                Some("build") => DependencyKind::Build,
                _ => DependencyKind::Normal,
            },
            registry: registry.0.flatten(),
            package: package.0.flatten(),
            unknown: each_once(unknown)?,
        })
    }
}
