//! Folders: of files that contradict each other none stands, whatever the order.

use crossdock_core::checksum::Checksum;
use crossdock_core::directory::{Claimed, disputes};
use crossdock_core::version::Version;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Few names in spellings of one crate, few versions, few contents: most collide.
fn claim() -> impl Strategy<Value = (u8, &'static str, &'static str, u8)> {
    (
        0..4_u8,
        prop::sample::select(vec!["petal-a", "petal_a", "Petal-a", "stem"]),
        prop::sample::select(vec!["1.0.0", "1.0.0+b", "1.1.0"]),
        0..2_u8,
    )
}

/// Who is disputed, by what is said and not by position.
fn disputed(said: &[(u8, &'static str, &'static str, u8)]) -> BTreeSet<(u8, String, String, u8)> {
    let origins: Vec<String> = said.iter().map(|one| format!("{}.crate", one.0)).collect();
    let versions: Vec<Version> = said.iter().map(|one| one.2.parse().unwrap()).collect();
    let claims: Vec<Claimed<'_>> = said
        .iter()
        .enumerate()
        .map(|(at, one)| Claimed {
            origin: &origins[at],
            name: one.1,
            version: &versions[at],
            checksum: Checksum::of(&[one.3]),
        })
        .collect();
    let found = disputes(&claims);
    let of = |at: &usize| {
        let (origin, name, version, content) = said[*at];
        (origin, name.to_owned(), version.to_owned(), content)
    };
    found.keys().map(of).collect()
}

proptest! {
    #[test]
    fn what_stands_contradicts_nothing_and_what_falls_has_a_reason(said in prop::collection::vec(claim(), 0..8)) {
        let disputed = disputed(&said);
        let is_standing = |one: &&(u8, &str, &str, u8)| {
            !disputed.contains(&(one.0, one.1.to_owned(), one.2.to_owned(), one.3))
        };
        let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut contents: BTreeMap<(&str, &str), BTreeSet<u8>> = BTreeMap::new();
        for one in &said {
            let key = one.1.to_ascii_lowercase().replace('_', "-");
            spellings.entry(key).or_default().insert(one.1);
            contents.entry((one.1, one.2)).or_default().insert(one.3);
        }
        for one in &said {
            let key = one.1.to_ascii_lowercase().replace('_', "-");
            let alone = spellings[&key].len() == 1 && contents[&(one.1, one.2)].len() == 1;
            prop_assert_eq!(is_standing(&one), alone, "{:?}", one);
        }
    }

    #[test]
    fn the_order_of_the_files_decides_nothing(
        said in prop::collection::vec(claim(), 0..8),
        turned in 0..8_usize,
    ) {
        let mut other = said.clone();
        other.reverse();
        let by = turned.min(other.len());
        other.rotate_left(by);
        prop_assert_eq!(disputed(&said), disputed(&other));
    }
}
