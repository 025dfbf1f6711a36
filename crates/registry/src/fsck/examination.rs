//! One examination: the facts read from the first to the last, with the texts that they
//! name, and played into the scratch ledger.
//!
//! Whatever is found, it goes on: another fact stands in for one that cannot be read or
//! was not taken, another text for one that is lost, so that later facts come where they
//! were.

use super::{FindingKind, Fsck, FsckReport};
use crate::gc;
use crate::named::Named;
use crate::ports::StoreError;
use crate::rebuild::{PAGE_FACTS, Player, Text, Texts, Told};
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::Decision;
use crossdock_core::fact::{Event, Fact};
use crossdock_core::name::NameKey;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What is to be done about what nothing here can make again.
pub(super) const FROM_BACKUP: &str = "bring it back with `crossdock restore` from a backup";

/// Registries and views that facts are about.
#[derive(Default)]
pub(super) struct Scopes {
    pub(super) hosted: BTreeSet<RegistryName>,
    pub(super) mirrors: BTreeSet<RegistryName>,
    pub(super) views: BTreeSet<RegistryName>,
    pub(super) decided: BTreeSet<RegistryName>,
}

/// Something that a fact says was kept.
pub(super) struct Said {
    pub(super) what: String,
    pub(super) missing: FindingKind,
}

/// What an examination knows so far.
pub(super) struct Examination<'f> {
    pub(super) fsck: &'f Fsck<'f>,
    texts: Texts<'f>,
    player: Player<'f>,
    named: Named,
    pub(super) scopes: Scopes,
    pub(super) report: FsckReport,
    /// What facts say was kept, and not purged.
    pub(super) said: HashMap<Checksum, Said>,
    /// The builds of each release, of which a purge takes all.
    builds: HashMap<(RegistryName, NameKey, Version), Vec<Checksum>>,
    pub(super) purged: HashSet<Checksum>,
    /// Crates of which a text is lost: what is derived of them is not to be believed.
    pub(super) tainted: HashSet<(RegistryName, NameKey)>,
    /// Whether all facts could be read and were taken as they were.
    pub(super) is_sound: bool,
    time: Option<Timestamp>,
}

impl<'f> Examination<'f> {
    pub(super) fn begin(fsck: &'f Fsck<'f>) -> Self {
        Self {
            fsck,
            texts: Texts::of(fsck.ledger),
            player: Player::new(fsck.scratch, fsck.set_clock),
            named: Named::default(),
            scopes: Scopes::default(),
            report: FsckReport::default(),
            said: HashMap::new(),
            builds: HashMap::new(),
            purged: HashSet::new(),
            tainted: HashSet::new(),
            is_sound: true,
            time: None,
        }
    }

    /// Reads and plays the facts that were not yet; returns how many there were.
    pub(super) async fn facts(&mut self) -> Result<u64, StoreError> {
        let before = self.report.facts;
        let mut limit = PAGE_FACTS;
        loop {
            let after = self.report.facts;
            let page = match self.texts.page(after, limit).await {
                Ok(page) => page,
                Err(StoreError::Corrupt(_)) if limit > 1 => {
                    // It is one of them: closer.
                    limit /= 2;
                    continue;
                }
                Err(StoreError::Corrupt(why)) => {
                    self.unreadable(after + 1, &why).await?;
                    limit = PAGE_FACTS;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Some(last) = page.last() else {
                return Ok(self.report.facts - before);
            };
            self.report.facts = last.sequence;
            limit = PAGE_FACTS;
            for told in &page {
                self.note(told);
            }
            for misplaced in self.player.play_all(&page).await? {
                self.is_sound = false;
                let (sequence, why) = (misplaced.sequence, misplaced.why);
                self.report.find(
                    FindingKind::FactMisplaced,
                    format!("fact {sequence} is not taken as it was: {why}"),
                    FROM_BACKUP,
                );
            }
        }
    }

    async fn unreadable(&mut self, sequence: u64, why: &str) -> Result<(), StoreError> {
        self.is_sound = false;
        self.report.facts = sequence;
        let what = format!("fact {sequence} cannot be read: {why}");
        self.report
            .find(FindingKind::FactUnreadable, what, FROM_BACKUP);
        let time = self.time.or_else(|| Timestamp::from_unix_seconds(0));
        let time = time.expect("1970 is a year between 0 and 9999");
        self.player.stand_in(sequence, time).await
    }

    fn note(&mut self, told: &Told) {
        self.named.note(told);
        self.scopes.note(&told.fact);
        self.note_kept(told);
        let (sequence, fact) = (told.sequence, &told.fact);
        if self.time.is_some_and(|before| before > fact.time) {
            self.is_sound = false;
            let what = format!("fact {sequence} is older than the one before it");
            self.report
                .find(FindingKind::FactMisplaced, what, FROM_BACKUP);
        }
        self.time = Some(fact.time);
        if let Text::Lost(checksum) = &told.text {
            if let Some(place) = about(fact) {
                self.tainted.insert(place);
            }
            self.report.find(
                FindingKind::TextMissing,
                format!(
                    "fact {sequence} names a text with checksum {checksum}, which is not there"
                ),
                FROM_BACKUP,
            );
        }
        if let Event::Decided {
            scope,
            decision: Decision::Snapshot(snapshot),
        } = &fact.event
            && snapshot.epoch > sequence
        {
            let (name, epoch) = (&snapshot.name, snapshot.epoch);
            self.report.find(
                FindingKind::EpochMissing,
                format!("snapshot {name} of {scope} names epoch {epoch}, which had not come"),
                "give another epoch a name with `crossdock snapshot`",
            );
        }
    }

    fn note_kept(&mut self, told: &Told) {
        match &told.fact.event {
            Event::Published {
                registry,
                name,
                version,
                checksum,
                ..
            }
            | Event::Rebuilt {
                registry,
                name,
                version,
                checksum,
                ..
            } => {
                let place = (registry.clone(), name.key(), version.clone());
                self.builds.entry(place).or_default().push(*checksum);
                self.said.entry(*checksum).or_insert_with(|| Said {
                    what: format!("the archive of {name} {version} in {registry}"),
                    missing: FindingKind::ArchiveMissing,
                });
            }
            Event::Decided {
                scope,
                decision: Decision::Policy(adopted),
            } => {
                self.said.entry(adopted.text).or_insert_with(|| Said {
                    what: format!("the text of a policy of {scope}"),
                    missing: FindingKind::TextMissing,
                });
            }
            Event::Decided {
                scope,
                decision: Decision::Purged(purged),
            } => {
                self.purged.insert(purged.checksum);
                let place = (scope.clone(), purged.name.clone(), purged.version.clone());
                let builds = self.builds.get(&place).into_iter().flatten();
                self.purged.extend(builds);
            }
            _ => {}
        }
    }

    /// Tells what nobody names.
    pub(super) async fn orphans(&mut self) -> Result<(), StoreError> {
        let all = gc::listed(self.fsck.blobs).await?;
        // What was published meanwhile is named by now.
        self.facts().await?;
        if !self.is_sound || !self.tainted.is_empty() {
            return Ok(());
        }
        let orphans = all.iter().filter(|one| !self.named.has(&one.checksum));
        self.report.orphans = Some(orphans.map(gc::orphan).collect());
        Ok(())
    }
}

/// The crate whose rows a fact is about.
fn about(fact: &Fact) -> Option<(RegistryName, NameKey)> {
    match &fact.event {
        Event::Published { registry, name, .. } | Event::Rebuilt { registry, name, .. } => {
            Some((registry.clone(), name.key()))
        }
        Event::Observed { registry, name, .. } => Some((registry.clone(), name.key())),
        _ => None,
    }
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
