//! Releases that another place offers to be imported, and which of them are meant.
//!
//! Absent: the places (`sparse_source.rs`, `local_registry.rs`, `gather.rs`), and
//! sending what they give (`import_releases.rs`).

use crate::publish_order::{Needs, needed};
use bytes::Bytes;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{CrateName, IndexName, NameKey};
use crossdock_core::release::{DependencyKind, Release, Target};
use crossdock_core::version::Version;
use crossdock_folder::Packed;
use crossdock_wire::index_file;
use semver::VersionReq;
use std::path::PathBuf;

/// A release somewhere else.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// SHA-256 of its archive, as the place's index promises it; nothing if the place
    /// has no index.
    pub promised: Option<Checksum>,
    /// Whether it is yanked there.
    pub yanked: bool,
    /// What it is built with.
    pub needs: Needs,
    /// Where its archive is.
    pub archive: Archive,
}

/// Where an archive is.
#[derive(Clone, Debug)]
pub enum Archive {
    /// At hand.
    Bytes(Bytes),
    /// In a file.
    File(PathBuf),
    /// In the registry that has this row.
    Row(Box<Release>),
}

/// Something that is not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOffered {
    /// The crate, if it is known which.
    pub krate: Option<NameKey>,
    /// What it is: a crate, a row, a file.
    pub what: String,
    /// Why it is not offered.
    pub why: String,
}

/// Which releases are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The crate.
    pub name: CrateName,
    /// Which versions; all if nothing is said.
    versions: Option<Versions>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Versions {
    Exactly(Version),
    Matching(VersionReq),
}

impl Wanted {
    /// Reads `NAME` or `NAME@VERSIONS`, an exact version or a requirement.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, versions) = match text.split_once('@') {
            Some((name, versions)) => (name, Some(versions)),
            None => (text, None),
        };
        let versions = versions.map(|versions| match Version::parse(versions) {
            Ok(version) => Ok(Versions::Exactly(version)),
            Err(_) => VersionReq::parse(versions)
                .map(Versions::Matching)
                .map_err(|error| format!("`{versions}` is no version and no requirement: {error}")),
        });
        Ok(Self {
            name: CrateName::parse(name).map_err(|error| error.to_string())?,
            versions: versions.transpose()?,
        })
    }

    /// Tells whether it means a release.
    pub fn means(&self, name: &NameKey, version: &Version) -> bool {
        self.name.key() == *name
            && match &self.versions {
                None => true,
                Some(Versions::Exactly(exact)) => exact == version,
                Some(Versions::Matching(requirement)) => requirement.matches(version.as_semver()),
            }
    }
}

impl From<Packed> for Offered {
    fn from(packed: Packed) -> Self {
        Self {
            needs: Needs::of(&packed.manifest),
            name: packed.name,
            version: packed.version,
            promised: None,
            yanked: false,
            archive: Archive::Bytes(packed.bytes),
        }
    }
}

/// Takes the rows of a registry that gives the archives itself.
pub fn of_rows(rows: Vec<Release>) -> Vec<Offered> {
    let offered = |release: Release| {
        let archive = Archive::Row(Box::new(release.clone()));
        of_row(release, archive)
    };
    rows.into_iter().map(offered).collect()
}

/// Reads an index file; `archive_of` says where a release's archive is.
pub fn of_index(
    file: &[u8],
    name: &IndexName,
    archive_of: impl Fn(&Release) -> Option<Archive>,
) -> (Vec<Offered>, Vec<NotOffered>) {
    // Where a dependency is found is settled anew where it is imported.
    let read = index_file::decode(file, name, &|_| Ok(Target::Own));
    let mut missing: Vec<_> = read
        .quarantined
        .into_iter()
        .map(|row| NotOffered {
            krate: Some(name.key()),
            what: format!("{} (row {} of its index file)", name.as_str(), row.line),
            why: row.reason.to_string(),
        })
        .collect();
    let mut offered = Vec::new();
    for (_, release) in read.rows {
        match archive_of(&release) {
            Some(archive) => offered.push(of_row(release, archive)),
            // An index may list yanked versions for cargo's sake that it has no bytes of.
            None if release.yanked => {}
            None => missing.push(NotOffered {
                krate: Some(name.key()),
                what: format!("{} {}", release.name, release.version),
                why: "there is no archive of it".to_owned(),
            }),
        }
    }
    (offered, missing)
}

fn of_row(release: Release, archive: Archive) -> Offered {
    let dependencies = release.dependencies.iter();
    let built_with = dependencies.filter(|it| it.kind != DependencyKind::Dev);
    let needs = built_with.filter_map(|it| Some(needed(&it.crate_name()?, &it.req)));
    Offered {
        needs: Needs {
            name: release.name.key(),
            version: release.version.clone(),
            needs: needs.collect(),
        },
        name: release.name,
        version: release.version,
        promised: Some(release.checksum),
        yanked: release.yanked,
        archive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_exact_or_required() {
        let means = |wanted: &str, version: &str| {
            let name = CrateName::parse("Petal_A").unwrap().key();
            let wanted = Wanted::parse(wanted).unwrap();
            wanted.means(&name, &Version::parse(version).unwrap())
        };
        assert!(means("petal-a", "1.0.0") && !means("petal", "1.0.0"));
        assert!(means("petal-a@1.0.0", "1.0.0") && !means("petal-a@1.0.0", "1.0.1"));
        assert!(means("petal-a@^1", "1.0.1") && !means("petal-a@^1", "2.0.0"));
        assert!(Wanted::parse("petal@so").is_err() && Wanted::parse("@1").is_err());
    }
}
