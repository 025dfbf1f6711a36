//! A folder of this machine, looked at when somebody asks.
//!
//! Reading and packing run where blocking is allowed; archives are kept while the
//! look goes on, some at a time, and all are kept before it ends. A look that nobody
//! waits for any more goes on, and the next one finds what it did.
//!
//! Absent: what a folder's releases mean for a registry; packing (`crates/folder`).

use async_trait::async_trait;
use crossdock_folder::{Live, Packed, Seen};
use crossdock_registry::ports::{
    Blobs, Directory, FolderContents, FolderProblem, FolderRelease, Silence,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// Archives that wait for being kept: at most so many are in memory besides those
/// being written.
const WAITING_MAX: usize = 8;

/// Archives written at one time. Most of keeping one is waiting for the disk.
const KEEPING_MAX: usize = 16;

/// A folder that is a registry.
pub struct FolderDirectory {
    looking: Arc<Mutex<Looking>>,
}

struct Looking {
    live: Live,
    folder: PathBuf,
    blobs: Arc<dyn Blobs>,
    last: Option<(Seen, Arc<FolderContents>)>,
}

impl FolderDirectory {
    /// Makes ready for looking at `folder`, which may not be there yet.
    pub fn new(folder: PathBuf, options: crossdock_folder::Options, blobs: Arc<dyn Blobs>) -> Self {
        let live = Live::new(folder.clone(), options);
        let last = None;
        let looking = Looking {
            live,
            folder,
            blobs,
            last,
        };
        Self {
            looking: Arc::new(Mutex::new(looking)),
        }
    }
}

#[async_trait]
impl Directory for FolderDirectory {
    async fn look(&self) -> Result<Arc<FolderContents>, Silence> {
        let looking = self.looking.clone();
        // A task of its own: who waits may go away, and the look must not stop halfway.
        let look = tokio::spawn(async move { look(looking).await });
        look.await
            .unwrap_or_else(|_| Err(Silence("looking at the folder was interrupted".to_owned())))
    }
}

async fn look(looking: Arc<Mutex<Looking>>) -> Result<Arc<FolderContents>, Silence> {
    let mut looking = looking.lock_owned().await;
    let blobs = looking.blobs.clone();
    let (give, mut given) = mpsc::channel::<Packed>(WAITING_MAX);
    let look = tokio::task::spawn_blocking(move || {
        let seen = looking.live.look(&mut |packed| {
            // Whoever keeps them is gone only if the process is going as well.
            let _ = give.blocking_send(packed);
        });
        (looking, seen)
    });
    let mut keeping = JoinSet::new();
    let mut failed = None;
    while let Some(packed) = given.recv().await {
        if keeping.len() >= KEEPING_MAX {
            failed = outcome(keeping.join_next().await).or(failed);
        }
        let blobs = blobs.clone();
        keeping.spawn(async move { blobs.keep(&packed.checksum, packed.bytes).await });
    }
    while let Some(kept) = keeping.join_next().await {
        failed = outcome(Some(kept)).or(failed);
    }
    let (mut looking, seen) = look
        .await
        .map_err(|_| Silence("looking at the folder was interrupted".to_owned()))?;
    if let Some(why) = failed {
        // They have to be given again.
        looking.live.forget();
        looking.last = None;
        return Err(Silence(format!(
            "archives of the folder cannot be kept: {why}"
        )));
    }
    let folder = looking.folder.display();
    let seen =
        seen.map_err(|problem| Silence(format!("{folder} cannot be read: {}", problem.rule)))?;
    Ok(looking.contents(seen))
}

/// Says why an archive was not kept.
fn outcome(
    kept: Option<Result<Result<(), crossdock_registry::ports::StoreError>, tokio::task::JoinError>>,
) -> Option<String> {
    match kept? {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("keeping was interrupted".to_owned()),
    }
}

impl Looking {
    /// Gives the same value as before if nothing changed.
    fn contents(&mut self, seen: Seen) -> Arc<FolderContents> {
        if let Some((before, contents)) = &self.last
            && is_same(before, &seen)
        {
            return contents.clone();
        }
        let folder = self
            .folder
            .canonicalize()
            .unwrap_or_else(|_| self.folder.clone());
        let below = |path: &Path| {
            let below = path.strip_prefix(&folder).unwrap_or(path);
            below.display().to_string()
        };
        let releases = seen.releases.iter().map(|one| FolderRelease {
            name: one.name.clone(),
            version: one.version.clone(),
            checksum: one.checksum,
            manifest: one.manifest.clone(),
            origin: below(&one.origin),
        });
        let problems = seen.problems.iter().map(|problem| FolderProblem {
            path: below(&problem.path),
            rule: problem.rule.clone(),
        });
        let contents = Arc::new(FolderContents {
            releases: releases.collect(),
            problems: problems.collect(),
        });
        self.last = Some((seen, contents.clone()));
        contents
    }
}

fn is_same(before: &Seen, now: &Seen) -> bool {
    let same_releases = before.releases.len() == now.releases.len()
        && before
            .releases
            .iter()
            .zip(&now.releases)
            .all(|(before, now)| Arc::ptr_eq(before, now));
    same_releases && before.problems == now.problems
}
