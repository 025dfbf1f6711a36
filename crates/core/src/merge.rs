//! Decides which member speaks for a name, and what it says.
//!
//! A name has one owner. The others are not consulted for it, not even for
//! versions the owner lacks; otherwise whoever can publish in one member could
//! slip a higher version under another's name (dependency confusion). The order
//! in which members are listed decides nothing.
//!
//! Absent: I/O, clocks, JSON, logging. Members were asked before
//! (`owner::whom_to_ask`); their answers, "could not say" included, arrive as
//! values. Rewriting of the rows is `rewrite.rs`.

use crate::checksum::Checksum;
use crate::entry::Entry;
use crate::history::Resolved;
use crate::name::NameKey;
use crate::owner::{Rule, known, speakers};
use crate::ownership::Ownership;
use crate::policy::{Side, ViewPolicy};
use crate::registry_name::RegistryName;
use crate::release::Release;
use crate::rewrite::absolute;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a member said of a name.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It has releases; a last good entry counts as an answer.
    Has(Arc<Entry>),
    /// It is healthy and has nothing.
    Absent,
    /// It could not say, and nothing is held of it.
    Silent,
}

/// What a view answers for a name.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// There are releases to be shown.
    Served(Merged),
    /// Nobody has it. If only the first step was asked yet: it is time for the second.
    Absent,
    /// Several owners are possible and nothing is agreed among them.
    Refused(Conflict),
    /// Somebody who might own the name could not say.
    Undecided(BTreeSet<RegistryName>),
}

/// A name's releases as a view shows them.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Whose the name is.
    pub ownership: Ownership,
    /// By which rule.
    pub rule: Rule,
    /// The releases, lowest version first, each with the member it is taken from.
    pub releases: Vec<(RegistryName, Release)>,
    /// What is not shown until the settings say whose it is.
    pub withheld: Option<Conflict>,
    /// Members whose rows differ for equal bytes, by version; the row of the first
    /// by name is shown, yanked if any of them is.
    pub differing_rows: BTreeMap<Version, BTreeSet<RegistryName>>,
}

/// Versions over which members do not agree: who has which bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The members among which it has to be decided.
    pub members: BTreeSet<RegistryName>,
    /// Per version, the checksum each member has; absent members lack it.
    pub versions: BTreeMap<Version, BTreeMap<RegistryName, Checksum>>,
}

/// Merges what each asked member answered for one name.
///
/// `answers` are those of [`crate::owner::whom_to_ask`]: of the first step alone,
/// or of both. If a member that might own the name could not answer, the name is
/// [`Verdict::Undecided`]: silence must not promote the next in line.
pub fn merge(
    policy: &ViewPolicy,
    name: &NameKey,
    record: Option<&Ownership>,
    answers: &BTreeMap<RegistryName, Answer>,
) -> Verdict {
    if let Some(known) = known(policy, name, record) {
        return merge_known(policy, name, known.ownership, known.rule, answers);
    }
    for (side, rule) in [
        (Side::Inside, Rule::OnlyInside),
        (Side::Outside, Rule::OnlyOutside),
    ] {
        let (mut holders, mut silent, mut unasked) = (BTreeSet::new(), BTreeSet::new(), false);
        for member in policy.eligible(side, name) {
            match answers.get(member) {
                Some(Answer::Has(_)) => drop(holders.insert(member.clone())),
                Some(Answer::Absent) => {}
                Some(Answer::Silent) => drop(silent.insert(member.clone())),
                None if side == Side::Inside => drop(silent.insert(member.clone())),
                None => unasked = true,
            }
        }
        if !silent.is_empty() {
            return Verdict::Undecided(silent);
        }
        // Declared members are asked before other outside ones, which might have it too.
        if unasked {
            break;
        }
        if let Some(ownership) = Ownership::shared(policy.sharing(name, holders)) {
            return merge_known(policy, name, ownership, rule, answers);
        }
    }
    Verdict::Absent
}

fn merge_known(
    policy: &ViewPolicy,
    name: &NameKey,
    ownership: Ownership,
    rule: Rule,
    answers: &BTreeMap<RegistryName, Answer>,
) -> Verdict {
    let mut entries: BTreeMap<&RegistryName, &Entry> = BTreeMap::new();
    let mut silent = BTreeSet::new();
    let speakers = speakers(policy, name, &ownership);
    for speaker in &speakers {
        match answers.get_key_value(speaker) {
            Some((speaker, Answer::Has(entry))) => drop(entries.insert(speaker, entry)),
            Some((_, Answer::Absent)) => {}
            Some((_, Answer::Silent)) | None => drop(silent.insert(speaker.clone())),
        }
    }
    if !silent.is_empty() {
        return Verdict::Undecided(silent);
    }
    if entries.is_empty() {
        return Verdict::Absent;
    }
    let same_crate = policy.is_same_crate(name, &speakers);
    match entries.first_key_value() {
        Some(_) if speakers.len() == 1 => Verdict::Served(alone(ownership, rule, &entries)),
        // The others on record have nothing, as after a declaration was withdrawn: what
        // they may have later must not take away what is served from now on.
        Some((only, _)) if entries.len() == 1 && !same_crate => {
            let settled = ownership.clone().settled((*only).clone());
            Verdict::Served(alone(settled.unwrap_or(ownership), rule, &entries))
        }
        _ => together(policy, ownership, speakers, same_crate, &entries),
    }
}

fn alone(ownership: Ownership, rule: Rule, entries: &BTreeMap<&RegistryName, &Entry>) -> Merged {
    let releases = entries
        .iter()
        .flat_map(|(member, entry)| {
            entry
                .releases()
                .iter()
                .map(|release| ((*member).clone(), release.clone()))
        })
        .collect();
    Merged {
        ownership,
        rule,
        releases,
        withheld: None,
        differing_rows: BTreeMap::new(),
    }
}

/// Shows what several members agree on; under a declared `same-crate` also what
/// only some of them have. Different bytes under one version are never shown.
fn together(
    policy: &ViewPolicy,
    ownership: Ownership,
    speakers: BTreeSet<RegistryName>,
    same_crate: bool,
    entries: &BTreeMap<&RegistryName, &Entry>,
) -> Verdict {
    let mut by_version: BTreeMap<&Version, BTreeMap<&RegistryName, &Release>> = BTreeMap::new();
    for (member, entry) in entries {
        for release in entry.releases() {
            by_version
                .entry(&release.version)
                .or_default()
                .insert(member, release);
        }
    }
    let (mut releases, mut differing_rows, mut open) =
        (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (version, holders) in by_version {
        let checksums: BTreeSet<_> = holders.values().map(|release| release.checksum).collect();
        let complete = same_crate || holders.len() == speakers.len();
        let first = holders
            .iter()
            .next()
            .filter(|_| complete && checksums.len() == 1);
        let Some((first_member, first_release)) = first else {
            let sums = holders
                .iter()
                .map(|(member, release)| ((*member).clone(), release.checksum));
            open.insert(version.clone(), sums.collect());
            continue;
        };
        let mut shown = (*first_release).clone();
        shown.yanked = holders.values().any(|release| release.yanked);
        let alike = |(member, release): (&&RegistryName, &&Release)| {
            same_row(policy, first_member, first_release, member, release)
        };
        if !holders.iter().all(alike) {
            differing_rows.insert(
                version.clone(),
                holders.keys().map(|member| (*member).clone()).collect(),
            );
        }
        releases.push(((*first_member).clone(), shown));
    }
    let withheld = (!open.is_empty()).then(|| Conflict {
        members: speakers,
        versions: open,
    });
    match withheld {
        Some(conflict) if releases.is_empty() => Verdict::Refused(conflict),
        withheld => {
            let rule = if same_crate {
                Rule::SameCrate
            } else {
                Rule::Agreed
            };
            Verdict::Served(Merged {
                ownership,
                rule,
                releases,
                withheld,
                differing_rows,
            })
        }
    }
}

/// Compares two rows of equal bytes: what cargo resolves by, dependencies as
/// absolute targets.
fn same_row(
    policy: &ViewPolicy,
    left_member: &RegistryName,
    left: &Release,
    right_member: &RegistryName,
    right: &Release,
) -> bool {
    let resolved =
        |member, release| Resolved::of(release, |target| absolute(policy, member, target));
    resolved(left_member, left) == resolved(right_member, right)
        && left.links == right.links
        && left.yanked == right.yanked
}
