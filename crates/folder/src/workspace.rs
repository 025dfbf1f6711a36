//! Which packages belong together: a workspace as cargo reads it.
//!
//! Absent: packing them.

use crate::options::Options;
use crate::packed::{Beside, Problem};
use crate::program;
use crate::whole_path::whole;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A workspace, or a package that is alone.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The folder of its root manifest.
    pub(crate) root: PathBuf,
    /// Its packages, sorted by the path of their manifests.
    pub(crate) members: Vec<Member>,
}

/// A package of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Its name, as written.
    pub(crate) name: String,
    /// Its version, as written.
    pub(crate) version: String,
    /// Its Cargo.toml.
    pub(crate) manifest_path: PathBuf,
    /// Files outside of its folder that are packed with it: readme and licence.
    pub(crate) beside: Vec<PathBuf>,
    /// The members that it is built with by path and by a bare version.
    pub(crate) needed: Vec<Beside>,
}

/// Asks cargo for the workspace that a manifest belongs to.
pub(crate) fn workspace(manifest_path: &Path, options: &Options) -> Result<Workspace, Problem> {
    let mut arguments = [
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]
    .map(OsStr::new)
    .to_vec();
    arguments.extend([OsStr::new("--manifest-path"), manifest_path.as_os_str()]);
    let folder = working_folder(manifest_path, options);
    let answer = program::run(&options.cargo, folder, &arguments)
        .map_err(|rule| Problem::new(manifest_path, rule))?;
    let metadata: Metadata = serde_json::from_slice(&answer)
        .map_err(|error| Problem::new(manifest_path, format!("`cargo metadata`: {error}")))?;
    let mut members: Vec<Member> = metadata
        .packages
        .iter()
        .map(|package| member(package, &metadata.packages))
        .collect();
    members.sort_by(|left, right| left.manifest_path.cmp(&right.manifest_path));
    Ok(Workspace {
        root: metadata.workspace_root,
        members,
    })
}

/// Where cargo runs: what configuration it reads goes by that.
pub(crate) fn working_folder<'a>(manifest_path: &'a Path, options: &'a Options) -> &'a Path {
    match manifest_path.parent() {
        Some(folder) if options.cargo.folder_configuration => folder,
        _ => &options.scratch,
    }
}

/// Gives the Cargo.toml of a folder or of the nearest one above it.
pub(crate) fn manifest_above(folder: &Path) -> Result<PathBuf, Problem> {
    let absolute = whole(folder).map_err(|error| Problem::new(folder, error))?;
    absolute
        .ancestors()
        .map(|above| above.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
        .ok_or_else(|| Problem::new(folder, "there is no Cargo.toml in it nor in a folder above"))
}

/// What is read of `cargo metadata` (Cargo Book, "cargo metadata: JSON format").
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    readme: Option<PathBuf>,
    license_file: Option<PathBuf>,
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    /// Nothing for one that the package is built with to be used.
    kind: Option<String>,
    /// The registry that is named beside the version.
    registry: Option<String>,
    /// The folder that is named beside it.
    path: Option<PathBuf>,
}

fn member(package: &Package, packages: &[Package]) -> Member {
    let folder = package.folder();
    let named = [&package.readme, &package.license_file].into_iter();
    let beside = named.flatten().map(|path| folder.join(path)).collect();
    Member {
        name: package.name.clone(),
        version: package.version.clone(),
        manifest_path: package.manifest_path.clone(),
        beside,
        needed: package.needed(packages),
    }
}

impl Package {
    fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("/"))
    }

    /// Tests may need what is nowhere published: cargo leaves it out of the archive.
    fn needed(&self, packages: &[Self]) -> Vec<Beside> {
        let is_bare = |it: &&Dependency| it.registry.is_none() && it.kind.as_deref() != Some("dev");
        let bare = self.dependencies.iter().filter(is_bare);
        let folders: BTreeSet<&Path> = bare.filter_map(|it| it.path.as_deref()).collect();
        let needed = packages.iter().filter(|it| folders.contains(it.folder()));
        needed.filter_map(Self::beside).collect()
    }

    /// Nothing for a name or version that could not be published anyway.
    fn beside(&self) -> Option<Beside> {
        Some(Beside {
            name: CrateName::parse(&self.name).ok()?,
            version: Version::parse(&self.version).ok()?,
            publish: self.publish.clone(),
            manifest_path: self.manifest_path.clone(),
        })
    }
}
