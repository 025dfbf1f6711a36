//! What a token may do, held against an oracle that knows nothing but words.
//!
//! The oracle reads the sentence that a grant is written as, and the rules of
//! `docs/users.md`, literally: for every grant it asks whether this one grant alone
//! allows the act. Worlds are small, so that grants, crates and places collide.

use crate::trials;
use crossdock_core::access::{Act, Denied, Grant, Standing, decide};
use crossdock_core::name::{CrateName, NameKey};
use crossdock_core::registry_name::RegistryName;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// An act as words: what, where, which crate, how the holder stands to it.
#[derive(Clone, Copy, Debug)]
struct Words {
    act: &'static str,
    place: &'static str,
    krate: &'static str,
    standing: &'static str,
}

const ACTS: [&str; 7] = [
    "read",
    "publish-new",
    "publish-update",
    "yank",
    "owners",
    "administer",
    "administer-server",
];
const SCOPES: [&str; 6] = [
    "read",
    "publish-new",
    "publish-update",
    "yank",
    "owners",
    "admin",
];
const STANDINGS: [&str; 3] = ["stranger", "team", "owner"];

/// Tells whether one grant, as it is written, allows an act.
fn oracle(grant: &str, asked: Words) -> bool {
    let words: Vec<&str> = grant.split(' ').collect();
    let after = |word: &str| {
        let at = words.iter().position(|it| *it == word)?;
        words.get(at + 1).copied()
    };
    let scopes: Vec<&str> = words[0].split(',').collect();
    let (place, crates) = (after("on"), after("crates"));
    let any_owner = words.last() == Some(&"of-any-owner");
    let is_admin = scopes.contains(&"admin");
    let on_place = place.is_none_or(|place| place == asked.place);
    if asked.act == "administer-server" {
        return is_admin && place.is_none() && crates.is_none();
    }
    if !on_place {
        return false;
    }
    if asked.act == "read" {
        return true;
    }
    if asked.act == "administer" {
        return is_admin && crates.is_none();
    }
    let alike = |pattern: &str| {
        let (pattern, krate) = (pattern.replace('_', "-"), asked.krate.replace('_', "-"));
        match pattern.strip_suffix('*') {
            Some(beginning) => krate.starts_with(beginning),
            None => krate == pattern,
        }
    };
    let for_crate = crates.is_none_or(|crates| crates.split(',').any(alike));
    let has_scope = is_admin || scopes.contains(&asked.act);
    let owns = match asked.act {
        "publish-new" => true,
        "owners" => asked.standing == "owner",
        _ => asked.standing != "stranger",
    };
    for_crate && has_scope && (owns || any_owner || is_admin)
}

fn key(text: &str) -> NameKey {
    CrateName::parse(text).unwrap().key()
}

fn decided(grants: &[String], asked: Words) -> Result<(), Denied> {
    let grants: Vec<Grant> = grants.iter().map(|text| text.parse().unwrap()).collect();
    let (place, name) = (RegistryName::parse(asked.place).unwrap(), key(asked.krate));
    let standing = match asked.standing {
        "stranger" => Standing::Stranger,
        "team" => Standing::InTeam,
        _ => Standing::Owner,
    };
    let act = match asked.act {
        "read" => Act::Read(&place),
        "publish-new" => Act::PublishNew(&place, &name),
        "publish-update" => Act::PublishUpdate(&place, &name, standing),
        "yank" => Act::Yank(&place, &name, standing),
        "owners" => Act::ChangeOwners(&place, &name, standing),
        "administer" => Act::Administer(&place),
        _ => Act::AdministerServer,
    };
    decide(&grants, act)
}

fn any_grant() -> impl Strategy<Value = String> {
    let scopes = subsequence(SCOPES.to_vec(), 1..=3);
    let place = select(vec![None, Some("acme"), Some("apps")]);
    let patterns = vec!["*", "web", "web-*", "we_*", "core"];
    let crates = subsequence(patterns, 0..=2);
    (scopes, place, crates, any::<bool>()).prop_map(|(scopes, place, crates, any_owner)| {
        let mut text = scopes.join(",");
        if let Some(place) = place {
            text += &format!(" on {place}");
        }
        // Reading is never granted of crates.
        if !crates.is_empty() && !scopes.contains(&"read") {
            text += &format!(" crates {}", crates.join(","));
        }
        if any_owner {
            text += " of-any-owner";
        }
        text
    })
}

fn any_words() -> impl Strategy<Value = Words> {
    (
        select(ACTS.to_vec()),
        select(vec!["acme", "apps"]),
        select(vec!["web", "web_ui", "we-b", "core"]),
        select(STANDINGS.to_vec()),
    )
        .prop_map(|(act, place, krate, standing)| Words {
            act,
            place,
            krate,
            standing,
        })
}

proptest! {
    #![proptest_config(trials())]

    #[test]
    fn a_token_may_what_one_of_its_grants_allows(
        grants in proptest::collection::vec(any_grant(), 0..4),
        asked in any_words(),
    ) {
        let allowed = grants.iter().any(|grant| oracle(grant, asked));
        prop_assert_eq!(decided(&grants, asked).is_ok(), allowed);
    }

    #[test]
    fn another_grant_takes_nothing_away(
        grants in proptest::collection::vec(any_grant(), 0..3),
        more in any_grant(),
        asked in any_words(),
    ) {
        let before = decided(&grants, asked).is_ok();
        let both = [grants, vec![more]].concat();
        prop_assert!(!before || decided(&both, asked).is_ok());
    }

    #[test]
    fn who_may_change_anything_in_a_place_may_read_it(
        grant in any_grant(),
        asked in any_words(),
    ) {
        let grants = [grant];
        let of_place = asked.act != "administer-server";
        let read = Words { act: "read", ..asked };
        if of_place && decided(&grants, asked).is_ok() {
            prop_assert!(decided(&grants, read).is_ok());
        }
    }
}

#[test]
fn what_is_missing_is_told() {
    let asked = Words {
        act: "owners",
        place: "acme",
        krate: "web",
        standing: "team",
    };
    let told = |grant: &str| decided(&[grant.to_owned()], asked).unwrap_err();
    let not_owner = Denied::NotOwner {
        team_is_enough: false,
    };
    assert_eq!(told("owners on acme"), not_owner);
    assert!(matches!(told("owners on apps"), Denied::NoGrant(_)));
    assert!(matches!(told("owners crates core"), Denied::NoGrant(_)));
}
