//! Which packages belong together: a workspace as cargo reads it.
//!
//! Absent: packing them.

use crate::options::Options;
use crate::packed::Problem;
use crate::program;
use serde::Deserialize;
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
    let mut members: Vec<Member> = metadata.packages.into_iter().map(member).collect();
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
    let absolute = std::path::absolute(folder).map_err(|error| Problem::new(folder, error))?;
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
}

fn member(package: Package) -> Member {
    let folder = package.manifest_path.parent().map(Path::to_owned);
    let folder = folder.unwrap_or_default();
    let named = [package.readme, package.license_file].into_iter().flatten();
    let beside = named.map(|path| folder.join(path)).collect();
    Member {
        name: package.name,
        version: package.version,
        manifest_path: package.manifest_path,
        beside,
    }
}
