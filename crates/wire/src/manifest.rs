//! The manifest inside a `.crate`: what cargo's packaging makes of a Cargo.toml.
//!
//! Packaging resolves inheritance, drops paths and turns `registry` into
//! `registry-index`; whatever it never leaves is refused, because its meaning would
//! depend on the publisher's machine. An absent `registry-index` is the crates.io
//! identity, which is no evidence of anything (see `core::settle`).
//!
//! Absent: taste and limits (`admission.rs`), and what a dependency's registry is.

pub mod admission;
mod dependency;
mod row;

use crossdock_core::address::AddressError;
use crossdock_core::name::{CrateName, NameError};
use crossdock_core::release::Features;
use crossdock_core::version::{Version, VersionError};
use toml::{Table, Value};

pub use dependency::ManifestDependency;

/// Largest manifest in bytes; real ones with thousands of features stay below.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;

/// What a packaged manifest says.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// The native library it links.
    pub links: Option<String>,
    /// The Rust it needs.
    pub rust_version: Option<String>,
    /// Its home page, documentation and repository, as written.
    pub addresses: Vec<String>,
    /// Its features.
    pub features: Features,
    /// Its dependencies: normal, dev, build, then by platform in the same order.
    pub dependencies: Vec<ManifestDependency>,
}

/// Why a text is no packaged manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Larger than [`MANIFEST_BYTES_MAX`].
    #[error("Cargo.toml is larger than {MANIFEST_BYTES_MAX} bytes")]
    TooLarge,
    /// Not TOML.
    #[error("Cargo.toml is not valid TOML: {0}")]
    Toml(Box<toml::de::Error>),
    /// A field is missing or of another type.
    #[error("Cargo.toml: `{field}` must be {expected}")]
    Field {
        /// Path of the field.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// Something that packaging never leaves.
    #[error(
        "Cargo.toml has `{0}`, which `cargo package` never leaves in an archive; upload what `cargo package` makes"
    )]
    NotPackaged(String),
    /// The name breaks the grammar.
    #[error("Cargo.toml: {0}")]
    Name(#[from] NameError),
    /// The version breaks the grammar.
    #[error("Cargo.toml: {0}")]
    Version(#[from] VersionError),
    /// A dependency's requirement is none.
    #[error("Cargo.toml: dependency `{dependency}` has requirement `{req}`: {rule}")]
    Requirement {
        /// The dependency.
        dependency: String,
        /// The requirement.
        req: String,
        /// What the parser missed.
        rule: String,
    },
    /// A dependency's platform is none.
    #[error("Cargo.toml: platform `{platform}`: {rule}")]
    Platform {
        /// The platform.
        platform: String,
        /// What the parser missed.
        rule: String,
    },
    /// A dependency's registry is no address cargo may be sent to.
    #[error("Cargo.toml: dependency `{dependency}`: {source}")]
    Registry {
        /// The dependency.
        dependency: String,
        /// What is wrong with the address.
        source: AddressError,
    },
    /// The archive holds another release than the upload says.
    #[error("the archive's Cargo.toml is of `{found}`, the upload says `{expected}`")]
    Disagrees {
        /// Name and version inside.
        found: String,
        /// Name and version outside.
        expected: String,
    },
}

/// Reads a packaged manifest.
///
/// # Errors
/// [`ManifestError`] names the field and the rule.
pub fn parse(text: &str) -> Result<Manifest, ManifestError> {
    if text.len() > MANIFEST_BYTES_MAX {
        return Err(ManifestError::TooLarge);
    }
    let manifest: Table = text
        .parse()
        .map_err(|error| ManifestError::Toml(Box::new(error)))?;
    for never in ["patch", "replace", "workspace"] {
        // An empty [workspace] keeps a package out of a parent's and is harmless.
        let empty = manifest
            .get(never)
            .and_then(Value::as_table)
            .is_some_and(Table::is_empty);
        if manifest.contains_key(never) && !(never == "workspace" && empty) {
            return Err(ManifestError::NotPackaged(format!("[{never}]")));
        }
    }
    let package = table(&manifest, "package")?.ok_or_else(|| wrong("package", "a table"))?;
    let field = |name: &str| text_of(package, "package", name);
    let addresses = [
        field("homepage")?,
        field("documentation")?,
        field("repository")?,
    ];
    Ok(Manifest {
        name: CrateName::parse(&field("name")?.ok_or_else(|| wrong("package.name", "a string"))?)?,
        version: Version::parse(&field("version")?.unwrap_or_else(|| "0.0.0".to_owned()))?,
        links: field("links")?,
        rust_version: field("rust-version")?,
        addresses: addresses.into_iter().flatten().collect(),
        features: features(&manifest)?,
        dependencies: dependency::all(&manifest)?,
    })
}

impl Manifest {
    /// Checks that the archive is of the release that the upload names.
    ///
    /// # Errors
    /// [`ManifestError::Disagrees`] with both; cargo would fail on unpacking.
    pub fn agrees_with(&self, name: &CrateName, version: &Version) -> Result<(), ManifestError> {
        if self.name == *name && self.version == *version {
            return Ok(());
        }
        let (found, expected) = (
            format!("{} {}", self.name, self.version),
            format!("{name} {version}"),
        );
        Err(ManifestError::Disagrees { found, expected })
    }
}

fn features(manifest: &Table) -> Result<Features, ManifestError> {
    let mut features = Features::new();
    for (name, values) in table(manifest, "features")?.into_iter().flatten() {
        features.insert(name.clone(), texts(values, || format!("features.{name}"))?);
    }
    Ok(features)
}

fn wrong(field: impl Into<String>, expected: &'static str) -> ManifestError {
    ManifestError::Field {
        field: field.into().escape_debug().to_string(),
        expected,
    }
}

fn table<'t>(parent: &'t Table, name: &str) -> Result<Option<&'t Table>, ManifestError> {
    parent
        .get(name)
        .map(|value| value.as_table().ok_or_else(|| wrong(name, "a table")))
        .transpose()
}

fn texts(value: &Value, field: impl Fn() -> String) -> Result<Vec<String>, ManifestError> {
    let refuse = || wrong(field(), "a list of strings");
    let list = value.as_array().ok_or_else(refuse)?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned).ok_or_else(refuse))
        .collect()
}

/// Reads a string, refusing `field.workspace = true`.
fn text_of(parent: &Table, path: &str, name: &str) -> Result<Option<String>, ManifestError> {
    match parent.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Table(table)) if table.contains_key("workspace") => Err(
            ManifestError::NotPackaged(format!("{path}.{name}.workspace")),
        ),
        Some(_) => Err(wrong(format!("{path}.{name}"), "a string")),
    }
}
