//! A policy's text: golden, read back, and one spelling only.

#![expect(
    clippy::unwrap_used,
    reason = "a golden value that cannot be built fails the test"
)]

use crossdock_core::gate::{
    Effect, Gates, Licences, MinAge, Mode, ReleaseList, ReleasePattern, Rule,
};
use crossdock_core::pattern::NamePattern;
use crossdock_core::policy::{Identity, Member, MemberKind, SameCrate, Side, ViewPolicy};
use crossdock_core::policy_text::{PolicyTextError, decode, difference, encode};
use crossdock_core::registry_name::RegistryName;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn registry(text: &str) -> RegistryName {
    RegistryName::parse(text).unwrap()
}

fn pattern(text: &str) -> NamePattern {
    NamePattern::parse(text).unwrap()
}

fn member(side: Side, kind: MemberKind, only: Option<&[&str]>) -> Member {
    let only = only.map(|only| only.iter().map(|text| pattern(text)).collect());
    Member { side, kind, only }
}

fn declared(names: &[&str], members: &[&str]) -> SameCrate {
    SameCrate {
        names: names.iter().map(|text| pattern(text)).collect(),
        members: members.iter().map(|text| registry(text)).collect(),
    }
}

fn policy() -> ViewPolicy {
    let members = [
        ("acme", member(Side::Inside, MemberKind::Hosted, None)),
        (
            "crates-io",
            member(Side::Outside, MemberKind::CratesIo, None),
        ),
        (
            "partner",
            member(Side::Outside, MemberKind::Mirror, Some(&["hc-*", "petal"])),
        ),
    ];
    let members = members
        .map(|(name, member)| (registry(name), member))
        .into();
    let mut policy = ViewPolicy::new(registry("main"), Identity::CratesIo, members);
    policy.claims = [("acme-*", "acme"), ("Petal", "partner")]
        .map(|(text, member)| (pattern(text), registry(member)))
        .into();
    policy.same_crate = vec![
        declared(&["stem"], &["partner", "crates-io"]),
        declared(&["leaf", "hc-*"], &["acme", "partner"]),
    ];
    policy.publish_to = Some(registry("acme"));
    let (name, provider) = ("rand_hc128".parse().unwrap(), "hc128".parse().unwrap());
    policy.aliases.declare(&name, provider).unwrap();
    policy.gates = gates();
    let patched = ["serde", "tokio-*"].map(pattern);
    policy.overlays.declare(registry("acme"), patched.into());
    policy
}

fn gates() -> Gates {
    let rule = || Rule::new(Mode::Enforce, Effect::Yank);
    let mut late = Rule::new(Mode::Audit, Effect::Block);
    late.applies_to.insert(registry("acme"));
    let release = |text: &str| ReleasePattern::parse(text).unwrap();
    let mut licences = Licences::default();
    for licence in ["MIT", "Apache-2.0 WITH LLVM-exception"] {
        licences.allow(licence).unwrap();
    }
    licences
        .clarify(release("ring@<0.17"), "MIT AND ISC")
        .unwrap();
    let denied = [
        (
            release("time@>=0.1, <0.2.23"),
            "a \\ crash\nin localtime".to_owned(),
        ),
        (release("evil-*"), "no".to_owned()),
    ];
    Gates {
        min_age: Some((late, MinAge::of_seconds(86_400).unwrap())),
        deny: Some((rule(), ReleaseList::new(denied))),
        allow: Some((rule(), ReleaseList::default())),
        admit: Some(rule()),
        licences: Some((rule(), licences)),
        typo_squats: Some(Rule::new(Mode::Off, Effect::Yank)),
        closed: Some(rule()),
    }
}

const TEXT: &str = "\
crossdock policy v1
view main
identity crates-io
member acme inside hosted
member crates-io outside crates-io
member partner outside mirror
only partner petal
only partner hc-*
publish-to acme
claim petal partner
claim acme-* acme
same-crate leaf hc-* = acme partner
same-crate stem = crates-io partner
alias rand-hc128 hc128
overlay acme serde tokio-*
gate min-age audit block acme
min-age 86400
gate deny enforce yank
deny-release evil-*@* because no
deny-release time@>=0.1, <0.2.23 because a \\\\ crash\\nin localtime
gate allow enforce yank
gate licences enforce yank
licence Apache-2.0 WITH LLVM-exception
licence MIT
clarified ring@<0.17 because MIT AND ISC
gate admit enforce yank
gate typo-squats off yank
gate closed enforce yank
";

#[test]
fn golden() {
    assert_eq!(encode(&policy()), TEXT);
    assert_eq!(encode(&decode(TEXT).unwrap()), TEXT);
}

#[test]
fn the_order_of_declarations_is_not_said() {
    let mut other = policy();
    other.same_crate.reverse();
    assert_eq!(encode(&other), TEXT);
}

#[test]
fn near_misses_are_refused() {
    assert_eq!(decode("hello"), Err(PolicyTextError::Version));
    for bad in [
        TEXT.replace("view main\n", ""),
        TEXT.replace("identity crates-io", "identity both"),
        TEXT.replace("member acme inside hosted", "member acme inside hosted x"),
        TEXT.replace("claim petal", "claim Petal"),
        TEXT.replace("only partner", "only nobody"),
        TEXT.replace("publish-to acme\n", "publish-to acme\npublish-to acme\n"),
        TEXT.replace(" = acme", " acme"),
        TEXT.replace('\n', "\r\n"),
        format!("{TEXT}\n"),
        format!("{TEXT}gate age\n"),
        TEXT.replace("gate admit enforce", "gate admit sometimes"),
        TEXT.replace("min-age 86400", "min-age 0"),
        TEXT.replace("licence MIT", "licence of kings"),
        TEXT.trim_end().to_owned(),
    ] {
        assert!(decode(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_difference_names_both_sides() {
    let mut other = policy();
    other.publish_to = None;
    other.claims.insert(pattern("rose"), registry("acme"));
    assert_eq!(
        difference(TEXT, &encode(&other)),
        ["- publish-to acme", "+ claim rose acme"]
    );
    assert!(difference(TEXT, TEXT).is_empty());
}

fn any_policy() -> impl Strategy<Value = ViewPolicy> {
    let names = || prop::sample::select(vec!["a", "b", "c-1"]).prop_map(registry);
    let patterns = || prop::sample::select(vec!["*", "foo", "foo-*", "f*", "in"]).prop_map(pattern);
    let sides = prop_oneof![Just(Side::Inside), Just(Side::Outside)];
    let kinds = prop::sample::select(vec![
        MemberKind::Hosted,
        MemberKind::CratesIo,
        MemberKind::Mirror,
    ]);
    let only = prop::option::of(prop::collection::btree_set(patterns(), 0..3));
    let member = (sides, kinds, only).prop_map(|(side, kind, only)| Member { side, kind, only });
    let declared = (
        prop::collection::btree_set(patterns(), 1..3),
        prop::collection::btree_set(names(), 1..3),
    )
        .prop_map(|(names, members)| SameCrate { names, members });
    (
        prop::collection::btree_map(names(), member, 0..3),
        prop::collection::btree_map(patterns(), names(), 0..3),
        prop::collection::vec(declared, 0..3),
        prop::option::of(names()),
        any::<bool>(),
    )
        .prop_map(|(members, claims, same_crate, publish_to, split)| {
            let identity = if split {
                Identity::Split
            } else {
                Identity::CratesIo
            };
            let mut policy = ViewPolicy::new(registry("main"), identity, members);
            (policy.claims, policy.same_crate) = (claims, same_crate);
            policy.publish_to = publish_to;
            policy
        })
}

type Declared = BTreeSet<(BTreeSet<NamePattern>, BTreeSet<RegistryName>)>;

/// What a policy says, declarations without their order and repetition.
fn said(policy: &ViewPolicy) -> (ViewPolicy, Declared) {
    let mut rest = policy.clone();
    let declared = std::mem::take(&mut rest.same_crate);
    let declared = declared.into_iter().map(|one| (one.names, one.members));
    (rest, declared.collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is written is read back, and nothing of it is lost.
    #[test]
    fn a_policy_survives_its_text(policy in any_policy()) {
        let text = encode(&policy);
        let read = decode(&text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
        prop_assert_eq!(said(&read), said(&policy));
        prop_assert_eq!(encode(&read), text);
    }

    /// Two policies with one text say the same.
    #[test]
    fn one_text_is_one_policy(left in any_policy(), right in any_policy()) {
        prop_assert_eq!(encode(&left) == encode(&right), said(&left) == said(&right));
    }
}

#[test]
fn nothing_said_is_short() {
    let bare = ViewPolicy::new(registry("main"), Identity::Split, BTreeMap::new());
    assert_eq!(
        encode(&bare),
        "crossdock policy v1\nview main\nidentity split\n"
    );
}
