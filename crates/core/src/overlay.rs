//! Overlays: patched releases that a view shows instead of those they patch.
//!
//! An overlay is a hosted member that adds releases to another owner's crate. The
//! release it patches stays for old locks and is shown yanked, so that a fresh
//! resolution takes the patched one; the owner's newer releases of the same line are
//! held (shown yanked) until somebody says that they are fine, because nobody knows
//! whether they need the patch. The owner's rows change in nothing but `yanked`.
//! Nobody gets a pre-release without asking for one, so a pre-release takes the place
//! of pre-releases only: made from a release, it is shown beside it.
//!
//! Absent: who owns the name, which an overlay never decides; where the bytes are.

mod rules;
mod standing;

use crate::registry_name::RegistryName;
use crate::release::Release;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};

pub use rules::Overlays;
pub use standing::{Patch, Standing};

/// A name's releases with overlays applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlaid {
    /// The releases, lowest version first, each with the member it is from.
    pub rows: Vec<(RegistryName, Release)>,
    /// Patches that are not on record yet, and must be before the rows are shown.
    pub new: BTreeMap<Patch, Version>,
    /// What was done, by the version of the row it was done to.
    pub notes: BTreeMap<Version, Note>,
    /// Releases of overlays that are not shown, and why.
    pub not_shown: BTreeMap<Patch, NotShown>,
}

/// What overlays did to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is an overlay's release, and stands for this version.
    Patches(Version),
    /// It is an overlay's release and yanked, for a newer one or by its publisher.
    NoLongerPatches(Version),
    /// It is an overlay's pre-release made from this release, shown beside it.
    Beside(Version),
    /// This release is shown in its place.
    PatchedBy(Version),
    /// It is newer than the patched version, and nobody said yet that it is fine.
    Held,
    /// It is newer than the patched version, and somebody said that it is fine.
    Accepted,
}

/// Why an overlay's release is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// The owner, or another overlay, has the version.
    Taken,
    /// The owner has no release with the same two first numbers that is not newer.
    NothingToPatch,
    /// The owner spells the name otherwise.
    Spelling,
}

/// Adds the releases of overlays to the owner's.
///
/// `owned` are the rows without overlays, `overlays` what each overlay has of the
/// name, `standing` what is on record of it.
pub fn apply(
    owned: Vec<(RegistryName, Release)>,
    overlays: &BTreeMap<RegistryName, Vec<Release>>,
    standing: &Standing,
) -> Overlaid {
    let mut overlaid = Overlaid::default();
    let Some(spelling) = owned.last().map(|(_, release)| release.name.clone()) else {
        return overlaid;
    };
    let versions: BTreeSet<Version> = owned.iter().map(|(_, it)| it.version.clone()).collect();
    let mut shown: BTreeMap<Version, (RegistryName, Release, Version)> = BTreeMap::new();
    // What is on record goes first: it was shown, so it stays.
    for on_record in [true, false] {
        for (overlay, release) in of_all(overlays) {
            let patch = Patch {
                overlay: overlay.clone(),
                version: release.version.clone(),
            };
            let recorded = standing.patched(&patch);
            if recorded.is_some() != on_record {
                continue;
            }
            let taken = shown.contains_key(&release.version)
                || (!on_record && versions.contains(&release.version));
            let base = recorded
                .cloned()
                .or_else(|| base_of(&release.version, &versions));
            let why = match &base {
                _ if release.name != spelling => Some(NotShown::Spelling),
                _ if taken => Some(NotShown::Taken),
                None => Some(NotShown::NothingToPatch),
                Some(_) => None,
            };
            if let (None, Some(base)) = (why, base) {
                if !on_record {
                    overlaid.new.insert(patch, base.clone());
                }
                let place = (overlay.clone(), release.clone(), base);
                shown.insert(release.version.clone(), place);
            } else if let Some(why) = why {
                overlaid.not_shown.insert(patch, why);
            }
        }
    }
    let stands = stands(&shown, standing);
    for (member, mut release) in owned {
        if shown.contains_key(&release.version) {
            continue;
        }
        if let Some(note) = note(&release.version, &shown, &stands, standing) {
            release.yanked |= note != Note::Accepted;
            overlaid.notes.insert(release.version.clone(), note);
        }
        overlaid.rows.push((member, release));
    }
    for (version, (overlay, mut release, base)) in shown {
        let note = match stands.get(&base) {
            _ if !may_displace(&version, &base) => Note::Beside(base),
            Some(standing) if *standing == version => Note::Patches(base),
            _ => Note::NoLongerPatches(base),
        };
        release.yanked |= matches!(note, Note::NoLongerPatches(_));
        overlaid.notes.insert(version, note);
        overlaid.rows.push((overlay, release));
    }
    overlaid
        .rows
        .sort_by(|left, right| left.1.version.cmp(&right.1.version));
    overlaid
}

fn of_all(
    overlays: &BTreeMap<RegistryName, Vec<Release>>,
) -> impl Iterator<Item = (&RegistryName, &Release)> {
    overlays
        .iter()
        .flat_map(|(overlay, releases)| releases.iter().map(move |release| (overlay, release)))
}

/// Finds the owner's version that a patched one was made from: the same but for
/// build metadata, else the highest one below with the same two first numbers.
fn base_of(patched: &Version, versions: &BTreeSet<Version>) -> Option<Version> {
    let bare = patched.without_build();
    let same = versions
        .iter()
        .rev()
        .find(|version| version.without_build() == bare);
    let minor = |version: &Version| (version.as_semver().major, version.as_semver().minor);
    let below = versions.iter().rev().find(|version| {
        *version < patched
            && minor(version) == minor(patched)
            && (patched.is_prerelease() || !version.is_prerelease())
    });
    same.or(below).cloned()
}

/// Tells whether a patched release, or what is made from a patched version, may take
/// the place of another version: a pre-release takes that of pre-releases only,
/// because no requirement that takes a release takes it unasked (Cargo Book,
/// "Specifying Dependencies", Pre-releases).
fn may_displace(patched: &Version, version: &Version) -> bool {
    !patched.is_prerelease() || version.is_prerelease()
}

/// Tells whether a rebase onto a version leaves patches of an older one behind.
pub fn leaves_behind(onto: &Version, base: &Version) -> bool {
    base < onto && line(base) == line(onto) && may_displace(onto, base)
}

/// For each version that is patched, the patched release that stands for it: the
/// highest that its publisher has not yanked and no rebase has left behind.
fn stands(
    shown: &BTreeMap<Version, (RegistryName, Release, Version)>,
    standing: &Standing,
) -> BTreeMap<Version, Version> {
    let in_effect = shown.values().filter(|(_, release, _)| !release.yanked);
    in_effect
        .filter(|(_, release, base)| may_displace(&release.version, base))
        .filter(|(_, _, base)| !standing.is_left_behind(base))
        .map(|(_, release, base)| (base.clone(), release.version.clone()))
        .collect()
}

/// Says what becomes of one of the owner's releases.
fn note(
    version: &Version,
    shown: &BTreeMap<Version, (RegistryName, Release, Version)>,
    stands: &BTreeMap<Version, Version>,
    standing: &Standing,
) -> Option<Note> {
    if let Some(by) = stands.get(version) {
        return Some(Note::PatchedBy(by.clone()));
    }
    let in_line = |base: &&Version| line(base) == line(version) && may_displace(base, version);
    // A base that was left behind by a rebase goes on holding what it held.
    let behind = shown
        .values()
        .filter(|(_, release, base)| !release.yanked && may_displace(&release.version, base))
        .filter(|(_, _, base)| standing.is_left_behind(base))
        .map(|(_, _, base)| base);
    let lowest = stands.keys().chain(behind).filter(in_line).min()?;
    let replaced = stands.keys().filter(in_line).max()?;
    if version < lowest {
        return None;
    }
    match standing.is_accepted(version) {
        true => Some(Note::Accepted),
        false if version < replaced => Some(Note::PatchedBy(stands[replaced].clone())),
        false => Some(Note::Held),
    }
}

/// The versions among which cargo chooses for one requirement (Cargo Book,
/// "Specifying Dependencies", Default requirements): those with the same first
/// number that is not zero.
pub fn line(version: &Version) -> (u64, u64, u64) {
    let version = version.as_semver();
    match (version.major, version.minor, version.patch) {
        (0, 0, patch) => (0, 0, patch),
        (0, minor, _) => (0, minor, 0),
        (major, _, _) => (major, 0, 0),
    }
}
