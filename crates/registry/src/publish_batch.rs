//! Publishes releases that belong together, such as the members of a workspace.
//!
//! All or nothing: one append, so that whoever is pinned to an epoch has all of them
//! or none. What one of them depends on another for counts as there. Done again after
//! success it finds everything present and succeeds.
//!
//! Absent: a single publish (`publish.rs`), recording (`take_uploads.rs`).

use crate::accounts::Bearer;
use crate::difference::ContentDifference;
use crate::federation::Federation;
use crate::refusal::{Refusal, RefusalKind};
use crate::standing::{NotTaken, Standing};
use crate::surface::Surface;
use crate::take_uploads::TakeError;
use crate::upload::{Sent, Upload};
use bytes::Bytes;
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::version::Version;
use crossdock_wire::publish_batch;
use crossdock_wire::publish_body::Limits;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What became of one release of a batch.
#[derive(Clone, Debug, Serialize)]
pub struct BatchCrate {
    /// The crate.
    pub name: String,
    /// Its version.
    pub vers: String,
    /// The checksum of the bytes that are kept; nothing if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// `published`, `present`, `same-content` or `replaced`; of a refused batch `refused`, or
    /// `not-published` for what nothing was wrong with.
    pub status: &'static str,
    /// The version that was minted for its content, if it is not the one that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minted: Option<String>,
    /// What differs from the bytes that are kept and is ignored.
    pub ignored: Vec<&'static str>,
    /// What the publisher should know.
    pub warnings: Vec<String>,
    /// Why it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How its content differs from what is there, if that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<ContentDifference>,
}

/// A batch that was refused; nothing of it was published.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct BatchRefused {
    /// What the caller does next.
    pub refusal: Refusal,
    /// What was found of each release, in the order in which they came; nothing if the
    /// reason is none of a single one.
    pub crates: Vec<BatchCrate>,
}

impl From<Refusal> for BatchRefused {
    fn from(refusal: Refusal) -> Self {
        let crates = Vec::new();
        Self { refusal, crates }
    }
}

impl BatchCrate {
    fn new(name: &CrateName, version: &Version, status: &'static str) -> Self {
        Self {
            name: name.to_string(),
            vers: version.to_string(),
            checksum: None,
            status,
            minted: None,
            ignored: Vec::new(),
            warnings: Vec::new(),
            detail: None,
            difference: None,
        }
    }

    fn refused(name: &CrateName, version: &Version, why: NotTaken) -> Self {
        Self {
            detail: Some(why.refusal.detail),
            difference: why.difference.map(|difference| *difference),
            ..Self::new(name, version, "refused")
        }
    }
}

impl Federation {
    /// Publishes the body of `PUT /api/v1/crates/batch`: all of it or nothing.
    ///
    /// # Errors
    /// [`BatchRefused`] tells of every release which rule it breaks, if it does.
    pub async fn publish_batch(
        self: &Arc<Self>,
        surface: &Surface,
        body: Bytes,
        bearer: &Bearer,
    ) -> Result<Vec<BatchCrate>, BatchRefused> {
        let mut uploads = self.admitted_batch(surface, &body, bearer).await?;
        match self.take(surface, &mut uploads, bearer.actor()).await {
            Ok(standings) => {
                let mut crates = Vec::with_capacity(uploads.len());
                for (upload, standing) in uploads.iter_mut().zip(&standings) {
                    crates.push(self.taken(upload, standing).await);
                }
                Ok(crates)
            }
            Err(TakeError::All(refusal)) => Err(refusal.into()),
            Err(TakeError::Judged(judged)) => {
                let judged = uploads.iter().zip(judged);
                let judged = judged.map(|(upload, standing)| {
                    (upload.name.clone(), upload.version.clone(), standing)
                });
                Err(refused(judged.collect()))
            }
        }
    }

    async fn taken(&self, upload: &mut Upload, standing: &Standing) -> BatchCrate {
        let warnings = self.told_of(upload, standing).await;
        let (status, kept, ignored) = match standing {
            Standing::Minted(minted) => ("published", minted.checksum, Vec::new()),
            Standing::New | Standing::Beside => ("published", upload.checksum, Vec::new()),
            Standing::Replaces { .. } => ("replaced", upload.checksum, Vec::new()),
            Standing::Present => ("present", upload.checksum, Vec::new()),
            Standing::SameContent { kept, ignored, .. } => ("same-content", *kept, ignored.clone()),
        };
        let minted = match standing {
            Standing::Minted(minted) => Some(&minted.version),
            Standing::SameContent { version, .. } if *version != upload.version => Some(version),
            _ => None,
        };
        BatchCrate {
            checksum: Some(kept.to_string()),
            minted: minted.map(ToString::to_string),
            ignored,
            warnings,
            ..BatchCrate::new(&upload.name, &upload.version, status)
        }
    }

    /// Admits every release of a batch by itself, and all of them beside each other.
    async fn admitted_batch(
        &self,
        surface: &Surface,
        body: &Bytes,
        bearer: &Bearer,
    ) -> Result<Vec<Upload>, BatchRefused> {
        let parsed = publish_batch::parse(body, &Limits::default()).map_err(|error| {
            let kind = match error.is_too_large() {
                true => RefusalKind::TooLarge,
                false => RefusalKind::Invalid,
            };
            Refusal::new(kind, error)
        })?;
        let (mut spellings, mut versions) = (BTreeMap::new(), BTreeSet::new());
        let (mut admitted, mut uploads) = (Vec::new(), Vec::new());
        for release in parsed {
            let sent = Sent::read(body, release)?;
            let (name, version) = (sent.name.clone(), sent.version.clone());
            let upload = match apart(&mut spellings, &mut versions, &name, &version) {
                Ok(()) => self.admitted(surface, sent, bearer).await,
                Err(refusal) => Err(refusal),
            };
            let judged = upload.map(|upload| uploads.push(upload));
            admitted.push((name, version, judged.map_err(NotTaken::from)));
        }
        match admitted.iter().all(|(_, _, judged)| judged.is_ok()) {
            true => Ok(uploads),
            false => Err(refused(admitted)),
        }
    }
}

/// Refuses a version that comes twice, and a name that comes in two spellings.
fn apart(
    spellings: &mut BTreeMap<NameKey, CrateName>,
    versions: &mut BTreeSet<(NameKey, Version)>,
    name: &CrateName,
    version: &Version,
) -> Result<(), Refusal> {
    let spelled = spellings.entry(name.key()).or_insert_with(|| name.clone());
    if spelled != name {
        return Err(Refusal::invalid(format!(
            "crate `{name}` is spelled `{spelled}` in the same batch; choose one of the two"
        )));
    }
    if !versions.insert((name.key(), version.without_build())) {
        return Err(Refusal::invalid(format!(
            "`{name}` {version} is in the batch twice, build metadata disregarded; send it once"
        )));
    }
    Ok(())
}

/// Tells of every release of a batch of which some are refused.
fn refused<T>(judged: Vec<(CrateName, Version, Result<T, NotTaken>)>) -> BatchRefused {
    let mut why: Option<Refusal> = None;
    let mut crates = Vec::with_capacity(judged.len());
    for (name, version, judged) in judged {
        crates.push(match judged {
            Ok(_) => BatchCrate::new(&name, &version, "not-published"),
            Err(not_taken) => {
                why.get_or_insert_with(|| not_taken.refusal.clone());
                BatchCrate::refused(&name, &version, not_taken)
            }
        });
    }
    BatchRefused {
        refusal: why.unwrap_or_else(|| Refusal::unavailable("the batch was not taken")),
        crates,
    }
}
