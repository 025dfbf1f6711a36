//! What an export holds, as a file of its own: `.crossdock-export.json`.
//!
//! Written last, so it describes what is there; index files and configurations are made
//! from it and checked against it. Rows are kept as they were served, and say names,
//! versions and checksums by themselves.
//!
//! Absent: reading and writing the file.

use crossdock_core::address::{Address, AddressError};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use crossdock_wire::index_line;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The file's name.
pub const FILE_NAME: &str = ".crossdock-export.json";

/// The version of the file that is written and read.
const VERSION: u32 = 1;

/// How archives and rows lie in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Archives beside an index: cargo's local registries.
    LocalRegistry,
    /// Unpacked crates, as `cargo vendor` has them.
    Directory,
    /// A tree for a web server.
    Sparse,
    /// An index in a git repository, archives beside it.
    Git,
}

impl Format {
    /// Returns the format's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::LocalRegistry => "local-registry",
            Self::Directory => "directory",
            Self::Sparse => "sparse",
            Self::Git => "git",
        }
    }
}

/// What an export holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// How it lies there.
    pub format: Format,
    /// Whether the index has the versions whose archives are not there, as yanked.
    pub full: bool,
    /// The address below which a web server shows it.
    pub base_url: Option<String>,
    /// The view or registry it was taken from.
    pub from: String,
    /// The epoch of it.
    pub epoch: Option<u64>,
    /// What projects call the registries: name and address.
    pub registries: BTreeMap<String, String>,
    /// The sources.
    pub sources: Vec<Source>,
    /// Names that the locks had from elsewhere than a registry.
    pub elsewhere: BTreeSet<String>,
    /// Checksums of the files that do not follow from the rows, by path below the export:
    /// those of a full index.
    pub written: BTreeMap<String, Checksum>,
}

/// One source: an identity and what is there of it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The address that locks have.
    pub identity: String,
    /// What cargo's configuration calls it, and its folder.
    pub called: String,
    /// The releases that are there, in the order of name and version.
    pub releases: Vec<Exported>,
}

/// A release that is there.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The row as it was served.
    pub row: String,
    /// What it says.
    pub release: Release,
}

/// Why a text is no description of an export.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// Not what is written here.
    #[error("{FILE_NAME} is damaged")]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("{FILE_NAME} is of version {0}, and {VERSION} is what is known here")]
    Version(u32),
    /// A name or row in it is none.
    #[error("{FILE_NAME}: {0}")]
    Part(String),
}

impl Source {
    /// Finds a release.
    pub fn release(&self, name: &CrateName, version: &Version) -> Option<&Exported> {
        self.releases
            .iter()
            .find(|it| it.release.name == *name && it.release.version == *version)
    }

    /// Adds a release, or puts it in the place of another of the same name and version.
    pub fn put(&mut self, new: Exported) {
        let key = |it: &Exported| (it.release.name.clone(), it.release.version.clone());
        match self.releases.binary_search_by_key(&key(&new), key) {
            Ok(place) => self.releases[place] = new,
            Err(place) => self.releases.insert(place, new),
        }
    }
}

/// Reads a row as it is served, without knowing whose it is.
///
/// # Errors
/// [`index_line::IndexLineError`].
pub fn read_row(row: &str) -> Result<Exported, index_line::IndexLineError> {
    let release = index_line::decode(row, &target_of)?;
    let row = row.to_owned();
    Ok(Exported { row, release })
}

/// Says what a row's `registry` means: null is the source that has the row.
pub(crate) fn target_of(registry: Option<&str>) -> Result<Target, AddressError> {
    Ok(match registry.map(Address::parse).transpose()? {
        None => Target::Own,
        Some(Address::CratesIo) => Target::CratesIo,
        Some(address) => Target::Elsewhere(address),
    })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    version: u32,
    format: Format,
    full: bool,
    base_url: Option<String>,
    from: String,
    epoch: Option<u64>,
    registries: BTreeMap<String, String>,
    sources: Vec<RawSource>,
    #[serde(default)]
    elsewhere: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    written: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct RawSource {
    identity: String,
    called: String,
    rows: Vec<String>,
}

/// Writes the description.
pub fn encode(contents: &Contents) -> String {
    let source = |source: &Source| RawSource {
        identity: source.identity.clone(),
        called: source.called.clone(),
        rows: source.releases.iter().map(|it| it.row.clone()).collect(),
    };
    let raw = Raw {
        version: VERSION,
        format: contents.format,
        full: contents.full,
        base_url: contents.base_url.clone(),
        from: contents.from.clone(),
        epoch: contents.epoch,
        registries: contents.registries.clone(),
        sources: contents.sources.iter().map(source).collect(),
        elsewhere: contents.elsewhere.clone(),
        written: contents
            .written
            .iter()
            .map(|(path, sum)| (path.clone(), sum.to_string()))
            .collect(),
    };
    let text = serde_json::to_string_pretty(&raw).expect("texts and numbers always encode");
    text + "\n"
}

/// Reads the description. Names of folders come out fit to be used as such.
///
/// # Errors
/// [`ContentsError`].
pub fn decode(bytes: &[u8]) -> Result<Contents, ContentsError> {
    #[derive(Deserialize)]
    struct Opening {
        version: u32,
    }
    let Opening { version } = serde_json::from_slice(bytes)?;
    if version != VERSION {
        return Err(ContentsError::Version(version));
    }
    let raw: Raw = serde_json::from_slice(bytes)?;
    let sources = raw.sources.iter().map(source).collect::<Result<_, _>>()?;
    Ok(Contents {
        format: raw.format,
        full: raw.full,
        base_url: raw.base_url,
        from: raw.from,
        epoch: raw.epoch,
        registries: raw.registries,
        sources,
        elsewhere: raw.elsewhere,
        written: raw
            .written
            .into_iter()
            .map(written)
            .collect::<Result<_, _>>()?,
    })
}

fn written((path, sum): (String, String)) -> Result<(String, Checksum), ContentsError> {
    let refuse = |what: &str| ContentsError::Part(format!("`{}` {what}", path.escape_debug()));
    let mut parts = path.split('/');
    let is_below = parts.all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
    if !is_below {
        return Err(refuse("is no path below an export"));
    }
    let sum = sum.parse().map_err(|_| refuse("has no checksum"))?;
    Ok((path, sum))
}

fn source(raw: &RawSource) -> Result<Source, ContentsError> {
    if !is_folder(&raw.called) {
        let called = raw.called.escape_debug();
        return Err(ContentsError::Part(format!(
            "`{called}` is no folder's name"
        )));
    }
    let mut source = Source {
        identity: raw.identity.clone(),
        called: raw.called.clone(),
        releases: Vec::new(),
    };
    for row in &raw.rows {
        let read = read_row(row).map_err(|error| ContentsError::Part(error.to_string()))?;
        source.put(read);
    }
    Ok(source)
}

/// A registry's name, or two with `-from-` between them.
fn is_folder(called: &str) -> bool {
    called.len() <= 140
        && called
            .split("-from-")
            .all(|part| RegistryName::parse(part).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"name":"foo","vers":"1.0.0","deps":[],"cksum":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","features":{},"yanked":false}"#;

    fn contents() -> Contents {
        let row = |version: &str| read_row(&ROW.replace("1.0.0", version)).unwrap();
        let mut source = Source {
            identity: "sparse+http://h/main/from/local/index/".to_owned(),
            called: "main-from-local".to_owned(),
            releases: Vec::new(),
        };
        for version in ["1.10.0", "1.9.0", "1.10.0"] {
            source.put(row(version));
        }
        Contents {
            format: Format::LocalRegistry,
            full: true,
            base_url: None,
            from: "main".to_owned(),
            epoch: Some(7),
            registries: BTreeMap::from([("main".to_owned(), "sparse+http://h/".to_owned())]),
            sources: vec![source],
            elsewhere: BTreeSet::new(),
            written: BTreeMap::from([("outdated/a".to_owned(), Checksum::of(b"a"))]),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = encode(&contents());
        let read = decode(text.as_bytes()).unwrap();
        assert_eq!(encode(&read), text);
        let versions = read.sources[0].releases.iter();
        let versions: Vec<_> = versions.map(|it| it.release.version.to_string()).collect();
        assert_eq!(versions, ["1.9.0", "1.10.0"]);
    }

    #[test]
    fn folders_lie_inside() {
        let text = encode(&contents());
        for bad in ["..", "a/b", "", "/etc", "a-from-", "A"] {
            let text = text.replace("\"main-from-local\"", &format!("\"{bad}\""));
            assert!(decode(text.as_bytes()).is_err(), "{bad}");
        }
        let later = text.replace("\"version\": 1", "\"version\": 2");
        assert!(matches!(
            decode(later.as_bytes()),
            Err(ContentsError::Version(2))
        ));
        for bad in ["../a", "/a", "a//b", "a/./b", ""] {
            let text = text.replace("\"outdated/a\"", &format!("\"{bad}\""));
            assert!(decode(text.as_bytes()).is_err(), "{bad}");
        }
        let name = text.replace(r#"\"foo\""#, r#"\"../foo\""#);
        assert!(decode(name.as_bytes()).is_err());
    }
}
