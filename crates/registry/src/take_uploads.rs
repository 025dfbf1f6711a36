//! Takes uploads that come together: all are recorded in one append, or none is.
//!
//! The order keeps what was promised: everything is read and refused first; then the
//! bytes are kept; then one append records the releases, those that others depend on
//! first, and in the same transaction whose the names are in each view. If we die
//! between bytes and append, unnamed blobs remain and nobody was told anything.
//!
//! Who reads meanwhile waits for the append and for what follows from it in memory
//! (`under_way.rs`): otherwise somebody could see a dependant before its dependency,
//! and ask the outside for a name that is private by now.
//!
//! Absent: what an upload is (`upload.rs`), and answering (`publish.rs`,
//! `publish_batch.rs`).

use crate::accounts::Owned;
use crate::federation::Federation;
use crate::ports::{AppendError, Applied, Batch, Change, NewRelease};
use crate::publish_name::name_owned;
use crate::refusal::{Refusal, RefusalKind};
use crate::standing::{NotTaken, Standing};
use crate::stored_target;
use crate::surface::Surface;
use crate::upload::{Beside, Said, Upload};
use bytes::Bytes;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::fact::ReleaseId;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::{Dependency, DependencyKind, Release, Target};
use crossdock_wire::index_line;
use semver::VersionReq;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracing::info;

/// How often uploads are judged anew because others published the same versions
/// meanwhile. Each round somebody made progress.
const ROUNDS_MAX: usize = 4;

/// Blobs that are written at one time: each waits for the disk most of its time.
const KEPT_AT_ONCE: usize = 8;

/// Why uploads were not taken.
pub(crate) enum TakeError {
    /// What was found of each, in their order; at least one is refused.
    Judged(Vec<Result<Standing, NotTaken>>),
    /// All of them are refused together.
    All(Refusal),
}

impl From<Refusal> for TakeError {
    fn from(refusal: Refusal) -> Self {
        Self::All(refusal)
    }
}

/// What of an upload has to be recorded.
struct Ready {
    registry: RegistryName,
    name: CrateName,
    changes: Vec<Change>,
    checksum: Checksum,
    archive: Bytes,
    told: String,
}

impl Federation {
    /// Records what of some uploads is not there yet; says what each of them was.
    pub(crate) async fn take(
        self: &Arc<Self>,
        surface: &Surface,
        uploads: &mut [Upload],
        actor: &Actor,
    ) -> Result<Vec<Standing>, TakeError> {
        let mut beside = Beside::default();
        for upload in uploads.iter() {
            beside.add(&upload.registry, upload.name.key());
        }
        for _ in 0..ROUNDS_MAX {
            let mut judged = Vec::with_capacity(uploads.len());
            for upload in uploads.iter_mut() {
                judged.push(self.judged_upload(surface, upload, &beside).await);
            }
            if judged.iter().any(Result::is_err) {
                return Err(TakeError::Judged(judged));
            }
            let standings: Vec<Standing> = judged.into_iter().flatten().collect();
            let ready = self.to_record(uploads, &standings).await?;
            if ready.is_empty() {
                return Ok(standings);
            }
            // In a task of its own: who asked may go away, and then what is durable
            // has to be learnt all the same.
            let (federation, actor) = (self.clone(), actor.clone());
            let recording =
                tokio::spawn(async move { federation.record_ready(ready, &actor).await });
            let recorded = recording.await;
            match recorded.map_err(|_| Refusal::unavailable("publishing was interrupted"))? {
                Ok(()) => return Ok(standings),
                Err(NotRecorded::Overtaken) => {}
                Err(NotRecorded::Refused(refusal)) => return Err(refusal.into()),
            }
        }
        Err(Refusal::unavailable("others publish the same versions; try again").into())
    }

    async fn judged_upload(
        &self,
        surface: &Surface,
        upload: &mut Upload,
        beside: &Beside,
    ) -> Result<Standing, NotTaken> {
        let mut standing = self.standing(upload).await?;
        match &mut standing {
            Standing::New | Standing::Beside | Standing::Replaces { .. } => {
                self.settle(surface, upload, beside).await?;
            }
            Standing::Minted(minted) => self.settle(surface, minted, beside).await?,
            Standing::Present | Standing::SameContent { .. } => {}
        }
        Ok(standing)
    }

    /// Makes what has to be recorded, dependencies first.
    async fn to_record(
        &self,
        uploads: &[Upload],
        standings: &[Standing],
    ) -> Result<Vec<Ready>, Refusal> {
        let uploads: Vec<&Upload> = uploads
            .iter()
            .zip(standings)
            .map(|(upload, standing)| match standing {
                Standing::Minted(minted) => minted,
                _ => upload,
            })
            .collect();
        let mut ready = Vec::new();
        let mut named: BTreeSet<(&RegistryName, NameKey)> = BTreeSet::new();
        for index in in_order(&uploads) {
            let upload = uploads[index];
            let (registry, name) = (&upload.registry, &upload.name);
            let Some(change) = change(upload, &standings[index]) else {
                continue;
            };
            let mut changes = Vec::new();
            if upload.owned == Owned::ByPublisher {
                changes.push(Change::FirstPublished {
                    registry: registry.clone(),
                    name: name.key(),
                });
            }
            changes.push(change);
            if named.insert((registry, name.key())) {
                changes.extend(self.ownership_changes(registry, name).await?);
            }
            changes.extend(upload.provenance.clone());
            if upload.is_yanked {
                let id = ReleaseId {
                    registry: registry.clone(),
                    name: name.key(),
                    version: upload.version.clone(),
                };
                changes.push(Change::SetYanked { id, yanked: true });
            }
            ready.push(Ready {
                registry: registry.clone(),
                name: name.clone(),
                changes,
                checksum: upload.checksum,
                archive: upload.archive.clone(),
                told: format!("published {name} {} to {registry}", upload.version),
            });
        }
        Ok(ready)
    }

    /// Keeps the bytes, appends, and learns what was appended.
    async fn record_ready(&self, ready: Vec<Ready>, actor: &Actor) -> Result<(), NotRecorded> {
        for some in ready.chunks(KEPT_AT_ONCE) {
            let keep = |one: &Ready| {
                let (checksum, archive) = (one.checksum, one.archive.clone());
                async move { self.blobs.keep(&checksum, archive).await }
            };
            let kept = futures::future::join_all(some.iter().map(keep)).await;
            let kept: Result<Vec<()>, _> = kept.into_iter().collect();
            kept.map_err(Refusal::from)?;
        }
        let changes: Vec<Change> = ready.iter().flat_map(|one| one.changes.clone()).collect();
        let names = ready.iter().map(|one| one.name.key());
        let _under_way = self.under_way.begin(names.collect());
        let batch = Batch {
            actor: actor.clone(),
            changes: changes.clone(),
        };
        let recording = self.recordings.begin().await;
        match self.ledger.append(batch).await {
            Ok(applied) => {
                recording.recorded(&applied);
                self.learn_published(&ready, actor, &changes, &applied)
                    .await
            }
            Err(error) => {
                for one in &ready {
                    self.recall(&one.registry, &one.name.key()).await;
                }
                Err(self.not_recorded(&ready, error).await)
            }
        }
    }

    async fn learn_published(
        &self,
        ready: &[Ready],
        actor: &Actor,
        changes: &[Change],
        applied: &[Applied],
    ) -> Result<(), NotRecorded> {
        for one in ready {
            self.hosted.insert(&one.registry, &one.name);
        }
        self.records.learn(changes, applied);
        self.decisions.learn(actor, changes, applied);
        self.held_routes.learn(changes);
        let overtaken = self.shown.learn(changes, applied);
        for one in ready {
            self.drop_served(&one.registry, &one.name.key());
            info!(registry = %one.registry, krate.name = %one.name, "{}", one.told);
        }
        if let Some(view) = overtaken {
            let reloaded = self.shown.reload(&*self.ledger, &view).await;
            reloaded.map_err(Refusal::from)?;
        }
        Ok(())
    }

    async fn not_recorded(&self, ready: &[Ready], error: AppendError) -> NotRecorded {
        let refusal = match error {
            AppendError::VersionExists { .. } => return NotRecorded::Overtaken,
            AppendError::NameOwned { view, ownership } => {
                // The ledger does not say which of the names it is.
                for Ready { registry, name, .. } in ready {
                    let record = self.ledger.ownership(&view, &name.key()).await;
                    if let Ok(Some(record)) = record
                        && record == ownership
                        && !record.members().contains(registry)
                    {
                        return name_owned(registry, name, &view, &ownership).into();
                    }
                }
                AppendError::NameOwned { view, ownership }.into()
            }
            AppendError::OwnersChanged => Refusal::new(
                RefusalKind::Forbidden,
                "somebody else published the crate a moment before, and only its owners publish updates",
            ),
            error => error.into(),
        };
        NotRecorded::Refused(refusal)
    }

    /// Learns what the ledger has of a name after an append that failed, or that another
    /// node made.
    ///
    /// It may have been recorded and the answer lost, now or at an earlier try: then
    /// the name is private, and what is in memory of it is too old. If the ledger
    /// cannot be read either, the next publish of the name learns it, or a restart.
    pub(crate) async fn recall(&self, registry: &RegistryName, name: &NameKey) {
        if let Ok(Some(krate)) = self.ledger.hosted(registry, name).await {
            self.hosted.insert(registry, &krate.name);
            self.drop_served(registry, name);
        }
    }
}

/// The change that an upload is, if it is one.
fn change(upload: &Upload, standing: &Standing) -> Option<Change> {
    let Said::Settled(release) = &upload.said else {
        return None;
    };
    let release = NewRelease {
        registry: upload.registry.clone(),
        name: upload.name.clone(),
        version: upload.version.clone(),
        checksum: upload.checksum,
        row: stored_row(release),
        metadata: upload.metadata.clone(),
    };
    match standing {
        Standing::New => Some(Change::Publish(release)),
        Standing::Beside | Standing::Minted(_) => Some(Change::PublishBeside(release)),
        Standing::Replaces { seen } => Some(Change::Replace {
            seen: *seen,
            release,
        }),
        Standing::Present | Standing::SameContent { .. } => None,
    }
}

/// Why what was ready is not recorded.
enum NotRecorded {
    /// A version came from somebody else meanwhile.
    Overtaken,
    Refused(Refusal),
}

impl From<Refusal> for NotRecorded {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Orders uploads so that each comes after those it depends on, as far as that is
/// possible: packages may depend on each other in circles for their tests. Otherwise
/// the order is that in which they came.
fn in_order(uploads: &[&Upload]) -> Vec<usize> {
    let mut by_name: BTreeMap<(&RegistryName, NameKey), Vec<usize>> = BTreeMap::new();
    for (index, upload) in uploads.iter().enumerate() {
        let place = (&upload.registry, upload.name.key());
        by_name.entry(place).or_default().push(index);
    }
    let needs = |index: usize| -> Vec<usize> {
        let upload = uploads[index];
        let Said::Settled(release) = &upload.said else {
            return Vec::new();
        };
        let mut needs = Vec::new();
        for dependency in &release.dependencies {
            let registry = match &dependency.target {
                Target::Own => &upload.registry,
                Target::Registry(other) => other,
                Target::CratesIo | Target::Elsewhere(_) => continue,
            };
            if dependency.kind == DependencyKind::Dev {
                continue;
            }
            let name = dependency.crate_name().map(|name| name.key());
            let found = name.and_then(|name| by_name.get(&(registry, name)));
            let meets = |other: &&usize| {
                let version = uploads[**other].version.as_semver();
                VersionReq::parse(&dependency.req).is_ok_and(|req| req.matches(version))
            };
            needs.extend(found.into_iter().flatten().filter(meets));
        }
        needs
    };
    let mut order = Vec::with_capacity(uploads.len());
    let mut seen = vec![false; uploads.len()];
    // Not by recursion: a stranger decides how deep it would go.
    for first in 0..uploads.len() {
        let mut path = vec![(first, None::<std::vec::IntoIter<usize>>)];
        while let Some((index, needed)) = path.last_mut() {
            let index = *index;
            let next = match needed {
                None if seen[index] => None,
                None => {
                    seen[index] = true;
                    let mut rest = needs(index).into_iter();
                    let next = rest.next();
                    *needed = Some(rest);
                    if next.is_none() {
                        order.push(index);
                    }
                    next
                }
                Some(rest) => {
                    let next = rest.next();
                    if next.is_none() {
                        order.push(index);
                    }
                    next
                }
            };
            match next {
                Some(next) => path.push((next, None)),
                None => drop(path.pop()),
            }
        }
    }
    order
}

/// The row as stored: targets by name, `yanked` and `pubtime` left to the facts.
pub(crate) fn stored_row(release: &Release) -> String {
    let mut spelled: BTreeMap<_, String> = BTreeMap::new();
    for dependency in &release.dependencies {
        if let Some(text) = stored_target::encode(&dependency.target) {
            spelled.insert(dependency.target.clone(), text);
        }
    }
    index_line::encode(release, &mut |dependency: &Dependency| {
        spelled.get(&dependency.target).map(String::as_str)
    })
}
