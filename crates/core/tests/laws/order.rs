//! Law 2: the order in which anything is listed decides nothing.
//!
//! Names decide in one place: of equal bytes whose rows differ, and of equal rows,
//! the one of the first member by name is shown. So members renamed in a way that
//! keeps their order change nothing but names, and renamed in any way they change
//! nothing but that row.

use crate::oracle::{Outcome, Shown};
use crate::trials;
use crate::verdict_text::outcome;
use crate::world::{Answer, Record, World};
use crate::world_strategy::world;
use crossdock_core::owner::whom_to_ask;
use crossdock_core::policy::ViewPolicy;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn permuted_settings_make_one_policy(
        (world, members, claims) in world().prop_flat_map(|world| {
            let members: Vec<_> = world.policy().members.into_iter().collect();
            let claims: Vec<_> = world.policy().claims.into_iter().collect();
            (Just(world), Just(members).prop_shuffle(), Just(claims).prop_shuffle())
        })
    ) {
        let policy = world.policy();
        let permuted = ViewPolicy {
            members: members.into_iter().collect(),
            claims: claims.into_iter().collect(),
            ..policy.clone()
        };
        prop_assert_eq!(policy, permuted);
    }

    #[test]
    fn permuted_declarations_make_one_answer(
        (world, permuted) in world().prop_flat_map(|world| {
            let declared = Just(world.same_crate.clone()).prop_shuffle();
            let permuted = (Just(world.clone()), declared);
            (Just(world), permuted.prop_map(|(world, same_crate)| World { same_crate, ..world }))
        })
    ) {
        let asked = |world: &World| {
            whom_to_ask(&world.policy(), &world.key(), world.record().as_ref())
        };
        prop_assert_eq!(asked(&world), asked(&permuted));
        prop_assert_eq!(
            format!("{:?}", world.verdict()),
            format!("{:?}", permuted.verdict())
        );
    }

    #[test]
    fn members_renamed_in_order_change_only_names(world in world()) {
        // `crates-io` keeps its name, which says what it is.
        let names = [("acme", "a"), ("beta", "c"), ("gone", "z")];
        let renamed = rename(&world, &names);
        let expected = rename_outcome(outcome(&world.verdict()), &names);
        prop_assert_eq!(outcome(&renamed.verdict()), expected);
    }

    #[test]
    fn members_renamed_at_will_change_only_whose_row_is_shown(world in world()) {
        let names = [("acme", "zeta"), ("beta", "alpha"), ("gone", "acme")];
        let renamed = outcome(&rename(&world, &names).verdict());
        let expected = rename_outcome(outcome(&world.verdict()), &names);
        prop_assert_eq!(without_sources(renamed), without_sources(expected));
    }
}

fn rename_one(name: &str, names: &[(&str, &str)]) -> String {
    let new = names.iter().find(|(old, _)| *old == name);
    new.map_or(name, |(_, new)| new).to_owned()
}

fn rename(world: &World, names: &[(&str, &str)]) -> World {
    let new = |name: &String| rename_one(name, names);
    World {
        members: world
            .members
            .iter()
            .map(|(name, member)| (new(name), member.clone()))
            .collect(),
        claims: world
            .claims
            .iter()
            .map(|(pattern, member)| (pattern.clone(), new(member)))
            .collect(),
        same_crate: world
            .same_crate
            .iter()
            .map(|(patterns, members)| (patterns.clone(), members.iter().map(new).collect()))
            .collect(),
        record: world.record.as_ref().map(|record| Record {
            owner: record.owner.as_ref().map(new),
            members: record.members.iter().map(new).collect(),
        }),
        answers: world
            .answers
            .iter()
            .map(|(member, answer)| (new(member), rename_answer(answer, names)))
            .collect(),
        ..world.clone()
    }
}

fn rename_answer(answer: &Answer, names: &[(&str, &str)]) -> Answer {
    let Answer::Has(releases) = answer else {
        return answer.clone();
    };
    let mut releases = releases.clone();
    for release in releases.values_mut() {
        release.stem_of = release.stem_of.as_ref().map(|of| rename_one(of, names));
    }
    Answer::Has(releases)
}

fn rename_outcome(outcome: Outcome, names: &[(&str, &str)]) -> Outcome {
    let new = |name: String| rename_one(&name, names);
    let over = |bytes: crate::oracle::Bytes| {
        let renamed = bytes.into_iter().map(|(version, have)| {
            let have = have.into_iter().map(|(member, bytes)| (new(member), bytes));
            (version, have.collect::<BTreeMap<_, _>>())
        });
        renamed.collect()
    };
    match outcome {
        Outcome::Refused { among, over: bytes } => Outcome::Refused {
            among: among.into_iter().map(new).collect(),
            over: over(bytes),
        },
        Outcome::Shown(shown) => Outcome::Shown(Shown {
            rule: shown.rule,
            owner: shown.owner.map(new),
            owners: shown.owners.into_iter().map(new).collect(),
            releases: shown
                .releases
                .into_iter()
                .map(|(version, (from, bytes, yanked))| (version, (new(from), bytes, yanked)))
                .collect(),
            withheld: over(shown.withheld),
            differing: shown
                .differing
                .into_iter()
                .map(|(version, members)| (version, members.into_iter().map(new).collect()))
                .collect(),
        }),
        other => other,
    }
}

fn without_sources(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Shown(mut shown) => {
            for (from, _, _) in shown.releases.values_mut() {
                from.clear();
            }
            Outcome::Shown(shown)
        }
        other => other,
    }
}
