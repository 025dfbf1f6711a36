//! What is kept, held against itself: facts, the texts and archives that they name, and
//! what was derived from them.
//!
//! The facts are played into a scratch ledger, which takes each as the first one did or
//! says where not; then both must answer alike. Every archive that a fact names must be
//! there, and every archive that is kept of a mirror must be what its row says.
//!
//! Absent: what nothing names any more, which harms nobody; fetching again what is gone,
//! which the next who asks for it does.

mod archives;
mod projections;

use crate::ports::{Blobs, Ledger, StoreError};
use crate::rebuild::{RebuildError, rebuild};
use crossdock_core::fact::{Event, Fact};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// Facts that are read at one time.
const PAGE: u32 = 1000;

/// What is wrong with something that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A row or policy that a fact names is not there.
    TextMissing,
    /// A fact cannot have come about after those before it.
    FactMisplaced,
    /// What is served differs from what follows from the facts.
    ProjectionDiffers,
    /// An archive that a fact names is not there.
    ArchiveMissing,
    /// An archive has other bytes than it was kept with.
    ArchiveCorrupt,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In which way.
    pub kind: FindingKind,
    /// What it is about, for people.
    pub what: String,
    /// Whether it was put right.
    pub repaired: bool,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FsckReport {
    /// Facts in the ledger.
    pub facts: u64,
    /// Archives that were read and are what they should be.
    pub archives: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What is examined, and how.
pub struct Fsck<'s> {
    /// The ledger.
    pub ledger: &'s dyn Ledger,
    /// The archives.
    pub blobs: &'s dyn Blobs,
    /// An empty ledger, which is filled.
    pub scratch: &'s dyn Ledger,
    /// Sets the clock of `scratch`.
    pub set_clock: &'s (dyn Fn(Timestamp) + Sync),
    /// Whether archives of mirrors that are corrupt are let go, so that they are fetched
    /// again and held against their rows.
    pub repair: bool,
    /// Told of every archive that was looked at.
    pub step: &'s (dyn Fn() + Sync),
}

/// Registries and views that facts are about.
#[derive(Default)]
struct Scopes {
    hosted: BTreeSet<RegistryName>,
    mirrors: BTreeSet<RegistryName>,
    views: BTreeSet<RegistryName>,
    decided: BTreeSet<RegistryName>,
}

impl Fsck<'_> {
    /// Examines everything; nothing else may write meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] if something cannot be read at all.
    pub async fn run(&self) -> Result<FsckReport, StoreError> {
        let mut report = FsckReport::default();
        let scopes = self.scopes(&mut report).await?;
        match rebuild(self.ledger, self.scratch, self.set_clock).await {
            Ok(_) => self.projections(&scopes, &mut report).await?,
            Err(RebuildError::Store(error)) => return Err(error),
            Err(error @ RebuildError::Lost { .. }) => {
                report.find(FindingKind::TextMissing, not_compared(&error));
            }
            Err(error @ RebuildError::Otherwise { .. }) => {
                report.find(FindingKind::FactMisplaced, not_compared(&error));
            }
        }
        self.archives(&scopes, &mut report).await?;
        Ok(report)
    }

    /// Reads all facts for what they are about.
    async fn scopes(&self, report: &mut FsckReport) -> Result<Scopes, StoreError> {
        let mut scopes = Scopes::default();
        loop {
            let facts = self.ledger.facts(report.facts, PAGE).await?;
            let Some((last, _)) = facts.last() else {
                return Ok(scopes);
            };
            report.facts = *last;
            for (_, fact) in &facts {
                scopes.note(fact);
            }
        }
    }
}

fn not_compared(error: &RebuildError) -> String {
    format!("{error}; what follows from later facts was not compared")
}

impl Scopes {
    fn note(&mut self, fact: &Fact) {
        match &fact.event {
            Event::Published { registry, .. }
            | Event::Rebuilt { registry, .. }
            | Event::OwnersChanged { registry, .. } => {
                self.hosted.insert(registry.clone());
            }
            Event::Yanked(id) | Event::Unyanked(id) => {
                self.hosted.insert(id.registry.clone());
            }
            Event::Observed { registry, .. } => {
                self.mirrors.insert(registry.clone());
            }
            Event::Vanished(releases) | Event::Returned(releases) => {
                self.mirrors.insert(releases.registry.clone());
            }
            Event::OwnerRecorded { view, .. }
            | Event::FaceNamed { view, .. }
            | Event::ConflictSettled { view, .. }
            | Event::VersionsShown { view, .. } => {
                self.views.insert(view.clone());
            }
            Event::Decided { scope, .. } => {
                self.decided.insert(scope.clone());
            }
        }
    }
}

impl FsckReport {
    fn find(&mut self, kind: FindingKind, what: impl Into<String>) {
        self.findings.push(Finding {
            kind,
            what: what.into(),
            repaired: false,
        });
    }
}
