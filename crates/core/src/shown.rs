//! What a view has shown of a name that several members have, and that it stays so.
//!
//! One member's history is kept by that member. Where several speak for a name, what
//! is shown follows from all of them together, and one who publishes other bytes
//! later, or a declaration that is withdrawn, would take away what was shown. So it
//! is recorded, by version, which bytes were shown and whose row it was; what
//! contradicts the record is withheld and reported, never what was shown (law 5).
//!
//! The same record lets a name be transferred without changing a row: what the view
//! showed of the old owner goes on being shown as its row.
//!
//! Absent: what is shown of a version for the first time, which `merge.rs` decides.

use crate::checksum::Checksum;
use crate::entry::Entry;
use crate::fact::{FactError, Fields, Lines};
use crate::merge::{Answer, Conflict, Merged, Verdict};
use crate::owner::Rule;
use crate::ownership::Ownership;
use crate::registry_name::RegistryName;
use crate::release::Release;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

/// Where a version that was shown came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Whose row it was.
    pub member: RegistryName,
    /// Which bytes.
    pub checksum: Checksum,
}

/// What a view has shown of a name, by version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown(BTreeMap<Version, Source>);

impl Shown {
    /// Adds a version unless it is there: what was shown first stays.
    pub fn add(&mut self, version: Version, source: Source) {
        self.0.entry(version).or_insert(source);
    }

    /// Adds all that a member has, as what it spoke for alone until now.
    #[must_use]
    pub fn with_all_of(mut self, member: &RegistryName, entry: &Entry) -> Self {
        for release in entry.releases() {
            let (member, checksum) = (member.clone(), release.checksum);
            self.add(release.version.clone(), Source { member, checksum });
        }
        self
    }

    /// The members whose rows were shown; all of them are looked at again.
    pub fn witnesses(&self) -> BTreeSet<RegistryName> {
        self.0
            .values()
            .map(|source| source.member.clone())
            .collect()
    }

    /// Where a version came from, if it was shown.
    pub fn of(&self, version: &Version) -> Option<&Source> {
        self.0.get(version)
    }

    /// Lists what was shown, lowest version first.
    pub fn iter(&self) -> impl Iterator<Item = (&Version, &Source)> {
        self.0.iter()
    }

    /// Tells whether nothing was shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lists what an answer shows for the first time, if several speak for the name.
    pub fn news(&self, merged: &Merged) -> Vec<(Version, Source)> {
        if merged.ownership.owner().is_some() {
            return Vec::new();
        }
        let new = |(_, release): &&(RegistryName, Release)| self.of(&release.version).is_none();
        let source = |(member, release): &(RegistryName, Release)| {
            let (member, checksum) = (member.clone(), release.checksum);
            (release.version.clone(), Source { member, checksum })
        };
        merged.releases.iter().filter(new).map(source).collect()
    }

    /// Writes a version that was shown as a field of a fact.
    pub(crate) fn write((version, source): (&Version, &Source), lines: &mut Lines) {
        let Source { member, checksum } = source;
        lines.field("release", format_args!("{version} {checksum} {member}"));
    }

    /// Reads the versions that a fact says were shown.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Vec<(Version, Source)>, FactError> {
        fields.repeated("release", |text| {
            let mut words = text.split(' ');
            let version = Version::parse(words.next()?).ok()?;
            let checksum = Checksum::parse(words.next()?).ok()?;
            let member = RegistryName::parse(words.next()?).ok()?;
            let source = Source { member, checksum };
            words.next().is_none().then_some((version, source))
        })
    }
}

/// Lets what was shown outlive whatever was decided from `answers`.
///
/// `answers` are those that `verdict` rests on and those of all
/// [`Shown::witnesses`]. A version of which no answer has the bytes any more makes
/// the name undecided if its witness is silent.
pub fn outlive(
    shown: &Shown,
    record: Option<&Ownership>,
    answers: &BTreeMap<RegistryName, Answer>,
    verdict: Verdict,
) -> Verdict {
    let Some(record) = record.filter(|_| !shown.is_empty()) else {
        return verdict;
    };
    let (mut merged, mut open) = match verdict {
        Verdict::Undecided(_) => return verdict,
        Verdict::Served(mut merged) => {
            let open = merged.withheld.take();
            (merged, open)
        }
        Verdict::Refused(conflict) => (nothing_of(record), Some(conflict)),
        Verdict::Absent => (nothing_of(record), None),
    };
    let mut releases: BTreeMap<Version, (RegistryName, Release)> = merged
        .releases
        .into_iter()
        .map(|(member, release)| (release.version.clone(), (member, release)))
        .collect();
    let mut silent = BTreeSet::new();
    for (version, source) in shown.iter() {
        let held = holders(answers, version);
        let same = |release: &&Release| release.checksum == source.checksum;
        let first = held
            .get(&source.member)
            .filter(|release| same(release))
            .map(|release| (&source.member, *release))
            .or_else(|| {
                let mut alike = held.iter().filter(|(_, release)| same(release));
                alike.next().map(|(member, release)| (*member, *release))
            });
        let Some((member, release)) = first else {
            if !matches!(
                answers.get(&source.member),
                Some(Answer::Has(_) | Answer::Absent)
            ) {
                silent.insert(source.member.clone());
            }
            continue;
        };
        let mut release = release.clone();
        release.yanked = held.values().filter(|one| same(one)).any(|one| one.yanked);
        releases.insert(version.clone(), (member.clone(), release));
        let contradicted = held.values().any(|one| !same(one));
        let sums = held
            .iter()
            .map(|(member, release)| ((*member).clone(), release.checksum));
        match (&mut open, contradicted) {
            (None, false) => {}
            (Some(conflict), false) => drop(conflict.versions.remove(version)),
            (open, true) => {
                let conflict = open.get_or_insert_with(|| Conflict {
                    members: record.members().clone(),
                    versions: BTreeMap::new(),
                });
                conflict.versions.insert(version.clone(), sums.collect());
            }
        }
    }
    if !silent.is_empty() {
        return Verdict::Undecided(silent);
    }
    let open = open.filter(|conflict| !conflict.versions.is_empty());
    merged.releases = releases.into_values().collect();
    match open {
        Some(conflict) if merged.releases.is_empty() => Verdict::Refused(conflict),
        None if merged.releases.is_empty() => Verdict::Absent,
        withheld => {
            merged.withheld = withheld;
            Verdict::Served(merged)
        }
    }
}

fn nothing_of(record: &Ownership) -> Merged {
    Merged {
        ownership: record.clone(),
        rule: Rule::Record,
        releases: Vec::new(),
        withheld: None,
        differing_rows: BTreeMap::new(),
    }
}

/// Lists who has a version, by name.
fn holders<'a>(
    answers: &'a BTreeMap<RegistryName, Answer>,
    version: &Version,
) -> BTreeMap<&'a RegistryName, &'a Release> {
    let has = |(member, answer): (&'a RegistryName, &'a Answer)| match answer {
        Answer::Has(entry) => Some((member, entry.release(version)?)),
        Answer::Absent | Answer::Silent => None,
    };
    answers.iter().filter_map(has).collect()
}
