//! Law 6: equal name, version and checksum in two members is one release; different
//! checksums never merge.

use crate::oracle::Outcome;
use crate::trials;
use crate::verdict_text::outcome;
use crate::world::{Answer, Member, Release, World, set};
use crate::world_strategy::world;
use crossdock_core::merge::Verdict;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn a_version_is_shown_once_in_order_and_only_if_all_who_have_it_agree(world in world()) {
        let Verdict::Served(merged) = world.verdict() else {
            return Ok(());
        };
        let versions: Vec<_> = merged.releases.iter().map(|(_, release)| &release.version).collect();
        prop_assert!(versions.is_sorted_by(|left, right| left < right));
        let speakers: BTreeSet<&str> = merged.ownership.speakers().map(|name| name.as_str()).collect();
        for (_, release) in &merged.releases {
            let version = release.version.to_string();
            let bytes: BTreeSet<char> = world
                .answers
                .iter()
                // A share that turned half private is answered by its inside members.
                .filter(|(member, _)| speakers.contains(member.as_str()) && !left_out(&world, &merged.ownership, member))
                .filter_map(|(_, answer)| match answer {
                    Answer::Has(releases) => releases.get(&version).map(|release| release.bytes),
                    _ => None,
                })
                .collect();
            prop_assert_eq!(bytes.len(), 1);
        }
    }

    /// Of rows that differ the stricter wins as far as there is one: yanked is yanked.
    #[test]
    fn what_one_of_the_owners_yanked_is_shown_yanked(world in world()) {
        let Verdict::Served(merged) = world.verdict() else {
            return Ok(());
        };
        for (_, release) in &merged.releases {
            let version = release.version.to_string();
            let by_somebody = merged
                .ownership
                .speakers()
                .filter(|member| !left_out(&world, &merged.ownership, member.as_str()))
                .any(|member| match world.answers.get(member.as_str()) {
                    Some(Answer::Has(releases)) => releases
                        .get(&version)
                        .is_some_and(|release| release.yanked),
                    _ => false,
                });
            prop_assert_eq!(release.yanked, by_somebody);
        }
    }
}

fn left_out(world: &World, ownership: &crossdock_core::ownership::Ownership, member: &str) -> bool {
    let inside = |name: &str| world.members.get(name).is_some_and(|member| member.inside);
    let mixed = ownership.speakers().any(|name| inside(name.as_str()));
    mixed
        && !inside(member)
        && !world
            .policy()
            .is_same_crate(&world.key(), ownership.members())
}

fn release(bytes: char) -> Release {
    Release {
        spelling: "petal".to_owned(),
        bytes,
        yanked: false,
        stem_of: None,
        rewritten: false,
    }
}

fn two_members(acme: &[(&str, Release)], beta: &[(&str, Release)]) -> World {
    let member = Member {
        inside: true,
        only: None,
    };
    let has = |releases: &[(&str, Release)]| {
        let releases = releases
            .iter()
            .map(|(version, release)| ((*version).to_owned(), release.clone()));
        Answer::Has(releases.collect())
    };
    World {
        name: "petal".to_owned(),
        split: true,
        members: [
            ("acme".to_owned(), member.clone()),
            ("beta".to_owned(), member),
        ]
        .into(),
        claims: BTreeMap::new(),
        same_crate: Vec::new(),
        record: None,
        answers: [
            ("acme".to_owned(), has(acme)),
            ("beta".to_owned(), has(beta)),
        ]
        .into(),
    }
}

/// The petal story: both have 1.1.0, only one has 1.1.5.
#[test]
fn petal() {
    let undeclared = two_members(
        &[("1.1.0", release('x'))],
        &[("1.1.0", release('x')), ("1.1.5", release('p'))],
    );
    let Outcome::Shown(shown) = outcome(&undeclared.verdict()) else {
        panic!()
    };
    assert_eq!(shown.releases.keys().collect::<Vec<_>>(), ["1.1.0"]);
    assert_eq!(shown.withheld.keys().collect::<Vec<_>>(), ["1.1.5"]);

    let declared = vec![(vec!["petal".to_owned()], set(&["acme", "beta"]))];
    let united = World {
        same_crate: declared.clone(),
        ..undeclared
    };
    let Outcome::Shown(shown) = outcome(&united.verdict()) else {
        panic!()
    };
    assert_eq!(
        shown.releases.keys().collect::<Vec<_>>(),
        ["1.1.0", "1.1.5"]
    );
    assert_eq!(shown.releases["1.1.5"].0, "beta");
    assert!(shown.withheld.is_empty() && shown.differing.is_empty());

    let other_bytes = two_members(
        &[("1.1.0", release('x')), ("1.1.5", release('q'))],
        &[("1.1.0", release('x')), ("1.1.5", release('p'))],
    );
    for same_crate in [Vec::new(), declared] {
        let world = World {
            same_crate,
            ..other_bytes.clone()
        };
        let Outcome::Shown(shown) = outcome(&world.verdict()) else {
            panic!()
        };
        assert_eq!(shown.releases.keys().collect::<Vec<_>>(), ["1.1.0"]);
        assert_eq!(shown.withheld["1.1.5"].len(), 2);
    }
}

/// `own` in one row and the owner's name in the other mean one registry.
#[test]
fn rows_are_compared_by_absolute_targets() {
    let of = |stem_of: &str, rewritten| Release {
        stem_of: Some(stem_of.to_owned()),
        rewritten,
        ..release('x')
    };
    let differing = |acme, beta| {
        let world = two_members(&[("1.0.0", acme)], &[("1.0.0", beta)]);
        let Outcome::Shown(shown) = outcome(&world.verdict()) else {
            panic!()
        };
        !shown.differing.is_empty()
    };
    assert!(!differing(of("own", false), of("acme", false)));
    assert!(
        !differing(of("own", true), of("acme", false)),
        "order and formatting never count"
    );
    assert!(
        differing(of("own", false), of("own", false)),
        "each means its own stem"
    );
    assert!(differing(of("crates-io", false), of("acme", false)));
}
