//! What a dependency of an upload means, for every place and every standing.
//!
//! An address is what it says; the crates.io identity is no evidence and means what
//! the view of `resolve-in` says; what cannot be settled is refused with the cure.

use crate::trials;
use crate::world::registry;
use crossdock_core::address::{Address, Place};
use crossdock_core::owner::{Known, Rule};
use crossdock_core::ownership::Ownership;
use crossdock_core::registry_name::RegistryName;
use crossdock_core::release::Target;
use crossdock_core::settle::{SettleError, Standing, settle};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const MEMBERS: [&str; 3] = ["acme", "beta", "crates-io"];

fn place() -> impl Strategy<Value = Place> {
    let address = || Address::parse("sparse+https://partner.example/index/").unwrap();
    let name = || select(&MEMBERS).prop_map(registry);
    prop_oneof![
        3 => Just(Place::CratesIo),
        2 => Just(Place::View(registry("main"))),
        1 => name().prop_map(Place::Registry),
        1 => name().prop_map(|member| Place::Face { view: registry("main"), member }),
        1 => Just(Place::Elsewhere(address())),
        1 => Just(Place::Nowhere(address())),
    ]
}

fn known() -> impl Strategy<Value = Option<Known>> {
    let members = subsequence(MEMBERS.to_vec(), 1..=3);
    let known = (members, any::<bool>(), any::<bool>()).prop_map(|(members, settled, declared)| {
        let members = members.into_iter().map(registry).collect();
        let shared = Ownership::shared(members).unwrap();
        let first = shared.members().first().unwrap().clone();
        let several = shared.owner().is_none();
        match (several, settled, declared) {
            (true, true, _) => Known {
                ownership: shared.settled(first).unwrap(),
                rule: Rule::Record,
            },
            (true, false, true) => Known {
                ownership: shared,
                rule: Rule::SameCrate,
            },
            (_, _, _) => Known {
                ownership: shared,
                rule: Rule::Record,
            },
        }
    });
    prop::option::weighted(0.8, known)
}

/// The registry uploaded to is `acme`; `delta` stands for one that is no member.
fn target(registry_name: &RegistryName, owner: &RegistryName) -> Target {
    match owner.as_str() {
        "crates-io" => Target::CratesIo,
        _ if owner == registry_name => Target::Own,
        _ => Target::Registry(owner.clone()),
    }
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn every_dependency_is_settled_or_refused_with_a_cure(
        to in select(vec!["acme", "delta"]).prop_map(registry),
        place in place(),
        known in known(),
    ) {
        let (view, crates_io) = (registry("main"), registry("crates-io"));
        let standing = Standing { view: &view, known: known.clone(), crates_io: Some(&crates_io) };
        let settled = settle("petal", &to, place.clone(), Some(&standing));
        let owners: Option<Vec<RegistryName>> =
            known.as_ref().map(|known| known.ownership.speakers().cloned().collect());
        match (&place, owners.as_deref()) {
            (Place::Registry(said) | Place::Face { member: said, .. }, _) => {
                let said = if *said == to { Target::Own } else { Target::Registry(said.clone()) };
                prop_assert_eq!(settled, Ok(said));
            }
            (Place::Elsewhere(said), _) => prop_assert_eq!(settled, Ok(Target::Elsewhere(said.clone()))),
            (Place::Nowhere(_), _) => prop_assert!(matches!(settled, Err(SettleError::Nowhere { .. })), "nowhere"),
            (Place::CratesIo, None) => prop_assert_eq!(settled, Ok(Target::CratesIo)),
            (Place::View(_), None) => prop_assert!(matches!(settled, Err(SettleError::Unknown { .. })), "unknown"),
            (_, Some([owner])) => prop_assert_eq!(settled, Ok(target(&to, owner))),
            (_, Some(several)) if several.contains(&to) => prop_assert_eq!(settled, Ok(Target::Own)),
            (_, Some(several)) if known.as_ref().is_some_and(|known| known.rule == Rule::SameCrate) => {
                let settled = settled.unwrap();
                prop_assert!(several.iter().any(|owner| settled == Target::Registry(owner.clone())
                    || settled == target(&to, owner)));
            }
            (_, Some(several)) => {
                let refused = settled.unwrap_err().to_string();
                for owner in several {
                    let named = format!("`{owner}`");
                    prop_assert!(refused.contains(&named), "{}", refused);
                }
                let cure = format!("[views.main] claims = {{ petal = \"{}\" }}", several[0]);
                prop_assert!(refused.contains(&cure), "{}", refused);
            }
        }
    }

    /// Without a view to resolve in, what cargo labelled crates.io is crates.io's.
    #[test]
    fn without_a_view_the_label_is_believed(to in select(&MEMBERS).prop_map(registry)) {
        prop_assert_eq!(settle("petal", &to, Place::CratesIo, None), Ok(Target::CratesIo));
    }

    /// A registry never names itself by address: its own index says null.
    #[test]
    fn own_crates_are_own(
        to in select(&MEMBERS).prop_map(registry),
        place in place(),
        known in known(),
    ) {
        let view = registry("main");
        let standing = Standing { view: &view, known, crates_io: None };
        if let Ok(Target::Registry(other)) = settle("petal", &to, place, Some(&standing)) {
            prop_assert_ne!(other, to);
        }
    }
}

#[test]
fn refusals_say_what_to_do() {
    let nowhere = Address::parse("sparse+https://crates.acme.example/gone/index/").unwrap();
    let refused = settle("petal", &registry("acme"), Place::Nowhere(nowhere), None);
    assert_eq!(
        refused.unwrap_err().to_string(),
        "dependency `petal` is addressed to sparse+https://crates.acme.example/gone/index/, \
         where this server has no registry or view"
    );
    let unknown = settle(
        "petal",
        &registry("acme"),
        Place::View(registry("main")),
        None,
    );
    assert_eq!(
        unknown.unwrap_err().to_string(),
        "dependency `petal` is addressed to view `main`, which knows no such crate; publish it first"
    );
}
