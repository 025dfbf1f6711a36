//! What is kept, held against itself: facts, the texts and archives that they name, and
//! what was derived from them.
//!
//! The facts are played into a scratch ledger, which takes each as the first one did or
//! says where not; then both must answer alike. Every archive that a fact names must be
//! there, and every archive that is kept of a mirror must be what its row says. What
//! nobody names is told, and harms nobody.
//!
//! It may run beside those who write: what differs is looked at again after the facts
//! that came meanwhile were played, too.
//!
//! Absent: what is done about what is found, which depends on who examines
//! ([`Repairs`]); taking away what nobody names (`gc.rs`).

mod archives;
mod examination;
mod projections;

use crate::gc::Orphan;
use crate::ports::{Blobs, Ledger, StoreError};
use async_trait::async_trait;
use crossdock_core::checksum::Checksum;
use crossdock_core::name::{IndexName, NameKey};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use examination::Examination;
use serde::{Deserialize, Serialize};

/// What is wrong with something that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A fact cannot be read.
    FactUnreadable,
    /// A row or policy that a fact names is not there.
    TextMissing,
    /// A fact cannot have come about after those before it.
    FactMisplaced,
    /// An epoch that has a name never was.
    EpochMissing,
    /// What is served differs from what follows from the facts.
    ProjectionDiffers,
    /// An archive that a fact names is not there.
    ArchiveMissing,
    /// An archive has other bytes than it was kept with.
    ArchiveCorrupt,
    /// A file of several archives cannot be read.
    ChainDamaged,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// In which way.
    pub kind: FindingKind,
    /// What it is about, for people.
    pub what: String,
    /// Whether it was put right.
    pub repaired: bool,
    /// What was done about it, or what is to be done.
    pub remedy: String,
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FsckReport {
    /// Facts in the ledger.
    pub facts: u64,
    /// Archives that were read and are what they should be.
    pub archives: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What nobody names; not looked for if a text is lost, which may name it.
    pub orphans: Option<Vec<Orphan>>,
}

/// Something that follows from facts, and is kept all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Derived {
    /// A crate of a hosted registry: its owners, releases and earlier builds.
    Hosted(RegistryName, NameKey),
    /// What a mirror keeps of a name, now and before.
    Mirrored(RegistryName, IndexName),
    /// What is missing from a mirror's upstream.
    Vanished(RegistryName),
    /// Owners, faces, and releases shown, as a view has them on record.
    View(RegistryName),
    /// Which facts are decisions in a registry or view, and what can be decided once.
    Decisions(RegistryName),
}

/// What became of something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Whether it is put right.
    pub is_done: bool,
    /// How, or what is to be done instead.
    pub how: String,
}

impl Mended {
    /// It is put right, in this way.
    pub fn done(how: impl Into<String>) -> Self {
        let (is_done, how) = (true, how.into());
        Self { is_done, how }
    }

    /// It remains, and this is to be done.
    pub fn not(how: impl Into<String>) -> Self {
        let (is_done, how) = (false, how.into());
        Self { is_done, how }
    }
}

/// What who examines can put right.
#[async_trait]
pub trait Repairs: Send + Sync {
    /// Lets go of an archive of a mirror that is corrupt, or fetches it again.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    async fn refetch(
        &self,
        mirror: &RegistryName,
        name: &IndexName,
        version: &Version,
        checksum: &Checksum,
    ) -> Result<Mended, StoreError>;

    /// Puts what follows from the facts in place of what is kept.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    async fn derive(&self, what: &Derived) -> Result<Mended, StoreError>;
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
    /// What puts right what can be; nothing if it is only told.
    pub repairs: Option<&'s dyn Repairs>,
    /// Told of every archive that was looked at.
    pub step: &'s (dyn Fn() + Sync),
}

impl Fsck<'_> {
    /// Examines everything.
    ///
    /// # Errors
    /// [`StoreError`] if something cannot be read at all.
    pub async fn run(&self) -> Result<FsckReport, StoreError> {
        let mut examination = Examination::begin(self);
        examination.facts().await?;
        examination.projections().await?;
        examination.archives().await?;
        examination.orphans().await?;
        Ok(examination.report)
    }
}

impl FsckReport {
    fn find(&mut self, kind: FindingKind, what: impl Into<String>, remedy: &str) {
        self.findings.push(Finding {
            kind,
            what: what.into(),
            repaired: false,
            remedy: remedy.to_owned(),
        });
    }

    fn mended(&mut self, kind: FindingKind, what: String, mended: Mended) {
        self.findings.push(Finding {
            kind,
            what,
            repaired: mended.is_done,
            remedy: mended.how,
        });
    }
}
