//! One version of one crate, as an index row tells it.
//!
//! The fields are those of the Cargo Book, "Registry Index", JSON schema. A field
//! that is not known here is kept as it came ([`Unknown`]) and written back, so
//! that a newer cargo finds what a newer upstream wrote. Reading and writing the
//! row's text is `wire`'s part.

mod dependencies;
mod features;

use crate::address::Address;
use crate::checksum::Checksum;
use crate::name::CrateName;
use crate::registry_name::RegistryName;
use crate::timestamp::Timestamp;
use crate::version::Version;

pub use dependencies::Dependencies;
pub use features::Features;

/// Fields we do not know: name to JSON text, in the order they were written.
pub type Unknown = Vec<(String, Box<str>)>;

/// One version of one crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The crate's name as published.
    pub name: CrateName,
    /// The version, build metadata included.
    pub version: Version,
    /// Dependencies in the order of the row.
    pub dependencies: Dependencies,
    /// Features in the syntax every cargo reads.
    pub features: Features,
    /// Features with `dep:` or `?/`, which cargo before 1.60 must not see.
    pub features2: Option<Features>,
    /// SHA-256 of the `.crate`.
    pub checksum: Checksum,
    /// Whether new resolutions avoid the release.
    pub yanked: bool,
    /// The native library of the manifest's `links`, unique in a build.
    pub links: Option<String>,
    /// The oldest Rust the crate declares to build with.
    pub rust_version: Option<String>,
    /// When the release was published.
    pub pubtime: Option<Timestamp>,
    /// The row's schema version; absent means 1. Cargo skips what it does not know.
    pub v: Option<u32>,
    /// What we do not know.
    pub unknown: Unknown,
}

/// One dependency of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The name in the dependent's manifest, renamed or not.
    pub name: String,
    /// The requirement as text, such as `^1.2`.
    pub req: String,
    /// Features asked for.
    pub features: Vec<String>,
    /// Whether a feature has to switch it on.
    pub optional: bool,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The platform it is for: a triple or `cfg(…)`.
    pub platform: Option<String>,
    /// When it is needed.
    pub kind: DependencyKind,
    /// Which registry's crate is meant.
    pub target: Target,
    /// The crate's real name, if `name` is a rename.
    pub package: Option<CrateName>,
    /// What we do not know (`public`, `artifact`, `bindep_target`, `lib` among it).
    pub unknown: Unknown,
}

/// When a dependency is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DependencyKind {
    /// By the library and binaries.
    Normal,
    /// By tests, examples and benches; cargo ignores it in dependencies.
    Dev,
    /// By the build script.
    Build,
}

/// The registry that a dependency means, settled when its release came in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The registry that holds the dependent.
    Own,
    /// crates.io.
    CratesIo,
    /// Another registry of this installation.
    Registry(RegistryName),
    /// A registry that is not of this installation.
    Elsewhere(Address),
}

impl Release {
    /// Estimates its bytes in memory beside what it shares with the release before.
    pub(crate) fn bytes(&self, before: Option<&Self>) -> usize {
        let shared = |ours: &Features, theirs: Option<&Features>| {
            theirs.is_some_and(|theirs| ours.is_same(theirs))
        };
        let mut bytes = size_of::<Self>() + text(self.name.as_str()) + TEXT_BYTES;
        bytes += self.dependencies.bytes();
        if !shared(&self.features, before.map(|before| &before.features)) {
            bytes += self.features.bytes();
        }
        if let Some(features2) = &self.features2
            && !shared(
                features2,
                before.and_then(|before| before.features2.as_ref()),
            )
        {
            bytes += features2.bytes();
        }
        bytes += self.links.as_deref().map_or(0, text);
        bytes += self.rust_version.as_deref().map_or(0, text);
        bytes + unknown(&self.unknown)
    }
}

/// What a short text takes beside its letters: its place in the heap.
const TEXT_BYTES: usize = 16;

fn text(text: &str) -> usize {
    text.len() + TEXT_BYTES
}

fn unknown(fields: &Unknown) -> usize {
    let of_field = |(name, value): &(String, Box<str>)| {
        size_of::<(String, Box<str>)>() + text(name) + text(value)
    };
    fields.iter().map(of_field).sum()
}

impl Dependency {
    /// Returns the real name of the crate depended on, as the row has it.
    ///
    /// A rename's `name` may be any identifier; the real name is then `package`.
    pub fn crate_name(&self) -> Option<CrateName> {
        match &self.package {
            Some(package) => Some(package.clone()),
            None => CrateName::parse(&self.name).ok(),
        }
    }

    /// Estimates its bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let features = self.features.iter();
        let features = features.map(|feature| size_of::<String>() + text(feature));
        let platform = self.platform.as_deref().map_or(0, text);
        let package = self.package.as_ref().map_or(0, |name| text(name.as_str()));
        size_of::<Self>()
            + text(&self.name)
            + text(&self.req)
            + features.sum::<usize>()
            + platform
            + package
            + unknown(&self.unknown)
    }
}
