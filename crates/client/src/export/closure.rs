//! What locks need, source by source.
//!
//! Absent: where a source is read, and what is there.

use super::error::ExportError;
use crossdock_core::address::{Address, CRATES_IO_IDENTITY};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::lockfile::{self, LockedPackage, LockedSource, Lockfile};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What locks need.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// The releases of registries, by the identity that the lock gives their source.
    pub wanted: BTreeMap<String, Vec<Wanted>>,
    /// Members of workspaces and path dependencies, which are where they are.
    pub local: Vec<String>,
    /// What comes from git repositories and elsewhere, which no registry has.
    pub left: Vec<String>,
}

/// A release that a lock needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The crate.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// The checksum in the lock; absent in locks that never had one.
    pub checksum: Option<Checksum>,
}

/// Reads locks.
///
/// # Errors
/// [`ExportError::Lock`] or [`ExportError::System`].
pub fn read(paths: &[PathBuf]) -> Result<Vec<Lockfile>, ExportError> {
    paths.iter().map(|path| read_one(path)).collect()
}

fn read_one(path: &Path) -> Result<Lockfile, ExportError> {
    let mut text = String::new();
    // One byte more than may be read tells that there are more.
    let bytes_max = lockfile::LOCKFILE_BYTES_MAX as u64 + 1;
    let read = File::open(path).and_then(|file| file.take(bytes_max).read_to_string(&mut text));
    read.map_err(|error| ExportError::system("read", path, error))?;
    lockfile::decode(&text).map_err(|source| ExportError::Lock {
        path: path.to_owned(),
        source,
    })
}

/// Collects what locks need, each release once.
pub fn closure(locks: &[Lockfile]) -> Closure {
    let mut closure = Closure::default();
    for package in locks.iter().flat_map(|lock| &lock.packages) {
        let told = format!("{} {}", package.name, package.version);
        match &package.source {
            LockedSource::Path => closure.local.push(told),
            LockedSource::Elsewhere(source) => closure.left.push(format!("{told} ({source})")),
            LockedSource::Registry(source) => {
                let wanted = closure.wanted.entry(identity(source)).or_default();
                wanted.push(needed(package));
            }
        }
    }
    for wanted in closure.wanted.values_mut() {
        wanted.sort();
        wanted.dedup();
    }
    for told in [&mut closure.local, &mut closure.left] {
        told.sort();
        told.dedup();
    }
    closure
}

/// Returns what a lock's source is called in cargo's configuration: without the
/// `registry+`, crates.io always in one spelling.
pub fn identity(source: &str) -> String {
    match Address::parse(source) {
        Ok(Address::CratesIo) => CRATES_IO_IDENTITY.to_owned(),
        _ => source
            .strip_prefix("registry+")
            .unwrap_or(source)
            .to_owned(),
    }
}

fn needed(package: &LockedPackage) -> Wanted {
    Wanted {
        name: package.name.clone(),
        version: package.version.clone(),
        checksum: package.checksum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossdock_wire::lockfile::decode;

    #[test]
    fn each_source_has_its_releases_once() {
        let sum = Checksum::of(b"");
        let package = |name: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{source}\n")
        };
        let from = |source: &str| format!("source = \"{source}\"\nchecksum = \"{sum}\"");
        let text = [
            "version = 4\n".to_owned(),
            package("app", ""),
            package(
                "foo",
                &from("registry+https://github.com/rust-lang/crates.io-index"),
            ),
            package("foo", &from("sparse+http://h/main/index/")),
            package("bar", "source = \"git+https://h/bar#abc\""),
        ];
        let lock = decode(&text.concat()).unwrap();
        let closure = closure(&[lock.clone(), lock]);
        let sources: Vec<_> = closure.wanted.iter().collect();
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].0, CRATES_IO_IDENTITY);
        assert_eq!(sources[1].0, "sparse+http://h/main/index/");
        assert!(sources.iter().all(|(_, wanted)| wanted.len() == 1));
        assert_eq!(closure.local, ["app 1.0.0"]);
        assert_eq!(closure.left, ["bar 1.0.0 (git+https://h/bar#abc)"]);
    }
}
