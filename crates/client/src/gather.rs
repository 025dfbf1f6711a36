//! What people name on the command line, read as releases: `.crate` files, package
//! folders, workspaces, folders with any of them.
//!
//! cargo packs packages, with the configuration of their own folder. A registry that
//! a manifest names and that configuration does not know may be one of the server's,
//! so what cannot be packed without its addresses is tried once more with them.
//!
//! Absent: packing itself (`crossdock_folder`), and asking the server.

use crate::cargo_sources::CargoSources;
use crossdock_archive::Scope;
use crossdock_folder::{Found, Options, Packed, Packer, Problem};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Addresses of registries by the names that manifests call them.
pub type Addresses = BTreeMap<String, String>;

/// Which rules hold for `.crate` files that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Those of a publish.
    AsUploads,
    /// Those of archives that exist elsewhere: only what is not safe is refused.
    AsTheyAre,
}

/// Says how folders of the person at the keyboard are read; `scratch` is where cargo
/// writes meanwhile.
pub fn options(scratch: PathBuf, judged: Judged) -> Options {
    let mut options = Options::new(scratch);
    options.cargo.folder_configuration = true;
    options.scope = match judged {
        Judged::AsUploads => Scope::Publish,
        Judged::AsTheyAre => Scope::Mirror,
    };
    options
}

/// Reads what lies at a path.
///
/// A folder with a manifest is a workspace with all its members, or a package; any
/// other is looked through. `addresses` are for names that cargo's configuration of the
/// place does not know.
pub fn gather(path: &Path, options: &Options, addresses: &Addresses) -> Found {
    let folder = match path.is_dir() {
        true => path,
        false => path.parent().unwrap_or(Path::new(".")),
    };
    let mut options = options.clone();
    options.cargo.registries = addresses.clone();
    if !addresses.is_empty() {
        let known = CargoSources::around(folder).registries();
        let is_known = |name: &String| known.contains_key(name);
        options.cargo.registries.retain(|name, _| !is_known(name));
    }
    let packer = Packer::new(options);
    let manifest = path.join("Cargo.toml");
    match () {
        () if path.is_dir() && !manifest.is_file() => packer.folder(path),
        () if path.is_dir() && is_workspace(&manifest) => {
            let (crates, problems) = packer.workspace(path);
            Found { crates, problems }
        }
        () if path.is_dir() => one(packer.package(&manifest)),
        () if path.file_name().is_some_and(|name| name == "Cargo.toml") => {
            one(packer.package(path))
        }
        () => one(packer.archive(path)),
    }
}

fn one(read: Result<Packed, Problem>) -> Found {
    let mut found = Found::default();
    match read {
        Ok(packed) => found.crates.push(packed),
        Err(problem) => found.problems.push(problem),
    }
    found
}

/// Tells whether a manifest is a workspace's root; one that cannot be read is left to
/// cargo, which says why.
fn is_workspace(manifest: &Path) -> bool {
    let table = std::fs::read_to_string(manifest).ok();
    let table = table.and_then(|text| text.parse::<toml::Table>().ok());
    table.is_some_and(|table| table.contains_key("workspace"))
}

/// What lies at several paths.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The releases, as they were found.
    pub crates: Vec<Packed>,
    /// What is no release, and why.
    pub problems: Vec<Problem>,
}

impl Gathered {
    /// Adds what was found at a path.
    pub fn add(&mut self, found: Found) {
        self.crates.extend(found.crates);
        self.problems.extend(found.problems);
    }

    /// Keeps each release once. Of one that is there with two archives none is kept,
    /// and each of them is a problem: the order of a folder decides nothing.
    #[must_use]
    pub fn each_once(self) -> Self {
        let mut releases: BTreeMap<_, Vec<Packed>> = BTreeMap::new();
        for packed in self.crates {
            let release = (packed.name.key(), packed.version.clone());
            let known = releases.entry(release).or_default();
            if known.iter().all(|it| it.checksum != packed.checksum) {
                known.push(packed);
            }
        }
        let mut once = Self {
            problems: self.problems,
            crates: Vec::new(),
        };
        for mut packings in releases.into_values() {
            if packings.len() == 1 {
                once.crates.append(&mut packings);
                continue;
            }
            for (at, packed) in packings.iter().enumerate() {
                let other = if at == 0 { 1 } else { 0 };
                let problem = twice(packed, &packings[other].origin);
                once.problems.push(problem);
            }
        }
        once
    }
}

fn twice(packed: &Packed, other: &Path) -> Problem {
    Problem {
        path: packed.origin.clone(),
        rule: format!(
            "it is {} {}, and so is {} with another archive; name one of them",
            packed.name,
            packed.version,
            other.display()
        ),
    }
}
