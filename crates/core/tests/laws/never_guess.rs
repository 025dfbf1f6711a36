//! Law 3: where two owners remain possible, what is agreed is served, the rest is
//! withheld and listed, and a name is refused only if nothing is agreed.

use crate::oracle::{Outcome, Shown};
use crate::trials;
use crate::verdict_text::outcome;
use crate::world::{Answer, Release, World};
use crate::world_strategy::{bare_world, world};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn several_of_one_rank_serve_what_they_agree_on(world in bare_world()) {
        let world = certain(&world);
        let holders = holders_of_deciding_rank(&world);
        if holders.len() < 2 {
            return Ok(());
        }
        let agreed: BTreeSet<&String> = holders
            .values()
            .flat_map(|releases| releases.keys())
            .filter(|version| {
                let bytes: Option<BTreeSet<char>> = holders
                    .values()
                    .map(|releases| releases.get(*version).map(|release| release.bytes))
                    .collect();
                bytes.is_some_and(|bytes| bytes.len() == 1)
            })
            .collect();
        let all: BTreeSet<&String> = holders.values().flat_map(|releases| releases.keys()).collect();
        match outcome(&world.verdict()) {
            Outcome::Shown(shown) => {
                prop_assert_eq!(shown.releases.keys().collect::<BTreeSet<_>>(), agreed.clone());
                let withheld: BTreeSet<_> = shown.withheld.keys().collect();
                prop_assert_eq!(withheld, all.difference(&agreed).copied().collect());
                prop_assert_eq!(shown.owner, None);
            }
            Outcome::Refused { among, over } => {
                prop_assert!(agreed.is_empty());
                prop_assert_eq!(among, holders.keys().cloned().collect());
                prop_assert_eq!(over.keys().collect::<BTreeSet<_>>(), all);
            }
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }

    /// Listed is who has which bytes, so that a person can see what is the matter.
    #[test]
    fn what_is_withheld_is_listed_as_it_is(world in world()) {
        let listed = match outcome(&world.verdict()) {
            Outcome::Shown(shown) => shown.withheld,
            Outcome::Refused { over, .. } => over,
            Outcome::Absent | Outcome::Undecided => return Ok(()),
        };
        for (version, have) in listed {
            prop_assert!(!have.is_empty());
            for (member, bytes) in have {
                let Some(Answer::Has(releases)) = world.answers.get(&member) else {
                    return Err(TestCaseError::fail(format!("{member} has nothing")));
                };
                prop_assert_eq!(releases[&version].bytes, bytes);
            }
        }
    }

    /// A name with one owner is never refused, on record or not.
    #[test]
    fn only_shared_names_are_refused(world in world()) {
        if let Outcome::Refused { among, over } = outcome(&world.verdict()) {
            prop_assert!(among.len() > 1);
            prop_assert!(!over.is_empty());
            prop_assert!(world.record.is_none_or(|record| record.owner.is_none()));
        }
    }

    /// A served name never turns into 403, and a shown release stays: whatever its
    /// members publish later. (Under a declared same-crate a version that only one of
    /// them had goes if another publishes other bytes under it; that is not tried.)
    #[test]
    fn what_was_served_stays_served(
        world in world(),
        later in prop::collection::vec(prop::option::of(prop::sample::select(vec!['x', 'y'])), 3),
    ) {
        let Outcome::Shown(before) = outcome(&world.verdict()) else {
            return Ok(());
        };
        if before.rule == "same crate" {
            return Ok(());
        }
        let mut grown = recorded(&world, &before);
        for (answer, bytes) in grown.answers.values_mut().zip(later) {
            grow(answer, bytes, &world.name);
        }
        match outcome(&grown.verdict()) {
            Outcome::Shown(after) => {
                for (version, (_, bytes, _)) in before.releases {
                    prop_assert_eq!(after.releases.get(&version).map(|shown| shown.1), Some(bytes));
                }
            }
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }
}

/// acme and beta were declared to share petal, crates.io was not: if beta and
/// crates.io have it, it could be either's, though beta is asked before crates.io.
#[test]
fn a_declared_member_does_not_win_by_being_asked_first() {
    let has = |bytes| {
        let mut answer = Answer::Absent;
        grow(&mut answer, Some(bytes), "petal");
        answer
    };
    let member = |inside| crate::world::Member { inside, only: None };
    let world = World {
        name: "petal".to_owned(),
        split: false,
        members: [
            ("acme".to_owned(), member(true)),
            ("beta".to_owned(), member(false)),
            ("crates-io".to_owned(), member(false)),
        ]
        .into(),
        claims: BTreeMap::new(),
        same_crate: vec![(
            vec!["petal".to_owned()],
            crate::world::set(&["acme", "beta"]),
        )],
        record: None,
        answers: [
            ("acme".to_owned(), Answer::Absent),
            ("beta".to_owned(), has('x')),
            ("crates-io".to_owned(), has('y')),
        ]
        .into(),
    };
    let Outcome::Refused { among, .. } = outcome(&world.verdict()) else {
        panic!("{:?}", world.verdict());
    };
    assert_eq!(among, crate::world::set(&["beta", "crates-io"]));
}

fn certain(world: &World) -> World {
    let mut world = world.clone();
    for answer in world.answers.values_mut() {
        if *answer == Answer::Silent {
            *answer = Answer::Absent;
        }
    }
    world
}

fn holders_of_deciding_rank(world: &World) -> BTreeMap<String, BTreeMap<String, Release>> {
    let of_rank = |inside: bool| -> BTreeMap<_, _> {
        let members = world.members.iter().filter(|(_, member)| {
            let limited = member.only.as_ref().is_some_and(|only| {
                let petal = world.name.eq_ignore_ascii_case("petal");
                !only.iter().any(|pattern| (pattern == "petal") == petal)
            });
            member.inside == inside && !limited
        });
        members
            .filter_map(|(name, _)| match &world.answers[name] {
                Answer::Has(releases) => Some((name.clone(), releases.clone())),
                _ => None,
            })
            .collect()
    };
    let inside = of_rank(true);
    if inside.is_empty() {
        of_rank(false)
    } else {
        inside
    }
}

fn recorded(world: &World, shown: &Shown) -> World {
    World {
        record: Some(crate::world::Record {
            owner: shown.owner.clone(),
            members: shown.owners.clone(),
        }),
        ..world.clone()
    }
}

/// Adds a release that nobody had, or that others have with other bytes.
fn grow(answer: &mut Answer, bytes: Option<char>, name: &str) {
    let Some(bytes) = bytes else { return };
    let release = Release {
        spelling: name.to_owned(),
        bytes,
        yanked: false,
        stem_of: None,
        rewritten: false,
    };
    match answer {
        Answer::Has(releases) => {
            for version in ["1.0.1", "3.0.0"] {
                releases
                    .entry(version.to_owned())
                    .or_insert(release.clone());
            }
        }
        Answer::Absent => *answer = Answer::Has([("1.0.1".to_owned(), release)].into()),
        Answer::Silent => {}
    }
}
