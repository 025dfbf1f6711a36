//! Overlays: the owner's rows change in nothing but `yanked`, one release stands for
//! each patched one, and what was shown stays shown.

use crate::trials;
use crossdock_core::actor::Actor;
use crossdock_core::checksum::Checksum;
use crossdock_core::decision::{Decision, Made, OverlayDecision};
use crossdock_core::name::CrateName;
use crossdock_core::overlay::{self, Note, Overlaid, Patch, Standing, line};
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Release;
use crossdock_core::timestamp::Timestamp;
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

fn release(of: &str, at: &str, yanked: bool) -> Release {
    Release {
        name: CrateName::parse("petal").unwrap(),
        version: version(at),
        dependencies: Default::default(),
        features: Default::default(),
        features2: None,
        checksum: Checksum::of(format!("{of} {at}").as_bytes()),
        yanked,
        links: None,
        rust_version: None,
        pubtime: None,
        v: None,
        unknown: Vec::new(),
    }
}

/// Few versions in two lines, so that patches meet their bases, each other, and what
/// the owner releases between.
const OWNED: [&str; 7] = [
    "0.9.0",
    "1.2.3",
    "1.2.4",
    "1.2.6",
    "1.3.0-rc.1",
    "1.3.0",
    "2.0.0",
];
const PATCHED: [&str; 9] = [
    "1.2.4+acme.1",
    "1.2.5-beta.1",
    "1.2.5",
    "1.2.6",
    "1.2.7",
    "1.3.0-rc.1+acme.1",
    "1.3.0-rc.2",
    "1.3.1",
    "3.0.0",
];

#[derive(Clone, Debug)]
struct World {
    owned: Vec<(String, bool)>,
    /// Overlay, version, yanked by its publisher.
    patches: Vec<(&'static str, &'static str, bool)>,
    accepted: Vec<(&'static str, bool)>,
    rebased: Vec<&'static str>,
}

fn world() -> impl Strategy<Value = World> {
    let owned = prop::sample::subsequence(OWNED.to_vec(), 0..=OWNED.len());
    let yanks = prop::collection::vec(any::<bool>(), OWNED.len());
    let patches = prop::sample::subsequence(PATCHED.to_vec(), 0..6);
    let by = prop::collection::vec(
        (
            prop::sample::select(vec!["fixes", "acme"]),
            prop::bool::weighted(0.2),
        ),
        PATCHED.len(),
    );
    let accepted =
        prop::collection::vec((prop::sample::select(OWNED.to_vec()), any::<bool>()), 0..2);
    let rebased = prop::collection::vec(prop::sample::select(OWNED.to_vec()), 0..2);
    (owned, yanks, patches, by, accepted, rebased).prop_map(
        |(owned, yanks, patches, by, accepted, rebased)| World {
            owned: owned.into_iter().map(str::to_owned).zip(yanks).collect(),
            patches: patches
                .into_iter()
                .zip(by)
                .map(|(at, (by, yanked))| (by, at, yanked))
                .collect(),
            accepted,
            rebased,
        },
    )
}

impl World {
    fn owned(&self) -> Vec<(RegistryName, Release)> {
        let owned = self.owned.iter();
        owned
            .map(|(at, yanked)| (registry("crates-io"), release("owner", at, *yanked)))
            .collect()
    }

    fn overlays(&self) -> BTreeMap<RegistryName, Vec<Release>> {
        let mut overlays: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (by, at, yanked) in &self.patches {
            let releases = overlays.entry(registry(by)).or_default();
            releases.push(release(by, at, *yanked));
        }
        overlays
    }

    fn decided(&self) -> Vec<OverlayDecision> {
        let name = CrateName::parse("petal").unwrap().key();
        let accepted = self
            .accepted
            .iter()
            .map(|(at, later)| OverlayDecision::Accepted {
                name: name.clone(),
                version: version(at),
                later: *later,
            });
        let rebased = self.rebased.iter().map(|onto| OverlayDecision::Rebased {
            name: name.clone(),
            onto: version(onto),
        });
        accepted.chain(rebased).collect()
    }

    fn shown(&self) -> Overlaid {
        overlay::apply(self.owned(), &self.overlays(), &standing(self.decided()))
    }
}

fn standing(decisions: Vec<OverlayDecision>) -> Standing {
    let made: Vec<Made> = (1..)
        .zip(decisions)
        .map(|(sequence, decision)| Made {
            sequence,
            time: Timestamp::from_unix_seconds(0).unwrap(),
            actor: Actor::admin(),
            decision: Decision::Overlay(decision),
        })
        .collect();
    Standing::fold(&made, &CrateName::parse("petal").unwrap().key())
}

fn recorded(new: &BTreeMap<Patch, Version>) -> Vec<OverlayDecision> {
    let name = CrateName::parse("petal").unwrap().key();
    let recorded = new.iter().map(|(patch, base)| OverlayDecision::Patched {
        name: name.clone(),
        patch: patch.clone(),
        base: base.clone(),
    });
    recorded.collect()
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn without_overlays_rows_are_what_they_are(world in world()) {
        let shown = overlay::apply(world.owned(), &BTreeMap::new(), &standing(world.decided()));
        prop_assert_eq!(shown.rows, world.owned());
    }

    #[test]
    fn the_owners_rows_keep_all_but_yanked(world in world()) {
        let shown = world.shown();
        for (member, before) in world.owned() {
            let after = shown.rows.iter().find(|(of, row)| *of == member && row.version == before.version);
            let (_, after) = after.unwrap();
            prop_assert!(after.yanked || !before.yanked, "a yank by the owner stays");
            prop_assert_eq!(Release { yanked: before.yanked, ..after.clone() }, before);
        }
        let versions: Vec<_> = shown.rows.iter().map(|(_, row)| row.version.clone()).collect();
        let mut sorted: Vec<_> = BTreeSet::from_iter(versions.clone()).into_iter().collect();
        sorted.sort();
        prop_assert_eq!(versions, sorted, "each version once, lowest first");
    }

    #[test]
    fn one_release_stands_for_the_patched_one(world in world()) {
        let shown = world.shown();
        let row = |at: &Version| shown.rows.iter().find(|(_, row)| row.version == *at).unwrap();
        let mut bases = BTreeSet::new();
        for (at, note) in &shown.notes {
            match note {
                Note::Patches(base) => {
                    prop_assert!(bases.insert(base.clone()), "two stand for {base}");
                    prop_assert!(!row(at).1.yanked);
                    prop_assert!(row(base).1.yanked);
                    prop_assert_eq!(&shown.notes[base], &Note::PatchedBy(at.clone()));
                    prop_assert!(base < at);
                }
                Note::Beside(base) => {
                    prop_assert!(at.is_prerelease() && !base.is_prerelease(), "{at} {base}");
                }
                Note::Accepted => {}
                _ => prop_assert!(row(at).1.yanked, "{at} is {note:?}"),
            }
        }
    }

    /// What is newer than a patched release waits until somebody says something; what
    /// is older, or of another line, is not touched.
    #[test]
    fn newer_releases_of_the_line_are_held(world in world()) {
        let quiet = World { accepted: Vec::new(), rebased: Vec::new(), ..world };
        let shown = quiet.shown();
        let bases: Vec<_> = shown.notes.values().filter_map(|note| match note {
            Note::Patches(base) => Some(base.clone()),
            _ => None,
        }).collect();
        for (member, release) in quiet.owned() {
            let newer = bases.iter().any(|base| {
                line(base) == line(&release.version)
                    && *base <= release.version
                    && (!base.is_prerelease() || release.version.is_prerelease())
            });
            let after = shown.rows.iter().find(|(of, row)| *of == member && row.version == release.version);
            prop_assert_eq!(after.unwrap().1.yanked, release.yanked || newer, "{}", release.version);
        }
    }

    /// Who asks for releases gets the same ones, whatever pre-releases overlays have and
    /// whatever was accepted of them.
    #[test]
    fn a_pre_release_never_displaces_a_release(world in world()) {
        let quiet = World {
            patches: world.patches.iter().filter(|(_, at, _)| !version(at).is_prerelease()).copied().collect(),
            rebased: world.rebased.iter().filter(|at| !version(at).is_prerelease()).copied().collect(),
            ..world.clone()
        };
        let releases = |shown: Overlaid| {
            let rows = shown.rows.into_iter().filter(|(_, row)| !row.version.is_prerelease());
            let notes = shown.notes.into_iter().filter(|(at, _)| !at.is_prerelease());
            (rows.collect::<Vec<_>>(), notes.collect::<Vec<_>>())
        };
        prop_assert_eq!(releases(world.shown()), releases(quiet.shown()));
    }

    /// Recorded, what a release patches stays, whatever the owner releases later, and
    /// nothing that was shown is gone.
    #[test]
    fn what_was_shown_stays(world in world(), later in prop::sample::subsequence(OWNED.to_vec(), 0..4)) {
        let before = world.shown();
        let mut decided = world.decided();
        decided.extend(recorded(&before.new));
        let mut owned = world.owned.clone();
        for at in later {
            if owned.iter().all(|(had, _)| had != at) {
                owned.push((at.to_owned(), false));
            }
        }
        let grown = World { owned, ..world };
        let mut rows = grown.owned();
        rows.sort_by(|left, right| left.1.version.cmp(&right.1.version));
        let after = overlay::apply(rows, &grown.overlays(), &standing(decided));
        for (member, row) in &before.rows {
            let still = after.rows.iter().find(|(of, it)| of == member && it.version == row.version);
            prop_assert!(still.is_some(), "{} of {member} is gone", row.version);
            prop_assert_eq!(&still.unwrap().1.checksum, &row.checksum);
        }
        for (at, note) in &before.notes {
            if let Note::Patches(base) = note {
                let same = Note::Patches(base.clone());
                let other = Note::NoLongerPatches(base.clone());
                prop_assert!([same, other].contains(&after.notes[at]));
            }
        }
    }
}

/// What a stranger met: the crate was gone for everybody who asks for `^1.0`.
#[test]
fn a_beta_in_an_overlay_is_shown_beside_the_releases() {
    let world = World {
        owned: ["1.0.210", "1.0.211", "1.1.0"]
            .map(|at| (at.to_owned(), false))
            .into(),
        patches: vec![("acme", "1.0.211-beta.1", false)],
        accepted: Vec::new(),
        rebased: Vec::new(),
    };
    let shown = world.shown();
    let live: Vec<_> = shown.rows.iter().filter(|(_, row)| !row.yanked).collect();
    let live: Vec<_> = live
        .iter()
        .map(|(_, row)| row.version.to_string())
        .collect();
    assert_eq!(live, ["1.0.210", "1.0.211-beta.1", "1.0.211", "1.1.0"]);
    let note = &shown.notes[&version("1.0.211-beta.1")];
    assert_eq!(*note, Note::Beside(version("1.0.210")));
}
