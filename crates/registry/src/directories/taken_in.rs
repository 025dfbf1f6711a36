//! What a look at a folder changes: rows, recorded before they are shown.
//!
//! A release keeps its row as long as its bytes stay: what its dependencies mean was
//! settled when it came, unless a crate that it names without a registry came to lie
//! beside it since. Other bytes under the same version are a new row. What is
//! gone from the folder stays as a yanked row, so that locks that name it still build.
//!
//! Absent: when to look (`directories.rs`).

use crate::federation::Federation;
use crate::ports::{Change, FolderContents, FolderProblem, FolderRelease, StoreError, Validators};
use crate::refusal::{Refusal, RefusalKind};
use crate::stored_target;
use crate::surface::Surface;
use crate::take_uploads::stored_row;
use crate::upload::Beside;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::directory::{Claimed, disputes};
use crossdock_core::entry::Entry;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Release, Target};
use crossdock_core::version::Version;
use crossdock_wire::index_line;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::info;

/// Names whose rows are recorded in one append: with some hundred kilobytes of rows
/// for the largest ones it stays within tens of megabytes, and others write between.
const NAMES_MAX: usize = 200;

/// What was taken in of a folder so far.
#[derive(Default)]
pub(super) struct TakenIn {
    contents: Option<Arc<FolderContents>>,
    /// By name, the releases that stand.
    names: BTreeMap<NameKey, Vec<(Version, Checksum)>>,
    problems: Vec<FolderProblem>,
    /// Whether everything was taken in; what could not be settled is tried again.
    is_whole: bool,
    /// Whether rows stand that no look of this process saw, and that may be missing
    /// only because something in the folder cannot be read.
    is_doubtful: bool,
}

impl Federation {
    /// Takes in what a look found; returns what is not shown as it is, and why.
    ///
    /// Being dropped in between does no harm: what was recorded is learnt by the next.
    pub(super) async fn take_in(
        &self,
        registry: &RegistryName,
        so_far: &mut TakenIn,
        contents: Arc<FolderContents>,
    ) -> Result<Vec<FolderProblem>, Refusal> {
        let is_same = so_far
            .contents
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &contents));
        if is_same && so_far.is_whole {
            return Ok(so_far.problems.clone());
        }
        let mut problems = contents.problems.clone();
        let standing = standing(&contents, &mut problems);
        // A name is private from the moment it is known, before its rows are recorded.
        for release in standing.values().flatten() {
            self.hosted.spell(registry, &release.name);
        }
        // From here on it can say whose a dependency is, be it its own.
        self.hosted.hear(registry, None);
        let mut unsettled = None;
        so_far.is_whole = true;
        let is_clean = contents.problems.is_empty();
        if is_clean && std::mem::take(&mut so_far.is_doubtful) {
            so_far.names.clear();
        }
        let is_new =
            |name: &NameKey| standing.contains_key(name) && !so_far.names.contains_key(name);
        let means_new = |release: &&FolderRelease| bare(release).any(|name| is_new(&name));
        let mut changed = Vec::new();
        for name in self.hosted.all(registry) {
            let key = name.key();
            let releases = standing.get(&key).map(Vec::as_slice).unwrap_or_default();
            let now = releases
                .iter()
                .map(|one| (one.version.clone(), one.checksum));
            let now: Vec<_> = now.collect();
            if so_far.names.get(&key) != Some(&now) || releases.iter().any(means_new) {
                changed.push((name, releases, now));
            }
        }
        for some in changed.chunks(NAMES_MAX) {
            let mut changes = Vec::new();
            let mut settled = Vec::new();
            for (name, releases, now) in some {
                let before = problems.len();
                let kept = self.directory_entry(registry, &name.key()).await?;
                let mut kept = kept.map(Entry::into_releases).unwrap_or_default();
                for row in kept.iter_mut().filter(|row| !row.yanked) {
                    let seen = so_far.names.get(&name.key()).into_iter().flatten();
                    let was_seen = seen.into_iter().any(|(version, _)| *version == row.version);
                    row.yanked = is_clean || was_seen;
                    so_far.is_doubtful |= !row.yanked;
                }
                let (rows, silence) = self.rows(registry, releases, kept, &mut problems).await;
                unsettled = unsettled.or(silence);
                changes.extend(self.rows_change(registry, name, rows).await?);
                if problems.len() == before {
                    settled.push((name.key(), now.clone()));
                }
                so_far.is_whole &= problems.len() == before;
            }
            let recorded = match changes.is_empty() {
                true => Ok(()),
                false => self.record(Actor::server(), changes).await.map(drop),
            };
            // Also after an error: it may have been recorded and the answer lost.
            for (name, ..) in some {
                self.drop_served(registry, &name.key());
            }
            recorded?;
            so_far.names.extend(settled);
        }
        if !changed.is_empty() {
            let many = changed.len();
            info!(registry = %registry, names = many, "took in what changed of {many} names of {registry}");
        }
        problems.sort();
        so_far.problems = problems.clone();
        so_far.contents = Some(contents);
        unsettled.map_or(Ok(problems), Err)
    }

    /// Makes the rows of a name: `kept` are those of before, yanked if they are gone
    /// unless the folder still has them. Tells if somebody who has to be asked what a
    /// dependency means cannot answer.
    async fn rows(
        &self,
        registry: &RegistryName,
        releases: &[&FolderRelease],
        kept: Vec<Release>,
        problems: &mut Vec<FolderProblem>,
    ) -> (Vec<Release>, Option<Refusal>) {
        let mut unsettled = None;
        let kept = kept.into_iter().map(|row| (row.version.clone(), row));
        let mut rows: BTreeMap<Version, Release> = kept.collect();
        for release in releases {
            let same = rows.get_mut(&release.version);
            if let Some(same) = same.filter(|same| same.checksum == release.checksum) {
                same.yanked = false;
                if !self.means_newcomer(registry, release, same) {
                    continue;
                }
            }
            match self.row(registry, release).await {
                Ok(row) => drop(rows.insert(release.version.clone(), row)),
                Err(refusal) => {
                    problems.push(FolderProblem {
                        path: release.origin.clone(),
                        rule: refusal.detail.clone(),
                    });
                    if refusal.kind != RefusalKind::Invalid {
                        unsettled = Some(refusal);
                    }
                    // What was good under this version stays.
                    if let Some(same) = rows.get_mut(&release.version) {
                        same.yanked = false;
                    }
                }
            }
        }
        (rows.into_values().collect(), unsettled)
    }

    /// Makes the change to the rows of a name, if they are others than before.
    async fn rows_change(
        &self,
        registry: &RegistryName,
        name: &CrateName,
        rows: Vec<Release>,
    ) -> Result<Option<Change>, Refusal> {
        let before = self.directory_entry(registry, &name.key()).await?;
        if rows.is_empty() || before.is_some_and(|before| before.releases() == rows) {
            return Ok(None);
        }
        let text: String = rows.iter().map(|row| stored_row(row) + "\n").collect();
        Ok(Some(Change::Observe {
            registry: registry.clone(),
            name: name.index_name(),
            releases: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            rows: text.into(),
            validators: Validators::default(),
            // Its rows may change, and one process looks at the folder.
            seen: crate::ports::SeenRows::Whatever,
        }))
    }

    /// Tells whether a dependency was settled before the folder had a crate of its name.
    fn means_newcomer(&self, registry: &RegistryName, of: &FolderRelease, row: &Release) -> bool {
        let is_own = |name: &NameKey| self.hosted.spelling(registry, name).is_some();
        bare(of).filter(is_own).any(|name| {
            row.dependencies.iter().any(|dependency| {
                let is_it = dependency
                    .crate_name()
                    .is_some_and(|krate| krate.key() == name);
                is_it && dependency.target == Target::CratesIo
            })
        })
    }

    async fn row(&self, registry: &RegistryName, of: &FolderRelease) -> Result<Release, Refusal> {
        let (surface, alone) = (Surface::Registry(registry.clone()), Beside::default());
        let (manifest, checksum) = (of.manifest.clone(), of.checksum);
        let settled = self.settle_dependencies(&surface, registry, manifest, checksum, &alone);
        let (release, _) = settled.await?;
        Ok(Release {
            pubtime: Some(self.ledger.now()),
            ..release
        })
    }

    /// Reads a name's rows of a directory from the ledger; absent is `None`.
    pub(crate) async fn directory_entry(
        &self,
        registry: &RegistryName,
        name: &NameKey,
    ) -> Result<Option<Entry>, StoreError> {
        let Some(spelling) = self.hosted.spelling(registry, name) else {
            return Ok(None);
        };
        let index_name = spelling.index_name();
        let kept = self.ledger.mirrored(registry, &index_name).await?;
        kept.map(|kept| entry(&kept.rows, registry)).transpose()
    }
}

/// The crates that a release depends on without saying of which registry they are.
fn bare(release: &FolderRelease) -> impl Iterator<Item = NameKey> {
    let dependencies = release.manifest.dependencies.iter();
    let bare = dependencies.filter(|dependency| dependency.registry_index.is_none());
    bare.map(|dependency| dependency.crate_name().key())
}

/// The releases that stand, by name, each list in the order of versions.
fn standing<'c>(
    contents: &'c FolderContents,
    problems: &mut Vec<FolderProblem>,
) -> BTreeMap<NameKey, Vec<&'c FolderRelease>> {
    let claims = contents.releases.iter().map(|release| Claimed {
        origin: &release.origin,
        name: release.name.as_str(),
        version: &release.version,
        checksum: release.checksum,
    });
    let disputed = disputes(&claims.collect::<Vec<_>>());
    let mut by_name: BTreeMap<NameKey, BTreeMap<&Version, &FolderRelease>> = BTreeMap::new();
    for (index, release) in contents.releases.iter().enumerate() {
        if let Some(dispute) = disputed.get(&index) {
            problems.push(FolderProblem {
                path: release.origin.clone(),
                rule: dispute.to_string(),
            });
            continue;
        }
        let of_name = by_name.entry(release.name.key()).or_default();
        of_name.insert(&release.version, release);
    }
    let listed = |(name, releases): (_, BTreeMap<_, _>)| (name, releases.into_values().collect());
    by_name.into_iter().map(listed).collect()
}

/// Reads a directory's rows as they are kept.
pub(super) fn entry(rows: &[u8], registry: &RegistryName) -> Result<Entry, StoreError> {
    let corrupt = |error: &dyn std::fmt::Display| {
        StoreError::Corrupt(format!("stored rows of directory `{registry}`: {error}"))
    };
    let text = std::str::from_utf8(rows).map_err(|error| corrupt(&error))?;
    let decode = |row| index_line::decode(row, &stored_target::decode);
    let releases: Result<Vec<Release>, _> = text.lines().map(decode).collect();
    Entry::new(releases.map_err(|error| corrupt(&error))?).map_err(|error| corrupt(&error))
}
