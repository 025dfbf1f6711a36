//! The manifest inside a `.crate`: what cargo's packaging makes of a Cargo.toml.
//!
//! Packaging resolves inheritance, drops paths and turns `registry` into
//! `registry-index`; whatever it never leaves is refused, because its meaning would
//! depend on the publisher's machine. An absent `registry-index` is the crates.io
//! identity, which is no evidence of anything (see `core::settle`).
//!
//! Absent: taste and limits (`admission.rs`), what a dependency's registry is, and
//! all that only building needs: targets, profiles, lints.

pub mod admission;
mod dependency;
mod features;
mod fields;
mod licence;
mod platform;
mod row;

pub use licence::{SaidLicence, licence};

use crossdock_core::address::AddressError;
use crossdock_core::name::{CrateName, NameError};
use crossdock_core::release::Features;
use crossdock_core::version::{Version, VersionError};
use fields::Fields;
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
    /// The oldest Rust it builds with: one to three numbers.
    pub rust_version: Option<String>,
    /// A sentence about the crate.
    pub description: Option<String>,
    /// The address of its home page, as written.
    pub homepage: Option<String>,
    /// The address of its documentation, as written.
    pub documentation: Option<String>,
    /// The address of its source, as written.
    pub repository: Option<String>,
    /// The file that is its README, below the crate's folder.
    pub readme: Option<String>,
    /// What it is about.
    pub keywords: Vec<String>,
    /// Which categories of crates.io it belongs to.
    pub categories: Vec<String>,
    /// The licence expression.
    pub license: Option<String>,
    /// The file that holds the licence.
    pub license_file: Option<String>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Its features, those of optional dependencies only where they are written.
    pub features: Features,
    /// Its dependencies: normal, dev, build, then platform by platform the same
    /// three, each by name. Platforms and names are sorted as bytes.
    pub dependencies: Vec<ManifestDependency>,
}

/// Why a text is no packaged manifest.
///
/// What a stranger wrote is escaped in every message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Larger than [`MANIFEST_BYTES_MAX`].
    #[error("Cargo.toml is larger than {MANIFEST_BYTES_MAX} bytes")]
    TooLarge,
    /// Not TOML.
    #[error("Cargo.toml is not valid TOML: line {line}: {rule}")]
    Toml {
        /// The line, counted from 1.
        line: usize,
        /// What the parser missed.
        rule: String,
    },
    /// A field is missing or of another type.
    #[error("Cargo.toml: `{field}` must be {expected}")]
    Field {
        /// Path of the field.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// Both spellings of a field; cargo's versions differ in which one counts.
    #[error("Cargo.toml has both `{field}` and `{former}`; keep the first")]
    BothSpellings {
        /// Path of the field.
        field: String,
        /// The spelling that cargo used to accept.
        former: &'static str,
    },
    /// Something that packaging never leaves.
    #[error(
        "Cargo.toml has `{0}`, which `cargo package` never leaves in an archive; send what `cargo package` makes"
    )]
    NotPackaged(String),
    /// The name breaks the grammar.
    #[error("Cargo.toml: {0}")]
    Name(#[from] NameError),
    /// The version breaks the grammar.
    #[error("Cargo.toml: {0}")]
    Version(#[from] VersionError),
    /// A row with it would be dropped by cargo, and the version with the row.
    #[error("Cargo.toml: rust-version `{0}` must be up to three numbers, such as 1.85 or 1.85.0")]
    RustVersion(String),
    /// A dependency's own name cannot stand in a row.
    #[error(
        "Cargo.toml: dependency `{0}` must be named by an ASCII letter or `_`, then letters, digits, `-` and `_`, at most 64 in all"
    )]
    Rename(String),
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
    let table: Table = text.parse().map_err(|error| not_toml(text, &error))?;
    let manifest = Fields::of(&table, "");
    refuse_unpackaged(&table)?;
    let package = manifest.required_table("package")?;
    Ok(Manifest {
        name: CrateName::parse(&package.required_text("name")?)?,
        version: Version::parse(&package.required_text("version")?)?,
        links: package.text("links")?,
        rust_version: rust_version(package.text("rust-version")?)?,
        description: package.text("description")?,
        homepage: package.text("homepage")?,
        documentation: package.text("documentation")?,
        repository: package.text("repository")?,
        readme: package.text_unless_switch("readme")?,
        keywords: package.texts("keywords")?,
        categories: package.texts("categories")?,
        license: package.text("license")?,
        license_file: package.text("license-file")?,
        authors: package.texts("authors")?,
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
        Err(ManifestError::Disagrees {
            found: format!("{} {}", self.name, self.version),
            expected: format!("{name} {version}"),
        })
    }
}

fn not_toml(text: &str, error: &toml::de::Error) -> ManifestError {
    let at = error.span().map_or(0, |span| span.start);
    ManifestError::Toml {
        line: text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1,
        rule: error.message().escape_debug().to_string(),
    }
}

/// Refuses tables that packaging leaves out, and values to be looked up elsewhere.
fn refuse_unpackaged(manifest: &Table) -> Result<(), ManifestError> {
    let inherits = |value: &Value| value.get("workspace").is_some();
    let table = |name: &str| manifest.get(name).and_then(Value::as_table);
    // An empty [workspace] keeps a package out of a parent's and is harmless.
    let workspace = table("workspace").is_some_and(|workspace| !workspace.is_empty());
    let never = ["patch", "replace", "project"];
    let found = never.into_iter().find(|name| manifest.contains_key(*name));
    if let Some(name) = found.or(workspace.then_some("workspace")) {
        return Err(ManifestError::NotPackaged(format!("[{name}]")));
    }
    if manifest.get("lints").is_some_and(inherits) {
        return Err(ManifestError::NotPackaged("lints.workspace".to_owned()));
    }
    // What stands in `metadata` is other tools' affair.
    let mut package = table("package").into_iter().flatten();
    match package.find(|(name, value)| *name != "metadata" && inherits(value)) {
        Some((name, _)) => Err(ManifestError::NotPackaged(format!(
            "package.{}.workspace",
            name.escape_debug()
        ))),
        None => Ok(()),
    }
}

/// Checks the form of `rust-version` (Cargo Book, "The rust-version field").
fn rust_version(text: Option<String>) -> Result<Option<String>, ManifestError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0')) && part.parse::<u32>().is_ok()
    };
    let parts = text.split('.').count();
    match (1..=3).contains(&parts) && text.split('.').all(number) {
        true => Ok(Some(text)),
        false => Err(ManifestError::RustVersion(text.escape_debug().to_string())),
    }
}

fn features(manifest: &Fields<'_>) -> Result<Features, ManifestError> {
    let Some(table) = manifest.table("features")? else {
        return Ok(Features::new());
    };
    let named = |name: &str| Ok((name.to_owned(), table.required_texts(name)?));
    table.names().map(named).collect()
}
