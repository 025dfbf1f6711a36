//! Law 7: a dependency keeps its target.
//!
//! A row that depends on `stem` of R reaches R's `stem`: by the view's identity if R
//! is among those whose `stem` the view shows, else through R's face. What is no
//! member keeps its address. That it is never null is the type's doing: a route has
//! no such variant.

use crate::trials;
use crate::world::{Answer, World, registry};
use crate::world_strategy::world;
use crossdock_core::address::Address;
use crossdock_core::merge::Verdict;
use crossdock_core::owner::{Rule, by_reference};
use crossdock_core::ownership::Ownership;
use crossdock_core::pins::Pins;
use crossdock_core::policy::Side;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use crossdock_core::rewrite::{Absolute, Route, absolute, route};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The inside members that have the world's name, as the use cases find them.
fn holders(world: &World) -> BTreeSet<RegistryName> {
    let (policy, key) = (world.policy(), world.key());
    let inside = policy.eligible(Side::Inside, &key);
    inside
        .filter(|member| matches!(world.answers[member.as_str()], Answer::Has(_)))
        .cloned()
        .collect()
}

/// The identity under which a view names its own crates, told in other words.
fn identity(world: &World, owners: &BTreeSet<RegistryName>) -> Route {
    let private = owners.iter().any(|owner| {
        let member = world.members.get(owner.as_str());
        member.is_some_and(|member| member.inside)
    });
    match (world.split, world.members.contains_key("crates-io")) {
        (false, _) => Route::CratesIo,
        (true, true) if !private => Route::CratesIo,
        (true, _) => Route::View,
    }
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn a_member_is_reached_by_identity_if_its_crate_is_shown_else_by_its_face(world in world()) {
        let (policy, key, record) = (world.policy(), world.key(), world.record());
        for target in policy.members.keys() {
            let known = by_reference(&policy, &key, target, record.as_ref(), &holders(&world));
            let ownership = known.map(|known| known.ownership);
            let reached = route(&policy, &Pins::default(), &key, Absolute::Member(target.clone()), ownership.as_ref());
            match ownership.filter(|ownership| ownership.members().contains(target)) {
                Some(ownership) => prop_assert_eq!(reached, identity(&world, ownership.members())),
                None => prop_assert_eq!(reached, Route::Face(target.clone())),
            }
        }
    }

    /// Whom a reference finds without asking outside is whom the view finds by asking.
    #[test]
    fn naming_a_crate_and_reading_it_find_one_owner(world in world()) {
        let (policy, key, record) = (world.policy(), world.key(), world.record());
        for target in policy.members.keys() {
            // The row is evidence that its target has the crate.
            if !matches!(world.answers[target.as_str()], Answer::Has(_)) {
                continue;
            }
            let known = by_reference(&policy, &key, target, record.as_ref(), &holders(&world));
            let Some(known) = known else { continue };
            match world.verdict() {
                Verdict::Served(merged) => {
                    prop_assert_eq!(merged.ownership.members(), known.ownership.members());
                }
                Verdict::Refused(conflict) => {
                    prop_assert!(conflict.members.is_subset(known.ownership.members()));
                }
                // A known owner may have nothing; somebody may be silent.
                Verdict::Absent | Verdict::Undecided(_) => {}
            }
        }
    }

    /// Where several outside members could have a crate, naming it decides nothing.
    #[test]
    fn naming_a_crate_first_is_not_owning_it(world in world()) {
        let (policy, key) = (world.policy(), world.key());
        let found: BTreeSet<_> = policy
            .eligible(Side::Outside, &key)
            .filter_map(|target| by_reference(&policy, &key, target, None, &holders(&world)))
            .filter(|known| known.rule == Rule::Reference || known.rule == Rule::SameCrate)
            .map(|known| known.ownership)
            .collect();
        prop_assert!(found.len() <= 1, "{:?}", found);
    }

    #[test]
    fn what_is_no_member_keeps_its_address(world in world(), of in prop::sample::select(vec!["acme", "beta", "crates-io"])) {
        let (policy, key) = (world.policy(), world.key());
        let elsewhere = Address::parse("sparse+https://partner.example/index/").unwrap();
        let ownership = Ownership::sole(registry(of));
        let reached = |target: Target| {
            let target = absolute(&policy, &registry(of), &target);
            route(&policy, &Pins::default(), &key, target, Some(&ownership))
        };
        prop_assert_eq!(
            reached(Target::Registry(registry("nearby"))),
            Route::Registry(registry("nearby"))
        );
        prop_assert_eq!(reached(Target::Elsewhere(elsewhere.clone())), Route::Elsewhere(elsewhere));
        match policy.crates_io() {
            // crates.io's crates are those of the member that mirrors it.
            Some(member) if member.as_str() == of => {
                prop_assert_eq!(reached(Target::CratesIo), identity(&world, ownership.members()));
            }
            Some(member) => prop_assert_eq!(reached(Target::CratesIo), Route::Face(member.clone())),
            None => prop_assert_eq!(reached(Target::CratesIo), Route::CratesIo),
        }
    }

    /// Whatever a row led to is led to again, once what is missing is pinned: by other
    /// settings, with another record of the same owners, in another world altogether.
    #[test]
    fn what_is_pinned_is_not_moved(before in world(), after in world(), of in 0..3_usize) {
        let members = ["acme", "beta", "crates-io"].map(registry);
        let (target, key) = (&members[of], before.key());
        let absolute = |world: &World| match world.policy().members.contains_key(target) {
            true => Absolute::Member(target.clone()),
            false => Absolute::Registry(target.clone()),
        };
        let after = World { name: before.name.clone(), split: before.split, ..after };
        // Losing or gaining crates.io changes how a split view spells everything.
        if before.policy().crates_io() != after.policy().crates_io() {
            return Ok(());
        }
        let policy = before.policy();
        let known = by_reference(&policy, &key, target, before.record().as_ref(), &holders(&before));
        let owners = known.map(|known| known.ownership);
        let mut pins = Pins::default();
        let shown = route(&policy, &pins, &key, absolute(&before), owners.as_ref());
        for pin in pins.missing(&policy, &key, &absolute(&before), owners.as_ref(), &shown, false) {
            pins.learn(&pin);
        }
        // Somebody who was gone already was pinned when he was a member.
        let all_were_members = owners.iter().flat_map(Ownership::members).all(|member| policy.members.contains_key(member));
        if all_were_members || !before.split {
            let again = route(&after.policy(), &pins, &key, absolute(&after), owners.as_ref());
            prop_assert_eq!(again, shown);
        }
    }

    /// A claim against the record moves no row: it is an error of the settings.
    #[test]
    fn claims_do_not_move_rows_that_rest_on_a_record(world in world()) {
        let Some(record) = world.record() else { return Ok(()) };
        let unclaimed = World { claims: Default::default(), ..world.clone() };
        for target in world.policy().members.keys() {
            let reached = |world: &World| {
                let (policy, key) = (world.policy(), world.key());
                let known = by_reference(&policy, &key, target, Some(&record), &holders(world));
                let ownership = known.map(|known| known.ownership);
                route(&policy, &Pins::default(), &key, Absolute::Member(target.clone()), ownership.as_ref())
            };
            prop_assert_eq!(reached(&world), reached(&unclaimed));
        }
    }
}
