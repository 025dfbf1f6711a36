//! A packer: folders in, releases and problems out.
//!
//! Absent: remembering what was packed; each call reads everything anew.

use crate::archive_file;
use crate::options::Options;
use crate::package_cargo::pack_members;
use crate::packed::{Found, Packed, Problem};
use crate::walk::walk;
use crate::whole_path::whole;
use crate::workspace::{Member, Workspace, manifest_above, workspace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Reads folders as packed releases. It may be shared and called at the same time.
#[derive(Clone, Debug)]
pub struct Packer {
    pub(crate) options: Options,
}

impl Packer {
    /// Makes a packer. Nothing is written before a package is packed.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Reads a `.crate` file as it is; nothing is packed again.
    ///
    /// # Errors
    /// [`Problem`], if it is no plain file within bounds, breaks a rule of archives,
    /// or its folder, its manifest and each other disagree.
    pub fn archive(&self, path: &Path) -> Result<Packed, Problem> {
        archive_file::read(path, &self.options)
    }

    /// Packs a package canonically: what `cargo package` selects and normalises,
    /// without the commit and without a lock, whatever `publish` says.
    ///
    /// Links are followed, as cargo follows them: the folder is the caller's own.
    ///
    /// # Errors
    /// [`Problem`], with cargo's words where cargo refuses.
    pub fn package(&self, manifest_path: &Path) -> Result<Packed, Problem> {
        let path = whole(manifest_path).map_err(|error| Problem::new(manifest_path, error))?;
        let workspace = self.read(&path)?;
        let mut members = workspace.members.iter();
        let named = |member: &&Member| member.manifest_path == path;
        let Some(member) = members.find(named).or_else(|| same_file(&workspace, &path)) else {
            return Err(Problem::new(manifest_path, "it is no package"));
        };
        let made = pack_members(&workspace, &[member], None, &self.options);
        let only = made.into_iter().next().expect("one result for one member");
        only.map(|(packed, _)| packed)
    }

    /// Packs every member of the workspace at or above a folder, like
    /// [`Packer::package`]. A member that cannot be packed does not hide the others;
    /// a manifest that cargo cannot read does, because cargo then reads none.
    pub fn workspace(&self, folder: &Path) -> (Vec<Packed>, Vec<Problem>) {
        let mut found = Found::default();
        match manifest_above(folder).and_then(|manifest| self.read(&manifest)) {
            Ok(workspace) => {
                let members: Vec<&Member> = workspace.members.iter().collect();
                let made = pack_members(&workspace, &members, None, &self.options);
                made.into_iter()
                    .for_each(|made| found.add(made.map(|(packed, _)| packed)));
            }
            Err(problem) => found.problems.push(problem),
        }
        (found.crates, found.problems)
    }

    /// Reads everything below a folder: `.crate` files and packages.
    ///
    /// Links are not followed, and no package is packed with files from outside of
    /// the folder. Hidden folders, `target` and folders tagged as caches are passed
    /// over; in a package's folder only members of its workspace are looked for. All
    /// archives are in memory together: this is for folders of the day's work.
    pub fn folder(&self, folder: &Path) -> Found {
        let mut found = Found::default();
        let within = match folder.canonicalize() {
            Ok(within) => within,
            Err(error) => {
                found.problems.push(Problem::new(folder, error));
                return found;
            }
        };
        let walked = walk(&within, &self.options);
        found.problems.extend(walked.problems);
        for path in &walked.archives {
            found.add(self.archive(path));
        }
        let (workspaces, problems) = self.workspaces(&walked.manifests);
        found.problems.extend(problems);
        for workspace in &workspaces {
            let lies_within = |member: &&Member| is_within(member, &within);
            let members: Vec<&Member> = workspace.members.iter().filter(lies_within).collect();
            let made = pack_members(workspace, &members, Some(&within), &self.options);
            made.into_iter()
                .for_each(|made| found.add(made.map(|(packed, _)| packed)));
        }
        found
            .crates
            .sort_by(|left, right| left.origin.cmp(&right.origin));
        found.problems.sort();
        found
    }

    /// The workspaces of some manifests, each once.
    pub(crate) fn workspaces(&self, manifests: &[PathBuf]) -> (Vec<Workspace>, Vec<Problem>) {
        let mut known: BTreeSet<PathBuf> = BTreeSet::new();
        let mut workspaces = Vec::new();
        let mut problems = Vec::new();
        for manifest in manifests {
            if known.contains(manifest) {
                continue;
            }
            match self.read(manifest) {
                Ok(workspace) => {
                    let members = workspace.members.iter();
                    known.extend(members.map(|member| member.manifest_path.clone()));
                    workspaces.push(workspace);
                }
                Err(problem) => problems.push(problem),
            }
        }
        (workspaces, problems)
    }

    fn read(&self, manifest_path: &Path) -> Result<Workspace, Problem> {
        let scratch = &self.options.scratch;
        std::fs::create_dir_all(scratch).map_err(|error| Problem::new(scratch, error))?;
        workspace(manifest_path, &self.options)
    }
}

impl Found {
    fn add(&mut self, made: Result<Packed, Problem>) {
        match made {
            Ok(packed) => self.crates.push(packed),
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// The member whose manifest is the same file by another path: cargo writes paths
/// its own way, and links may lead to one package by several.
fn same_file<'w>(workspace: &'w Workspace, path: &Path) -> Option<&'w Member> {
    let real = path.canonicalize().ok()?;
    let is_it = |member: &&Member| {
        let other = member.manifest_path.canonicalize();
        other.is_ok_and(|other| other == real)
    };
    workspace.members.iter().find(is_it)
}

/// Tells whether a member lies in the folder that is read: a workspace may reach
/// out of it, by its root, by paths and by links.
pub(crate) fn is_within(member: &Member, within: &Path) -> bool {
    let folder = member.manifest_path.parent().map(Path::canonicalize);
    folder.is_some_and(|folder| folder.is_ok_and(|folder| folder.starts_with(within)))
}
