//! A folder that is looked at again and again, and what changed is packed anew.
//!
//! Each look goes through the whole folder by names, sizes and times alone; cargo runs
//! and files are read only where those differ. What cannot be read any more, or was
//! changed while it was read, stays as it was last good; what is gone is gone.
//!
//! In memory are manifests and checksums, never archives: who looks takes those as
//! they are made.

use crate::fingerprint;
use crate::options::Options;
use crate::package_cargo::pack_members;
use crate::packed::{Packed, Problem};
use crate::packer::{Packer, is_within};
use crate::walk::walk;
use crate::workspace::{Member, Workspace};
use crossdock_core::checksum::Checksum;
use crossdock_core::name::CrateName;
use crossdock_core::version::Version;
use crossdock_wire::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long before a look the last change has to lie for times to tell a later one
/// apart. File times advance by ticks of up to 10 ms; a second change within the same
/// tick would look like the first.
const SETTLED_NS: i128 = 50_000_000;

/// A release of the folder, without its archive.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The crate's name.
    pub name: CrateName,
    /// Its version.
    pub version: Version,
    /// SHA-256 of the `.crate` that was given when it was packed.
    pub checksum: Checksum,
    /// What the manifest in the archive says.
    pub manifest: Manifest,
    /// The `.crate` file, or the package's Cargo.toml.
    pub origin: PathBuf,
}

/// What a look found.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The releases of the folder, sorted by origin.
    pub releases: Vec<Arc<Standing>>,
    /// What is no release, or not as it should be; sorted by path.
    pub problems: Vec<Problem>,
}

/// A folder that is looked at again and again.
#[derive(Debug)]
pub struct Live {
    packer: Packer,
    folder: PathBuf,
    known: BTreeMap<PathBuf, Known>,
    workspaces: Option<(Checksum, Vec<Workspace>, Vec<Problem>)>,
}

/// What is known of one `.crate` file or package.
#[derive(Debug)]
struct Known {
    state: State,
    good: Option<Arc<Standing>>,
    problem: Option<Problem>,
}

/// The state of the files that something was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    digest: Checksum,
    /// Whether the last change lay so long before that a later one has another time.
    settled: bool,
}

impl Live {
    /// Makes ready for looking; nothing is read yet.
    pub fn new(folder: PathBuf, options: Options) -> Self {
        Self {
            packer: Packer::new(options),
            folder,
            known: BTreeMap::new(),
            workspaces: None,
        }
    }

    /// Forgets everything, so that the next look gives every archive again.
    pub fn forget(&mut self) {
        self.known.clear();
        self.workspaces = None;
    }

    /// Looks at the folder. Each archive that was not given before goes to `give`,
    /// before it is among the releases.
    ///
    /// # Errors
    /// [`Problem`] if the folder itself cannot be read; then nothing is known of it,
    /// which does not mean that it is empty.
    pub fn look(&mut self, give: &mut dyn FnMut(Packed)) -> Result<Seen, Problem> {
        let unreadable = |error| Problem::new(&self.folder, error);
        let within = self.folder.canonicalize().map_err(unreadable)?;
        std::fs::read_dir(&within).map_err(unreadable)?;
        let walked = walk(&within, &self.packer.options);
        let now_ns = now_ns();
        let mut problems = walked.problems;
        let mut there = BTreeSet::new();
        for path in walked.archives {
            self.archive(&path, now_ns, give);
            there.insert(path);
        }
        problems.extend(self.read_workspaces(&walked.manifests));
        let workspaces = self.workspaces.take();
        for workspace in workspaces.iter().flat_map(|(_, workspaces, _)| workspaces) {
            self.packages(workspace, &within, now_ns, &mut there, give);
        }
        self.workspaces = workspaces;
        // What lies where something could not be looked at may still be there.
        let hidden = |path: &Path| problems.iter().any(|problem| covers(problem, path));
        self.known
            .retain(|path, _| there.contains(path) || hidden(path));
        Ok(self.seen(problems))
    }

    fn seen(&self, mut problems: Vec<Problem>) -> Seen {
        let known = self.known.values();
        problems.extend(known.filter_map(|known| known.problem.clone()));
        problems.sort();
        problems.dedup();
        let known = self.known.values();
        let releases = known.filter_map(|known| known.good.clone()).collect();
        Seen { releases, problems }
    }

    fn archive(&mut self, path: &Path, now_ns: i128, give: &mut dyn FnMut(Packed)) {
        let state = fingerprint::of_file(path).map(|print| state(print, now_ns));
        if state.is_some_and(|state| self.is_known(path, state)) {
            return;
        }
        // Gone since the folder was looked through, or to be read anew.
        let made = self.packer.archive(path);
        let state = state.unwrap_or(State {
            digest: Checksum::of(&[]),
            settled: false,
        });
        self.learn(path, state, made, give);
    }

    /// Packs what changed of a workspace, with one run of cargo if all goes well.
    fn packages(
        &mut self,
        workspace: &Workspace,
        within: &Path,
        now_ns: i128,
        there: &mut BTreeSet<PathBuf>,
        give: &mut dyn FnMut(Packed),
    ) {
        let mut changed: Vec<(&Member, State)> = Vec::new();
        for member in &workspace.members {
            if !is_within(member, within) {
                continue;
            }
            there.insert(member.manifest_path.clone());
            match fingerprint::of(workspace, member) {
                Ok(print) => {
                    let state = state((print.digest, print.changed_ns), now_ns);
                    if !self.is_known(&member.manifest_path, state) {
                        changed.push((member, state));
                    }
                }
                Err((path, error)) => {
                    let problem = Problem::new(&path, error);
                    let digest = Checksum::of(problem.rule.as_bytes());
                    let settled = true;
                    let state = State { digest, settled };
                    self.learn(&member.manifest_path, state, Err(problem), give);
                }
            }
        }
        let members: Vec<&Member> = changed.iter().map(|(member, _)| *member).collect();
        let made = pack_members(workspace, &members, Some(within), &self.packer.options);
        for ((member, before), made) in changed.into_iter().zip(made) {
            let state = made.as_ref().map_or(before, |(_, print)| {
                state((print.digest, print.changed_ns), now_ns)
            });
            let packed = made.map(|(packed, _)| packed);
            self.learn(&member.manifest_path, state, packed, give);
        }
    }

    fn is_known(&self, path: &Path, state: State) -> bool {
        let known = self.known.get(path);
        known.is_some_and(|known| known.state.settled && known.state.digest == state.digest)
    }

    /// Learns what became of something. What was good stays until there is better.
    fn learn(
        &mut self,
        path: &Path,
        state: State,
        made: Result<Packed, Problem>,
        give: &mut dyn FnMut(Packed),
    ) {
        let before = self.known.remove(path).and_then(|known| known.good);
        let (good, problem) = match made {
            Ok(packed)
                if before
                    .as_ref()
                    .is_some_and(|good| good.checksum == packed.checksum) =>
            {
                (before, None)
            }
            Ok(packed) => (Some(Arc::new(Standing::of(packed, give))), None),
            Err(problem) => (before, Some(problem)),
        };
        let known = Known {
            state,
            good,
            problem,
        };
        self.known.insert(path.to_owned(), known);
    }

    /// Asks cargo for the workspaces again if a manifest changed, came or went.
    fn read_workspaces(&mut self, manifests: &[PathBuf]) -> Vec<Problem> {
        let digest = self.digest_of(manifests);
        let is_same = |known: &&(Checksum, Vec<Workspace>, Vec<Problem>)| known.0 == digest;
        if let Some((_, _, problems)) = self.workspaces.as_ref().filter(is_same) {
            return problems.clone();
        }
        let (workspaces, problems) = self.packer.workspaces(manifests);
        self.workspaces = Some((Checksum::of(&[]), workspaces, problems.clone()));
        // With the members that are known only now.
        let digest = self.digest_of(manifests);
        if let Some(known) = &mut self.workspaces {
            known.0 = digest;
        }
        problems
    }

    /// A hash over the states of all manifests, and of the folders in which members
    /// lie side by side: what `members = ["crates/*"]` takes in changes with those.
    fn digest_of(&self, manifests: &[PathBuf]) -> Checksum {
        let known = self.workspaces.iter().flat_map(|(_, all, _)| all);
        let members = known.flat_map(|workspace| {
            let root = workspace.root.join("Cargo.toml");
            let members = workspace.members.iter();
            members
                .map(|member| member.manifest_path.clone())
                .chain([root])
        });
        let mut paths: BTreeSet<PathBuf> = manifests.iter().cloned().chain(members).collect();
        let beside = |path: &PathBuf| path.parent()?.parent().map(Path::to_owned);
        paths.extend(paths.iter().filter_map(beside).collect::<Vec<_>>());
        let states = paths.iter().map(|path| fingerprint::of_file(path));
        let bytes = states.flat_map(|state| {
            let digest = state.map_or(Checksum::of(&[]), |(digest, _)| digest);
            *digest.as_bytes()
        });
        Checksum::of(&bytes.collect::<Vec<u8>>())
    }
}

impl Standing {
    fn of(packed: Packed, give: &mut dyn FnMut(Packed)) -> Self {
        let standing = Self {
            name: packed.name.clone(),
            version: packed.version.clone(),
            checksum: packed.checksum,
            manifest: packed.manifest.clone(),
            origin: packed.origin.clone(),
        };
        give(packed);
        standing
    }
}

fn state((digest, changed_ns): (Checksum, i128), now_ns: i128) -> State {
    let settled = changed_ns + SETTLED_NS < now_ns;
    State { digest, settled }
}

/// Tells whether a path may be missing only because of a problem.
fn covers(problem: &Problem, path: &Path) -> bool {
    let place = match problem.path.ends_with("Cargo.toml") {
        true => problem.path.parent().unwrap_or(&problem.path),
        false => &problem.path,
    };
    path.starts_with(place)
}

fn now_ns() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    i128::try_from(nanoseconds).unwrap_or(i128::MAX)
}
