//! Row text to [`Release`], one row or the rows of a file.
//!
//! The rows of a file repeat each other: of 405 files of crates.io, five dependencies
//! of six, and two thirds of the text of features, stand word by word in an earlier
//! row. Their text is passed over once, recognised, and becomes the same value as
//! before ([`Reader`]).

use super::readable::{check_dependency, is_rust_version};
use super::{IndexLineError, SCHEMA_VERSION_MAX};
use crate::json_depth::is_too_deep;
use crossdock_core::address::AddressError;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::release::{
    Dependencies, Dependency, DependencyKind, Features, Release, Target, Unknown,
};
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

/// Says what a dependency's `registry` means, null included.
type TargetOf<'t> = &'t dyn Fn(Option<&str>) -> Result<Target, AddressError>;

/// Reads a row; `target_of` says what a dependency's `registry` means, null included.
///
/// A malformed `pubtime` is left out, because it would make cargo drop the whole
/// version over a date.
///
/// # Errors
/// [`IndexLineError`] for a row that cargo would not use either.
pub fn decode(line: &str, target_of: TargetOf<'_>) -> Result<Release, IndexLineError> {
    Reader::new(target_of).decode(line)
}

/// Reads rows that are likely to repeat each other; equal parts become one value.
pub(crate) struct Reader<'b, 't> {
    target_of: TargetOf<'t>,
    dependencies: HashMap<&'b str, Arc<Dependency>>,
    features: HashMap<&'b str, Features>,
}

impl<'b, 't> Reader<'b, 't> {
    pub(crate) fn new(target_of: TargetOf<'t>) -> Self {
        Self {
            target_of,
            dependencies: HashMap::new(),
            features: HashMap::new(),
        }
    }

    /// Reads a row, as [`decode`] does.
    ///
    /// What is known has a shape, so only a row that has another, or fields that are
    /// unknown, can be deep: a good row is not gone through for its depth.
    pub(crate) fn decode(&mut self, line: &'b str) -> Result<Release, IndexLineError> {
        self.release(line)
            .map_err(|error| match is_too_deep(line.as_bytes(), 0) {
                true => IndexLineError::TooDeep,
                false => error,
            })
    }

    fn release(&mut self, line: &'b str) -> Result<Release, IndexLineError> {
        let row: Row<'b> = serde_json::from_str(line)?;
        let relayed = row.unknown.iter().map(|(_, json)| &**json);
        if relayed
            .chain(row.pubtime.map(RawValue::get))
            .any(|json| is_too_deep(json.as_bytes(), DEPTH_IN_ROW))
        {
            return Err(IndexLineError::TooDeep);
        }
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
        let dependencies: Vec<_> = row
            .deps
            .into_iter()
            .map(|json| self.dependency(json.get()))
            .collect::<Result<_, _>>()?;
        let features = row.features.map(|json| self.features(json.get()));
        let features2 = row.features2.map(|json| self.features(json.get()));
        Ok(Release {
            name: CrateName::parse(&row.name.0)?,
            version: Version::parse(&row.vers.0)?,
            dependencies: Dependencies::from(dependencies),
            features: features.transpose()?.unwrap_or_default(),
            features2: features2.transpose()?,
            checksum: Checksum::parse(&row.cksum.0)?,
            yanked: row.yanked,
            links: row.links,
            rust_version: row.rust_version,
            pubtime: row.pubtime.and_then(moment),
            v: row.v,
            unknown: row.unknown,
        })
    }

    fn dependency(&mut self, json: &'b str) -> Result<Arc<Dependency>, IndexLineError> {
        if let Some(known) = self.dependencies.get(json) {
            return Ok(known.clone());
        }
        let read: RowDependency = serde_json::from_str(json)?;
        let deep =
            |(_, json): &(String, Box<str>)| is_too_deep(json.as_bytes(), DEPTH_IN_DEPENDENCY);
        if read.unknown.iter().any(deep) {
            return Err(IndexLineError::TooDeep);
        }
        let settled = Arc::new(read.settle(self.target_of)?);
        self.dependencies.insert(json, settled.clone());
        Ok(settled)
    }

    fn features(&mut self, json: &'b str) -> Result<Features, IndexLineError> {
        if let Some(known) = self.features.get(json) {
            return Ok(known.clone());
        }
        let read: BTreeMap<String, Vec<String>> = serde_json::from_str(json)?;
        let read = Features::from(read);
        self.features.insert(json, read.clone());
        Ok(read)
    }
}

/// Levels around a field of a row: the row.
const DEPTH_IN_ROW: usize = 1;

/// Levels around a field of a dependency: the row, `deps`, the dependency.
const DEPTH_IN_DEPENDENCY: usize = 3;

struct Row<'b> {
    name: Text<'b>,
    vers: Text<'b>,
    deps: Vec<&'b RawValue>,
    features: Option<&'b RawValue>,
    features2: Option<&'b RawValue>,
    cksum: Text<'b>,
    yanked: bool,
    links: Option<String>,
    rust_version: Option<String>,
    pubtime: Option<&'b RawValue>,
    v: Option<u32>,
    unknown: Unknown,
}

/// A string of a row: where it stands, or a copy if it has escapes.
struct Text<'b>(Cow<'b, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
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
    key: Text<'_>,
    map: &mut M,
) -> Result<(), M::Error> {
    let value: &'de RawValue = map.next_value()?;
    unknown.push((key.0.into_owned(), value.get().into()));
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

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of an index")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
        let (mut name, mut vers, mut cksum) = (Once(None), Once(None), Once(None));
        let (mut deps, mut features, mut features2) = (Once(None), Once(None), Once(None));
        let (mut yanked, mut links, mut rust_version) = (Once(None), Once(None), Once(None));
        let (mut pubtime, mut v) = (Once(None), Once(None));
        let mut unknown = Unknown::new();
        while let Some(key) = map.next_key::<Text>()? {
            match &*key.0 {
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
            features: features.0,
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
        while let Some(key) = map.next_key::<Text>()? {
            match &*key.0 {
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
