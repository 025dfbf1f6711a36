//! Law 8: private names stay in.

use crate::trials;
use crate::world::{Answer, World, registry, set};
use crate::world_strategy::world;
use crossdock_core::owner::{is_private, whom_to_ask};
use crossdock_core::policy::Side;
use crossdock_core::registry_name::RegistryName;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn private(world: &World) -> bool {
    let (policy, key) = (world.policy(), world.key());
    let inside = policy.eligible(Side::Inside, &key);
    let holders: BTreeSet<RegistryName> = inside
        .filter(|member| matches!(world.answers[member.as_str()], Answer::Has(_)))
        .cloned()
        .collect();
    is_private(&policy, &key, world.record().as_ref(), &holders)
}

fn outside<'w>(world: &'w World, asked: &'w BTreeSet<String>) -> Vec<&'w String> {
    let is_outside = |name: &&String| world.members.get(*name).is_some_and(|m| !m.inside);
    asked.iter().filter(is_outside).collect()
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn nobody_outside_is_asked_for_a_private_name(world in world()) {
        if private(&world) {
            let (asked, _) = world.view();
            prop_assert_eq!(outside(&world, &asked), Vec::<&String>::new());
        }
    }

    /// Known owners, a record or a claim, leave no second step to anyone.
    #[test]
    fn nobody_else_is_asked_for_a_name_that_is_known(world in world()) {
        let claimed = world.policy().claim(&world.key()).is_some();
        if claimed || world.record.is_some() {
            let whom = whom_to_ask(&world.policy(), &world.key(), world.record().as_ref());
            prop_assert!(whom.then.is_empty());
            prop_assert!(!whom.first.is_empty());
        }
    }

    /// An inside member that cannot say keeps a name in: it might be its own.
    #[test]
    fn a_silent_inside_member_keeps_the_name_in(world in world()) {
        let world = World { record: None, claims: Default::default(), same_crate: Vec::new(), ..world };
        let silent_inside = world.policy().eligible(Side::Inside, &world.key()).any(|member| {
            world.answers[member.as_str()] == Answer::Silent
        });
        if silent_inside {
            let (asked, _) = world.view();
            prop_assert_eq!(outside(&world, &asked), Vec::<&String>::new());
        }
    }

    /// What inside members own, claim or have is private, unless it was declared to be
    /// shared with somebody outside.
    #[test]
    fn what_is_private_follows_from_inside_members(world in world()) {
        let (policy, key) = (world.policy(), world.key());
        let undeclared = World { same_crate: Vec::new(), ..world.clone() };
        let inside = |name: &str| world.members.get(name).is_some_and(|member| member.inside);
        // Whoever left the view was not outside for certain.
        let may_be_inside = |name: &str| world.members.get(name).is_none_or(|member| member.inside);
        let by = match (&world.record, policy.claim(&key)) {
            (Some(record), claim) => match (&record.owner, claim) {
                (Some(owner), _) => may_be_inside(owner),
                (None, Some((_, claimed))) if record.members.contains(claimed.as_str()) => {
                    may_be_inside(claimed.as_str())
                }
                (None, _) => {
                    record.members.iter().any(|name| inside(name))
                        || record.members.iter().all(|name| may_be_inside(name))
                }
            },
            (None, Some((_, claimed))) => may_be_inside(claimed.as_str()),
            (None, None) => policy
                .eligible(Side::Inside, &key)
                .any(|member| matches!(world.answers[member.as_str()], Answer::Has(_))),
        };
        prop_assert_eq!(private(&undeclared), by);
        prop_assert!(!private(&world) || by, "a declaration only ever makes names public");
    }
}

/// A declaration among outside members says nothing about an inside member's crate.
#[test]
fn a_declaration_among_outsiders_sends_no_inside_name_out() {
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
        claims: Default::default(),
        same_crate: vec![(vec!["petal".to_owned()], set(&["beta", "crates-io"]))],
        record: None,
        answers: Default::default(),
    };
    let whom = whom_to_ask(&world.policy(), &world.key(), None);
    assert_eq!(whom.first, [registry("acme")]);
    assert_eq!(whom.then, [registry("beta"), registry("crates-io")]);
}
